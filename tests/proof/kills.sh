#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Killed before any system call that can change something, the hook, openclaw-install-deps, the guard of a container's
# volume and the workers leave the old or the new, complete; the next run ends the work, and leaves nothing over. A
# second kill in that next run loses nothing either.
#
#   ONLY=TEXT      only scenarios whose name has it
#   POINT=N[,M]    only that kill, or that pair of kills
#   JOBS=N         so many scenarios side by side
#   PLACE=FOLDER   where to work, instead of in memory
# shellcheck source=tests/proof/sweeps.sh
source "$(dirname "$0")/sweeps.sh"
sweep kills
