#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Hostile bytes: each parser of what others can write gets its seeds, what it once failed on, random inputs that its
# coverage leads to, and inputs that grow.
#
#   SEED=1 EVERY=1 RESULTS=/tmp/r tests/proof/fuzz.sh [TARGET...]      all targets, or these
#
# SECONDS_EACH (60; 3 in a sample): how long each target is fuzzed. JOBS: how many at once. FUZZ_BUILD: where the
# preset asan-ubsan was built. FINDINGS: where failing inputs are copied to; a folder that is printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${SEED:=1}" "${EVERY:=1}" "${RESULTS:?an existing folder}" "${JOBS:=$(nproc)}"
: "${SECONDS_EACH:=$((EVERY > 1 ? 3 : 60))}"
programs=${FUZZ_BUILD:-build/asan-ubsan}/tests/proof/fuzz
here=tests/proof/fuzz
work=$(mktemp -d "${TMPDIR:-/var/tmp}/openclaw-fuzz.XXXXXX")
FINDINGS=${FINDINGS:-$(mktemp -d /var/tmp/openclaw-fuzz-findings.XXXXXX)}
mkdir -p "$FINDINGS"
# Small files that parsers read by name: in memory where that is a place of its own.
scratch=$(mktemp -d /dev/shm/openclaw-fuzz.XXXXXX 2>/dev/null || mktemp -d "$work/scratch.XXXXXX")
trap 'rm -rf "$work" "$scratch"; rmdir --ignore-fail-on-non-empty "$FINDINGS"' EXIT
export TMPDIR=$scratch SEED EVERY SECONDS_EACH FINDINGS programs here work
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

# folders_of NAME: those with inputs for it.
folders_of() {
  local folder
  for folder in "$here/corpus/$1" "$here/found/$1"; do
    [ ! -d "$folder" ] || printf '%s\n' "$folder"
  done
}

# hangs PROGRAM INPUT: whether it takes more than 5 s of this processor, whatever else the machine does.
hangs() {
  local TIMEFORMAT=%U used
  used=$({ time timeout 300 "$1" -timeout=250 "$2" >/dev/null 2>&1 || true; } 2>&1 | tail -n 1)
  [ "${used%.*}" -ge 5 ]
}

# Each prints its sentences, and writes "NAME<TAB>POINTS<TAB>FAILURES<TAB>NOTE".
fuzz_one() {
  local name=$1 program=$programs/fuzz_$1 log=$work/$1.log failures=0 inputs cases=0 status=0 artifact kept folders
  local -a options=()
  mapfile -t folders < <(folders_of "$name")
  mkdir -p "$work/corpus/$name" "$work/crash/$name"
  [ ! -f "$here/dictionaries/$name.dict" ] || options+=("-dict=$here/dictionaries/$name.dict")
  "$program" -seed="$SEED" -max_total_time="$SECONDS_EACH" -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$work/crash/$name/" "${options[@]}" "$work/corpus/$name" "${folders[@]}" >"$log" 2>&1 || status=$?
  inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
  if [ "$status" -ne 0 ]; then
    kept='(none was kept)'
    for artifact in "$work/crash/$name"/*; do
      [ -f "$artifact" ] || continue
      case $artifact in */slow-unit-*) continue ;; esac
      kept=$FINDINGS/$name-${artifact##*/}
      cp "$artifact" "$kept"
    done
    case $kept in
      */"$name"-timeout-*) hangs "$program" "$kept" && failures=1 ;;
      *) failures=1 ;;
    esac
  fi
  if [ "$failures" -gt 0 ]; then
    printf 'not ok - %s: %s\n#   again: %s %s\n' "$name" \
      "$(grep -m 1 -E '^does not hold|ERROR: |runtime error' "$log" || echo "status $status")" "$program" "$kept"
    tail -n 60 "$log" | sed 's/^/#   /'
  else
    printf 'ok - %s holds for %s inputs in %s s\n' "$name" "${inputs:-0}" "$SECONDS_EACH"
  fi
  mapfile -t folders < <(find "${folders[@]}" -type f)
  status=0
  "$program" growth "$SEED" "$EVERY" "${folders[@]}" >"$log" 2>/dev/null || status=$?
  cases=$(sed -n 's/^growth: \([0-9]*\) [0-9]*$/\1/p' "$log")
  if [ "$status" -ne 0 ]; then
    failures=$((failures + 1))
    printf 'not ok - %s takes longer than its input grows\n' "$name"
    sed 's/^/#   /' "$log"
    printf '#   again: %s growth one CASE %s/*\n' "$program" "$here/{corpus,found}/$name"
  else
    printf 'ok - %s takes no longer than its input grows, in %s cases\n' "$name" "$cases"
  fi
  printf 'fuzz: %s\t%s\t%s\t%s s; inputs of 64 KiB to 1 MiB: %s\n' "$name" "${inputs:-0}" "$failures" \
    "$SECONDS_EACH" "${cases:-0}" >"$work/$name.tsv"
}
export -f fuzz_one folders_of hangs

printf '# SEED=%s EVERY=%s SECONDS_EACH=%s; failing inputs: %s\n' "$SEED" "$EVERY" "$SECONDS_EACH" "$FINDINGS"
if [ $# -gt 0 ]; then
  names=("$@")
else
  mapfile -t names < <(find "$programs" -maxdepth 1 -name 'fuzz_*' -type f -executable -printf '%f\n' | sed 's/^fuzz_//' | sort)
fi
[ ${#names[@]} -gt 0 ] || { echo "not ok - there are no targets in $programs; build the preset asan-ubsan"; exit 1; }

failed=0
"$here/replay.sh" "${names[@]/#/$programs/fuzz_}" >"$work/replay" || failed=1
cat "$work/replay"
printf 'fuzz: seeds and former findings\t%s\t%s\t%s targets\n' \
  "$(for name in "${names[@]}"; do folders_of "$name"; done | xargs -I{} find {} -type f | wc -l)" \
  "$(grep -c '^not ok' "$work/replay" || true)" "${#names[@]}" >"$work/00-replay.tsv"
# shellcheck disable=SC2016
printf '%s\0' "${names[@]}" | xargs -0 -P "$JOBS" -I{} bash -euo pipefail -c 'fuzz_one "$1"' fuzz_one {} || failed=1
cat "$work"/*.tsv >"$RESULTS/fuzz.tsv"
awk -F '\t' '{ bad += $3 } END { exit bad > 0 }' "$RESULTS/fuzz.tsv" || failed=1
exit "$failed"
