#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What strangers write: a log of chat that imitates every failure the watchdog knows, and text that steers terminals and
# forges entries, into all that judges or shows it. The first is judged in a simulation (words/judgement.cpp), the second
# is given to the functions that print (words/producers.cpp), and then to the programs themselves, as arguments, settings,
# packages and records.
# Usage: SEED=N EVERY=N RESULTS=FOLDER tests/proof/words.sh
set -euo pipefail

build=${BUILD:-build/dev}
tools=$build/src/tools
seed=${SEED:-1} every=${EVERY:-1}
results=${RESULTS:?RESULTS names the folder for words.tsv}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/var/tmp}/openclaw-words.XXXXXX")
trap 'rm -rf "$work"' EXIT
status=0 points=0 failures=0

# What the programs print is looked at byte by byte: UTF-8, and none of the characters that words/hostile_text.cpp forbids.
SEED=$seed EVERY=$every "$build/tests/proof/words/proof_words" "$results/words.tsv" || status=1

# The text itself is drawn by Python, which prints it as shell cannot hold it: NULs only where a file takes them.
"$here/words/programs.py" "$tools" "$work" "$seed" "$every" >"$work/programs" || status=1
cat "$work/programs"
points=$(sed --quiet 's/^# points: //p' "$work/programs")
failures=$(grep --count '^not ok' "$work/programs") || true
printf 'words: the programs print text alone, whatever is in arguments, settings, packages and records\t%s\t%s\t%s\n' \
  "${points:-0}" "$failures" "programs: openclaw-update, install-deps, stage-deps, health, watchdog, guard-state" \
  >>"$results/words.tsv"
exit "$status"
