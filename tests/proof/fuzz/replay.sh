#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Gives each target its seeds, and all that it has ever failed on, once.
#
#   replay.sh PROGRAM...      build/asan-ubsan/tests/proof/fuzz/fuzz_json5 ...
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/openclaw-fuzz.XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

failed=0
for program; do
  name=${program##*/fuzz_}
  folders=()
  for folder in "$here/corpus/$name" "$here/found/$name"; do
    [ ! -d "$folder" ] || folders+=("$folder")
  done
  if [ ${#folders[@]} -eq 0 ]; then
    printf 'not ok - %s has no seeds in %s\n' "$name" "$here/corpus/$name"
    failed=1
  elif "$program" -runs=0 -timeout=30 -artifact_prefix="$TMPDIR/" "${folders[@]}" >"$TMPDIR/log" 2>&1; then
    printf 'ok - %s\n' "$name"
  else
    failed=1
    printf 'not ok - %s; again: %s -runs=0 %s\n' "$name" "$program" "${folders[*]}"
    sed 's/^/#   /' "$TMPDIR/log" | tail -n 40
  fi
done
exit "$failed"
