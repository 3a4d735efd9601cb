# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What recorder.sh, kills.sh and errors.sh have in common: the programs, the recorder and a folder in memory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=${BUILD:-build/dev}
export SEED=${SEED:-$RANDOM} EVERY=${EVERY:-1}
# In memory: a kill is no power cut. PLACE=/var/tmp is the disk's file system, which lists folders in another order.
PLACE=$(mktemp -d "${PLACE:-/dev/shm}/openclaw-systemd-proof.XXXXXX")
export PLACE RESULTS=${RESULTS:-$PLACE}
mkdir -p "$RESULTS"
chmod 755 "$PLACE"
trap 'rm -rf --one-file-system "$PLACE"' EXIT

# Where an unprivileged user finds them, and without the symbols, which take time to map.
export PROGRAMS=$PLACE/programs LIBRARY=$PLACE/librecorder.so
mkdir "$PROGRAMS"
for program in stage-deps install-deps guard-state state finish user-unit update; do
  strip -o "$PROGRAMS/openclaw-$program" "$build/src/tools/openclaw-$program"
  chmod 755 "$PROGRAMS/openclaw-$program"
done
"${CXX:-g++}" -std=gnu++20 -O1 -fPIC -shared -o "$LIBRARY" tests/proof/recorder/recorder.cpp -ldl

# sweep NAME: that part of the driver, with the interpreter's own files where everybody may read them.
sweep() {
  PYTHONDONTWRITEBYTECODE=1 python3 "tests/proof/sweeps/$1.py"
}
