#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All bundled plugins of 2026.4.20 staged from the registry with nothing cached, by npm and by bun.
# Baseline: what operators do by hand, `npm install` in each plugin's folder, its cache empty at first as well.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

version=2026.4.20
figure_begin cold-staging
say "cold staging of all plugins of $version: by hand (2 minutes), with npm, with bun"
tools_begin
package=$(openclaw_package "$version")

# added FOLDER...: MiB on the disk, a file with several names counted once.
added() {
  du --summarize --total --block-size=1K "$@" | awk 'END { printf "%.1f\n", $1 / 1024 }'
}

# stage CLIENT: sets `seconds`, and `kept` and `cached` to MiB.
stage() {
  local state settings
  settings=$(settings_for "$1")
  state=$(state_begin "state-$1")
  gateway_environment=("STATE_DIRECTORY=$state" "HOME=$state")
  sync
  stopwatch "$scratch/run-$1" 1 ::: "$install_deps" "--settings=$settings" "--package-root=$package" --all --quiet
  # What cannot be fetched here (WhatsApp needs git) is no failure of the others: there is a closure, and a view. More
  # than one closure, where the search for what cannot be fetched left some: they stay, so they count.
  local closures=("$state/staged-deps/"????????????????????????????????)
  [[ -d ${closures[0]} && -d $state/plugin-view/dist/extensions/node_modules ]] ||
    { printf '%s has staged nothing\n' "$1" >>"$log"; return 1; }
  seconds=$(count "$(median "$scratch/run-$1" 0) / 1000")
  kept=$(added "${closures[@]}" "$state/plugin-view")
  all=$(added "$state")
}

# by_hand FOLDER PLUGIN...: the loop, over a copy of what `npm -g` leaves.
by_hand() {
  local folder=$1 plugin failed=0
  shift
  for plugin in "$@"; do
    (cd "$folder/dist/extensions/$plugin" && npm install --ignore-scripts --no-fund --no-audit --cache="$folder/../cache") ||
      failed=$(( failed + 1 ))
  done
  printf '%s of %s plugins failed by hand\n' "$failed" "$#"
}

hand=$(state_begin hand)
mkdir -p "$hand/openclaw/dist"
cp -a "$package/package.json" "$hand/openclaw/"
cp -a "$package/dist/extensions" "$hand/openclaw/dist/"
chown -R "$gateway_user:$gateway_group" "$hand"
gateway_environment=("HOME=$hand")
# The same plugins as the suite plans.
mapfile -t plugins < <(as_gateway env "STATE_DIRECTORY=$hand" "$install_deps" "--settings=$(settings_for npm)" "--package-root=$package" \
  --all --check --json 2>>"$log" | jq --raw-output '.plugins[] | select(.status == "missing").id')
(( ${#plugins[@]} > 10 )) || { printf 'only %s plugins are to be staged\n' "${#plugins[@]}" >>"$log"; exit 1; }
before=$(added "$hand/openclaw")
sync
stopwatch "$scratch/run-hand" 1 ::: bash -c "$(declare -f by_hand); by_hand $hand/openclaw ${plugins[*]}"
hand_seconds=$(count "$(median "$scratch/run-hand" 0) / 1000")
hand_added=$(count "$(added "$hand/openclaw") - $before" %.1f)
hand_all=$(count "$hand_added + $(added "$hand/cache")" %.1f)

# rows CLIENT FACTOR
rows() {
  stage "$1"
  local ratio
  ratio=$(count "$hand_seconds / $seconds")
  goal "stage all of $version, cold, $1" "$seconds s" "$hand_seconds s (npm by hand)" "${ratio}x" ">= ${2}x faster" "$ratio >= $2"
  ratio=$(count "$kept / $hand_added")
  goal "its size: closure and view, $1" "$kept MiB" "$hand_added MiB (node_modules)" "${ratio}x" "<= 0.65x" "$ratio <= 0.65"
  note "with all caches, $1" "$all MiB" "$hand_all MiB (and npm's cache)" "$(count "$all / $hand_all")x"
}
rows npm 3
rows bun 15
