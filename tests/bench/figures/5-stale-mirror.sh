#!/usr/bin/env bash
# 8,000 symlinks into another version's package lie in the mirror of the staged root of 2026.4.29.
# Baseline: remove the root, materialise it again and copy the package's dist into it, as OpenClaw does.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

version=2026.4.29
rounds=3 folders=400 links_in_each=19   # and a link for each folder's twin: 8,000
figure_begin stale-mirror
say "a stale mirror: staging $version first"
tools_begin
settings=$(settings_for bun)
package=$(openclaw_package "$version")
state=$(state_begin state)
gateway_environment=("STATE_DIRECTORY=$state" "HOME=$state")
command=("$install_deps" "--settings=$settings" "--package-root=$package" --json)
as_gateway "${command[@]}" >"$scratch/first.json" 2>>"$log"
root=$(jq --raw-output .target "$scratch/first.json")

# make_stale ROOT OLD: the links, to files and folders of an older package that still lies there.
make_stale() {
  local root=$1 old=$2 folder
  mkdir -p "$root/dist"
  for (( folder = 0; folder < folders; folder++ )); do
    rm -rf "$root/dist/stale-$folder-twin"
    mkdir -p "$root/dist/stale-$folder"
    ln -sfn "$old/folder-$folder" "$root/dist/stale-$folder-twin"
    ln -sf --target-directory="$root/dist/stale-$folder" "$old/folder-$folder/"*
  done
}

make_old() {
  local old=$1 folder
  for (( folder = 0; folder < folders; folder++ )); do
    mkdir -p "$old/folder-$folder"
    (cd "$old/folder-$folder" && eval "touch chunk-{1..$links_in_each}.js")
  done
}

make_old "$scratch/old"
stale=$(printf '%s; ' "folders=$folders" "$(declare -f make_stale)" "make_stale $root $scratch/old" "sync")
rebuild="rm -rf $root && $(printf '%q ' "${command[@]}") && cp -a $package/dist $root/"
runs=$scratch/runs
# The mirror that is there otherwise: copies.
as_gateway cp -a "$package/dist" "$root/"
stopwatch "$runs" "$rounds" ::: bash -c "$stale" :: "${command[@]}" ::: bash -c "$stale" :: sh -c "$rebuild"
sed --quiet '/^[0-9]* [0-9]* [0-9]* [0-9]*$/p' "$runs" >"$runs.times"
all_succeeded "$runs.times"
mended=$(sed '/^[0-9]* [0-9]* [0-9]* [0-9]*$/d' "$runs" | jq '[.findings[] | select(.kind == "stale-link" and .mended)] | length' | sort -n | tail -n 1)
[[ $mended == 8000 ]] || { printf 'mended %s links, not 8000\n' "$mended" >>"$log"; exit 1; }
ours=$(median "$runs.times" 0)
goal "replace $mended stale links" "$(count "$ours / 1000") s" "$(count "$(median "$runs.times" 1) / 1000") s (wipe, rebuild)" \
  "$(paired "$runs.times" 1 0 /)x" "<= 0.5 s" "$ours <= 500"
