#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each call that changes something, as strace sees it, is one that the recorder has seen, and could have stopped.
# shellcheck source=tests/proof/sweeps.sh
source "$(dirname "$0")/sweeps.sh"
sweep recorder
