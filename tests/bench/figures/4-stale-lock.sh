#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A dead process left its lock in the staged root: what the hook takes longer for it than for a run without.
# Baseline: 2026.4.24-4.30 wait 300 s (BUNDLED_RUNTIME_DEPS_LOCK_TIMEOUT_MS in OpenClaw; not waited for here).
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

rounds=20
figure_begin stale-lock
say "a stale lock: staging 2026.4.26 first"
tools_begin
settings=$(settings_for bun)
package=$(openclaw_package 2026.4.26)
state=$(state_begin state)
gateway_environment=("STATE_DIRECTORY=$state" "HOME=$state")
command=("$hook" "--settings=$settings" "--package-root=$package")
as_gateway "${command[@]}" >>"$log" 2>&1
root=$(echo "$state"/plugin-runtime-deps/openclaw-*)
lock=$root/.openclaw-runtime-deps.lock

# This very process lives, and is younger than the lock: the number has been used again.
owner="{\"pid\": $$, \"createdAtMs\": $(( ($(date +%s) - 86400) * 1000 ))}"
# Both without a record: a lock that comes or goes makes the hook look at everything anew.
afresh="rm -f $state/staged-deps/record"
runs=$scratch/runs
stopwatch "$runs" "$rounds" \
  ::: sh -c "$afresh; mkdir $lock; echo '$owner' >$lock/owner.json" :: "${command[@]}" \
  ::: sh -c "$afresh; test ! -e $lock" :: "${command[@]}"
all_succeeded "$runs"
[[ ! -e $lock ]]
more=$(paired "$runs" 0 1 -)
# Less than the times scatter counts as a millisecond in the ratio.
goal "reclaim a stale lock" "$more ms" "300000 ms (OpenClaw's wait)" "$(count "300000 / ($more > 1 ? $more : 1)" %.0f)x" \
  "<= 10 ms" "$more <= 10"
note "the whole hook, with such a lock" "$(median "$runs" 0) ms" "$(median "$runs" 1) ms (without)" \
  "$(count "$(median "$runs" 0) / $(median "$runs" 1)")x"
