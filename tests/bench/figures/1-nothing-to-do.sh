#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The hook of each start when there is nothing to do: time, system calls and memory, whatever the package's size.
# Baseline: /usr/bin/true, started in the same way in the same rounds.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

rounds=200
figure_begin nothing-to-do
say "the hook with nothing to do: staging 2026.4.26 first"
tools_begin
settings=$(settings_for bun)

# padded_build FOLDER PACKAGE FILES: a copy of the package with as many files. One copy has inodes of its own, the
# padding shares them, which is the same for whoever looks at names.
padded_build() {
  local folder=$1 package=$2 files=$3 number=0
  cp -a "$package" "$folder/openclaw"
  until (( $(find "$folder/openclaw" -type f | wc -l) >= files )); do
    number=$(( number + 1 ))
    mkdir "$folder/openclaw/node_modules/padding-$number"
    cp -al "$folder/openclaw/dist" "$folder/openclaw/docs" "$folder/openclaw/node_modules/padding-$number" || true
    find "$folder/openclaw/node_modules" -mindepth 1 -maxdepth 1 ! -name 'padding-*' -exec \
      cp -al --target-directory="$folder/openclaw/node_modules/padding-$number" {} +
  done
}

# hooked STATE PACKAGE: sets `command` to the hook as the gateway's unit runs it.
hooked() {
  command=(env "STATE_DIRECTORY=$1" "HOME=$1" "NOTIFY_SOCKET=$scratch/no-notify" "$hook" "--settings=$settings"
    "--package-root=$2")
}

# calls CMD...: prints the number of system calls from CMD's own execve on.
calls() {
  as_gateway strace --follow-forks --quiet=all --signal=none --output="$traces/trace" "$@" >>"$log" 2>&1
  wc -l <"$traces/trace"
}

package=$(openclaw_package 2026.4.26)
large=$(build_once bench-openclaw-200k padded_build "$package" 200000)/openclaw
traces=$(state_begin traces)
true_calls=$(calls /usr/bin/true)

# measure NAME PACKAGE: the rows of one package.
measure() {
  local name=$1 state runs record_calls
  state=$(state_begin "state-$name")
  # The second one finds what the first one sealed.
  [[ ! -d $scratch/state-small || $name == small ]] ||
    as_gateway sh -c "mkdir $state/staged-deps && cp -al $scratch/state-small/staged-deps/????????????????????????????????/ $state/staged-deps/"
  hooked "$state" "$2"
  as_gateway "${command[@]}" >>"$log" 2>&1
  [[ -f $state/staged-deps/record ]] || { printf 'the hook of %s left no record\n' "$name" >>"$log"; return 1; }
  local files
  files="$(( $(find "$2" -type f | wc -l) / 1000 ))k files"
  runs=$scratch/runs-$name
  # What the page cache lacks is of the first start after a boot; this figure is of all others.
  stopwatch /dev/null 20 ::: "${command[@]:3}" ::: /usr/bin/true || true
  gateway_environment=("${command[@]:1:3}")
  stopwatch "$runs" "$rounds" ::: "${command[@]:4}" ::: /usr/bin/true
  record_calls=$(calls "${command[@]:4}")
  gateway_environment=()
  all_succeeded "$runs"

  local p50 p99 base rss
  p50=$(median "$runs" 0) p99=$(quantile "$runs" 0 0.99) base=$(median "$runs" 1)
  rss=$(quantile "$runs" 0 1 3)
  goal "hook, nothing to do, $files: p50" "$p50 ms" "$base ms (true)" "$(count "$p50 / $base")x" "<= 2 ms" "$p50 <= 2"
  note "hook, nothing to do, $files: p99" "$p99 ms" "$(quantile "$runs" 1 0.99) ms (true)" -
  goal "hook, nothing to do, $files: system calls" "$record_calls" "$true_calls (true)" \
    "$(count "$record_calls / $true_calls")x" "<= 150" "$record_calls <= 150"
  goal "hook, nothing to do, $files: peak memory" "$(count "$rss / 1024") MiB" \
    "$(count "$(quantile "$runs" 1 1 3) / 1024") MiB (true)" "$(count "$rss / $(quantile "$runs" 1 1 3)")x" "<= 16 MiB" \
    "$rss <= 16384"
  declare -g "calls_$name=$record_calls"
}

measure small "$package"
measure large "$large"
# shellcheck disable=SC2154 # measure sets both
goal "system calls, large package against small" "$calls_large" "$calls_small (small)" \
  "$(count "$calls_large / $calls_small")x" "the same" "$calls_large == $calls_small"
