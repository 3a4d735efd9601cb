#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each call that can fail fails in turn, reads too: with a full disk, a quota, a broken disk, no descriptors, no memory,
# an interruption, a read-only file system, no permission, a stale handle, "try again". A program that fails says what
# and exits with a failure; nothing that was there before is lost, and the next run ends the work. What the programs
# say is collected in RESULTS/errors-messages.txt.
#
#   ONLY=TEXT      only scenarios whose name has it
#   CASE=EIO:N     only that error at that call; EIO+:N: from that call on
#   JOBS=N         so many scenarios side by side
# shellcheck source=tests/proof/sweeps.sh
source "$(dirname "$0")/sweeps.sh"
sweep errors
