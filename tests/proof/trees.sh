#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Trees that a less trusted user can make, against each operation that walks what that user can write.
#
#   SEED, EVERY, RESULTS   of tests/proof/run
#   ROUNDS                 swaps in each race: 1,000,000, and in a sample 3,000
#   IN_MEMORY              1: on a file system in memory, 0: on the disk of /var/tmp; a sample is in memory
#   BUILD                  where the build is (build/dev)
#
# Arguments are passed to the program: --gtest_filter=... repeats what has failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=${BUILD:-build/dev}
program=$(find "$build/tests" -name proof_trees -type f -perm -u+x -print -quit)
[[ -n $program ]] || { printf 'there is no proof_trees in %s; build it first\n' "$build" >&2; exit 66; }
[[ $EUID == 0 ]] || { printf 'the proof of trees needs root\n' >&2; exit 77; }

TREES=$(mktemp -d /var/tmp/openclaw-proof-trees.XXXXXX)
export TREES SEED=${SEED:-$RANDOM} EVERY=${EVERY:-1}

# The program clears away each tree, and its mounts are its own. What a kill of it leaves is removed here.
remove_trees() {
  rm -rf --one-file-system -- "$TREES" 2>/dev/null && return
  chattr -R -f -i -a -- "$TREES" || true
  rm -rf --one-file-system -- "$TREES"
}
trap remove_trees EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
# The less trusted user has to reach the trees.
chmod 0711 "$TREES"

printf '# SEED=%s EVERY=%s\n' "$SEED" "$EVERY"
"$program" "$@"
