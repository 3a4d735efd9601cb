#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The power is cut before each call that can change something, on real file systems: what is there after the next mount
# is old or new, complete, and the next run completes it.
# Environment: SEED, EVERY, RESULTS, BUILD (tests/proof/run), and FILE_SYSTEMS, SCENARIO (a part of a name),
# CONTROLS=yes|no|only (is it noticed when a sync is left out?), ONLY=SCENARIO:FILE SYSTEM:FLUSH:NUMBER.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec nice -n 15 python3 -B tests/proof/cuts/cuts.py
