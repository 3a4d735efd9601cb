#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 8,000 symlinks into another version's package lie in the mirror of the staged root of 2026.4.29.
# Baseline: remove the root, materialise it again and copy the package's dist into it, as OpenClaw does.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

version=2026.4.29
rounds=5 folders=400   # with 19 links to files in each, and a link to each: 8,000
links=(chunk-{1..19}.js)
figure_begin stale-mirror
say "a stale mirror: staging $version first"
tools_begin
settings=$(settings_for bun)
package=$(openclaw_package "$version")
state=$(state_begin state)
gateway_environment=("STATE_DIRECTORY=$state" "HOME=$state")
command=("$install_deps" "--settings=$settings" "--package-root=$package")
as_gateway "${command[@]}" --json >"$scratch/first.json" 2>>"$log"
root=$(jq --raw-output .target "$scratch/first.json")

# The links, to files and folders of an older package that still lies there.
for (( folder = 0; folder < folders; folder++ )); do
  mkdir -p "$scratch/old/$folder" "$scratch/stale/$folder"
  touch "${links[@]/#/$scratch/old/$folder/}"
  ln --symbolic --target-directory="$scratch/stale/$folder" "${links[@]/#/$scratch/old/$folder/}"
  ln --symbolic "$scratch/old/$folder" "$scratch/stale/$folder-twin"
done
stale="rm -rf $root/dist/stale && cp -a $scratch/stale $root/dist/stale && sync"
command+=(--quiet)
rebuild="rm -rf $root && $(printf '%q ' "${command[@]}") && cp -a $package/dist $root/"
runs=$scratch/runs
# The mirror that is there otherwise: copies.
as_gateway cp -a "$package/dist" "$root/"
stopwatch "$runs" "$rounds" ::: sh -c "$stale" :: sh -c "$rebuild" \
  ::: sh -c "$stale" :: find "$root/dist/stale" -type l -delete ::: sh -c "$stale" :: "${command[@]}"
all_succeeded "$runs"
# Each link to a file is gone, each link to a folder is a folder.
[[ -z $(find "$root" -type l) && $(find "$root/dist/stale" -type d -name '*-twin' | wc -l) == "$folders" ]]
ours=$(median "$runs" 2)
goal "replace 8000 stale links" "$(count "$ours / 1000") s" "$(count "$(median "$runs" 0) / 1000") s (wipe, rebuild)" \
  "$(paired "$runs" 0 2 /)x" "<= 0.5 s" "$ours <= 500"
# What the disk takes to forget 8,000 names, which is the floor of the figure above.
note "the same links" "$(count "$ours / 1000") s" "$(count "$(median "$runs" 1) / 1000") s (find -delete)" "$(paired "$runs" 2 1 /)x"
