# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What a figure is made with: a folder of its own, the programs under test, an unprivileged user, timing, the table.
# A figure sources this, calls `figure_begin`, then `goal` once for each row of the table.

# shellcheck source=../system/openclaw.sh
source "$(dirname "${BASH_SOURCE[0]}")/../system/openclaw.sh"

# shellcheck disable=SC2034 # for figures
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for figures
hook=${bench_tools:?run by tests/bench/run}/openclaw-stage-deps install_deps=$bench_tools/openclaw-install-deps
# The gateway's user. Not root: only files of one's own are hard-linked.
gateway_user=nobody gateway_group=nogroup

# figure_begin NAME: makes `scratch`, on the file system of the cache, which goes when the figure ends. What programs
# print goes to `log`, the end of it to the reader if the figure ends early.
figure_begin() {
  mkdir -p "$cache"
  scratch=$(mktemp --directory "$cache/bench-$1.XXXXXX")
  chmod 755 "$scratch"
  log=$(mktemp)
  trap figure_end EXIT
  trap 'exit 130' INT TERM HUP
}

# figure_end [STATUS]
figure_end() {
  local status=${1:-$?}
  trap - EXIT
  if (( status != 0 )); then
    tail -n 25 "$log" | sed 's/^/#   /' >&2
    printf '# %s ended early (status %s)\n' "$(basename "$0")" "$status" >&2
  fi
  rm -rf --one-file-system "$scratch" "$log"
  exit "$status"
}

# say TEXT...: what is being done, for whoever watches.
say() { printf '# %s\n' "$*" >&2; }

# as_gateway CMD...: runs CMD as the gateway's user, without anything of ours in its environment.
as_gateway() {
  setpriv --reuid="$gateway_user" --regid="$gateway_group" --clear-groups -- \
    env -i PATH="$tools/bin:$plain_path" LANG=C.UTF-8 "${gateway_environment[@]}" "$@"
}
gateway_environment=()

# state_begin NAME: makes a state directory, prints its path.
state_begin() {
  install --directory --owner="$gateway_user" --group="$gateway_group" --mode=755 "$scratch/$1"
  printf '%s\n' "$scratch/$1"
}

# tools_begin: makes `tools`, a prefix with Node and npm set up for this host's registry. Other clients go beside them.
tools_begin() {
  local node
  node=$(node_layer 22)
  tools=$scratch/tools
  mkdir -p "$tools/bin" "$tools/lib/node_modules" "$tools/etc"
  cp --reflink=auto "$node/usr/bin/node" "$tools/bin/node"
  ln -s "$node/usr/lib/node_modules/npm" "$tools/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$tools/bin/npm"
  registry_npmrc >"$tools/etc/npmrc"
}

# settings_for CLIENT: writes helpers.ini for it, prints its path. The override: see openclaw_layer_build.
settings_for() {
  [[ $1 != bun ]] || cp --reflink=auto "$(bun_layer)/usr/bin/bun" "$tools/bin/bun"
  printf '%s\n' '[packages]' "client=$1" '[gateway]' "node=$tools/bin/node" '[overrides]' 'linkedom=0.18.12' \
    >"$scratch/helpers-$1.ini"
  printf '%s\n' "$scratch/helpers-$1.ini"
}

openclaw_package() { printf '%s\n' "$(openclaw_layer "$1")/usr/lib/node_modules/openclaw"; }

# stopwatch FILE ARG...: tests/bench/stopwatch as the gateway's user; its lines go to FILE.
stopwatch() {
  local file=$1
  shift
  as_gateway "$bench_tools/stopwatch" "$@" >"$file" 2>>"$log"
}

# all_succeeded FILE: no run in it ended with a status.
all_succeeded() {
  awk '$4 != 0 { bad++ } END { exit NR == 0 || bad > 0 }' "$1" || { printf 'a command failed, see above\n' >>"$log"; return 1; }
}

# quantile FILE INDEX FRACTION [COLUMN]: of the runs of one command; milliseconds, or that column as it is.
quantile() {
  awk -v index_="$2" -v column="${4:-2}" '$1 == index_ { print $column }' "$1" | sort --general-numeric-sort |
    awk -v fraction="$3" -v scale="$([[ ${4:-2} == 2 ]] && echo 1000 || echo 1)" '
      { value[NR] = $1 }
      END { at = int(fraction * (NR - 1) + 0.5) + 1; printf "%.3f\n", value[at] / scale }'
}
median() { quantile "$1" "$2" 0.5; }

# paired FILE A B OPERATOR: the median of `A OPERATOR B` (/ or -) over the rounds; times in milliseconds.
paired() {
  awk -v a="$2" -v b="$3" -v operator="$4" '
    $1 == a { left[++lefts] = $2 / 1000 }
    $1 == b { right[++rights] = $2 / 1000 }
    END { for (i = 1; i <= lefts; i++) print operator == "/" ? left[i] / right[i] : left[i] - right[i] }' "$1" |
    sort --general-numeric-sort | awk '{ value[NR] = $1 } END { printf "%.3f\n", value[int((NR + 1) / 2)] }'
}

# count EXPRESSION [FORMAT]: awk's arithmetic.
count() { awk "BEGIN { printf \"${2:-%.2f}\", $1 }"; }

# goal FIGURE MEASURED BASELINE RATIO GOAL CONDITION: a row of the table. CONDITION is awk's, on numbers.
goal() {
  local verdict=MISSED
  ! awk "BEGIN { exit !($6) }" || verdict=met
  table_row "$1" "$2" "$3" "$4" "$5" "$verdict"
}

# note FIGURE MEASURED BASELINE RATIO: a row without a goal.
note() { table_row "$1" "$2" "$3" "$4" - -; }

table_row() { printf '%-50s %12s  %-28s %8s  %-16s %s\n' "$@"; }
