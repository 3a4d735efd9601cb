#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A sealed closure of more than 30,000 files appears anew where OpenClaw looks: a whole run of openclaw-install-deps,
# after OpenClaw (or a new version's cleanup) removed what was there.
# Baselines: `cp -al` of the same files on the same file system; `npm ci --prefer-offline` of the same dependencies with
# a full cache.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

version=2026.4.26
rounds=5 npm_rounds=3
figure_begin materialise
say "materialising: staging all plugins of $version first"
tools_begin
settings=$(settings_for bun)
package=$(openclaw_package "$version")
state=$(state_begin state)
gateway_environment=("STATE_DIRECTORY=$state" "HOME=$state")

# Without WhatsApp: it needs git, and what cannot be fetched would be tried again by each run.
as_gateway "$install_deps" "--settings=$settings" "--package-root=$package" --all --check --json >"$scratch/all.json" 2>>"$log" || true
mapfile -t plugins < <(jq --raw-output '.plugins[] | select(.status == "missing" and .id != "whatsapp") | "--plugin=" + .id' "$scratch/all.json")
command=("$install_deps" "--settings=$settings" "--package-root=$package" "${plugins[@]}")
as_gateway "${command[@]}" --json >"$scratch/first.json" 2>>"$log"
command+=(--quiet)
closure=$state/staged-deps/$(jq --raw-output .closure "$scratch/first.json")/node_modules
files=$(find "$closure" -type f | wc -l)
(( files > 30000 )) || { printf 'the closure has %s files only\n' "$files" >>"$log"; exit 1; }

# npm_project_build FOLDER DESCRIPTION: a project with these dependencies, its lock file and a full cache.
npm_project_build() {
  # npm refuses an override of what is asked for directly.
  jq '.overrides as $exact | {name: "bench", version: "1.0.0", private: true, overrides: $exact,
    dependencies: (.dependencies | with_entries(.value = ($exact[.key] // .value)))}' "$2" >"$1/package.json"
  (
    cd "$1" || exit
    env -i HOME="$1/home" PATH="$tools/bin:$plain_path" npm install --ignore-scripts --no-audit --no-fund --cache="$1/cache" \
      --legacy-peer-deps
  )
  rm -rf "${1:?}/node_modules" "${1:?}/home"
}

gone="rm -rf $state/plugin-runtime-deps && sync"
# cp keeps the sealed folders' modes; the files are the closure's own and must keep theirs.
linked="test ! -e $state/linked || find $state/linked -type d -exec chmod u+w {} + && rm -rf $state/linked && sync"
# In the first round the kernel reads what nobody has read yet.
stopwatch "$scratch/warm" 1 ::: sh -c "$gone" :: "${command[@]}" ::: sh -c "$linked" :: cp -al "$closure" "$state/linked"
all_succeeded "$scratch/warm"
runs=$scratch/runs
stopwatch "$runs" "$rounds" ::: sh -c "$gone" :: "${command[@]}" ::: sh -c "$linked" :: cp -al "$closure" "$state/linked"
all_succeeded "$runs"
ours=$(median "$runs" 0)
ratio=$(paired "$runs" 0 1 /)
goal "materialise $files files" "$(count "$ours / 1000") s" "$(count "$(median "$runs" 1) / 1000") s (cp -al)" "${ratio}x" \
  "<= 0.8x" "$ratio <= 0.8"

description=$(dirname "$closure")/closure.json
project=$(build_once "bench-npm-$version" npm_project_build "$description")
target=$(state_begin npm)
cp "$project/package.json" "$project/package-lock.json" "$target"
cp -a "$project/cache" "$target/cache"
chown -R "$gateway_user:$gateway_group" "$target"
runs=$scratch/npm-runs
say "npm ci, three times"
stopwatch "$runs" "$npm_rounds" ::: sh -c "$gone" :: "${command[@]}" ::: sh -c "rm -rf $target/node_modules && sync" :: \
  npm --prefix "$target" ci --prefer-offline --ignore-scripts --no-audit --no-fund --cache="$target/cache" --legacy-peer-deps \
  "--globalconfig=$tools/etc/npmrc"
all_succeeded "$runs"
ratio=$(paired "$runs" 1 0 /)
goal "materialise $files files" "$(count "$(median "$runs" 0) / 1000") s" \
  "$(count "$(median "$runs" 1) / 1000") s (npm ci, warm)" "${ratio}x" ">= 10x faster" "$ratio >= 10"
