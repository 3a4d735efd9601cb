# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Layers with real OpenClaw releases, Node and other package clients, all from the npm registry, as `npm install -g`
# with the prefix /usr would have left them. Each function prints the folder of its layer.

# shellcheck source=registry.sh
source "$(dirname "${BASH_SOURCE[0]}")/registry.sh"

# Exact versions: what a test says must not depend on the day.
declare -A node_versions=([22]=22.23.3 [24]=24.21.0)
npm_version=11.21.2
pnpm_version=10.34.9
bun_version=1.4.5

# registry_arch NAME_ON_X64 NAME_ON_ARM64: prints the one for this host.
registry_arch() {
  case $(uname -m) in
    x86_64) printf '%s\n' "$1" ;;
    aarch64) printf '%s\n' "$2" ;;
    *) printf 'no Node for %s\n' "$(uname -m)" >&2; return 1 ;;
  esac
}

node_layer() {
  local version=${node_versions[$1]}
  build_once "layers/node-$version" node_layer_build "$version"
}

node_layer_build() {
  local layer=$1 version=$2
  registry_package "node-linux-$(registry_arch x64 arm64)@$version" "$layer/node"
  mkdir -p "$layer/usr/bin"
  mv "$layer/node/bin/node" "$layer/usr/bin/node"
  rm -rf "$layer/node"
  registry_package "npm@$npm_version" "$layer/usr/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$layer/usr/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$layer/usr/bin/npx"
  "$layer/usr/bin/node" "$layer/usr/bin/npm" --version
}

bun_layer() {
  build_once "layers/bun-$bun_version" bun_layer_build
}

bun_layer_build() {
  local layer=$1
  registry_package "@oven/bun-linux-$(registry_arch x64 aarch64)@$bun_version" "$layer/bun"
  mkdir -p "$layer/usr/bin"
  mv "$layer/bun/bin/bun" "$layer/usr/bin/bun"
  rm -rf "$layer/bun"
  chmod 755 "$layer/usr/bin/bun"
  "$layer/usr/bin/bun" --version
}

pnpm_layer() {
  build_once "layers/pnpm-$pnpm_version" pnpm_layer_build
}

pnpm_layer_build() {
  local layer=$1
  registry_package "pnpm@$pnpm_version" "$layer/usr/lib/node_modules/pnpm"
  mkdir -p "$layer/usr/bin"
  ln -s ../lib/node_modules/pnpm/bin/pnpm.cjs "$layer/usr/bin/pnpm"
}

# node_for VERSION: prints which Node that OpenClaw release is run with. From 2026.9.3 on none starts on 22.
node_for() {
  case $1 in
    2026.[4-8].*) printf '22\n' ;;
    *) printf '24\n' ;;
  esac
}

# openclaw_overrides VERSION: prints NAME=VERSION of what that release needs to be held to, to be installed at all: up to
# 5.x they ask for linkedom ^0.18.12, and the newest of that range needs a package that the registry lost; what 4.14 and
# 4.15 ask for of WhatsApp needs a repository on GitHub.
openclaw_overrides() {
  case $1 in 2026.[45].*) printf 'linkedom=0.18.12\n' ;; esac
  case $1 in 2026.4.14 | 2026.4.15) printf '@whiskeysockets/baileys=7.0.0-rc11\n' ;; esac
}

# openclaw_newest: prints the release that the registry calls the latest, which is what a story is about unless it names
# another.
openclaw_newest() {
  [[ -n ${openclaw_newest_found:-} ]] || openclaw_newest_found=$(cd / && npm view openclaw dist-tags.latest)
  printf '%s\n' "$openclaw_newest_found"
}

# toolchain FOLDER LAYER...: puts together what programs on this host find Node and package clients in, with the registry
# as this host reaches it: FOLDER/usr.
toolchain() {
  local folder=$1 layer
  shift
  mkdir -p "$folder/usr/etc"
  for layer in "$@"; do
    cp --archive --link "$layer/usr" "$folder/" 2>/dev/null || cp --archive "$layer/usr" "$folder/"
  done
  registry_npmrc >"$folder/usr/etc/npmrc"
}

# openclaw_layers VERSION: prints all layers of a machine that runs it.
openclaw_layers() {
  node_layer "$(node_for "$1")"
  openclaw_layer "$1"
}

openclaw_layer() {
  local node
  node=$(node_layer "$(node_for "$1")")
  build_once "layers/openclaw-$1" openclaw_layer_build "$1" "$node/usr/bin"
}

openclaw_layer_build() {
  local layer=$1 version=$2 node=$3 overrides work=$1/work package=$1/usr/lib/node_modules/openclaw
  # Only a project can have them: `npm install -g` knows no overrides.
  overrides=$(openclaw_overrides "$version" | jq --raw-input --null-input '[inputs / "=" | {(.[0]): .[1]}] | add // {}')
  mkdir -p "$work/home" "$layer/usr/lib/node_modules" "$layer/usr/bin"
  printf '{"name":"host","private":true,"dependencies":{"openclaw":"%s"},"overrides":%s}\n' "$version" "$overrides" \
    >"$work/package.json"
  registry_npmrc >"$work/npmrc"
  (
    cd "$work" || exit
    env -i PATH="$node:$plain_path" HOME="$work/home" \
      npm install --omit=dev --no-audit --no-fund --ignore-scripts --globalconfig="$work/npmrc" --cache="$cache/npm"
  )
  # From the layout of a project to that of `npm install -g`.
  mv "$work/node_modules/openclaw" "$package"
  rm -f "$work/node_modules/.package-lock.json" "$work/node_modules/.bin/openclaw"
  openclaw_nest "$work/node_modules" "$package/node_modules"
  ln -s ../lib/node_modules/openclaw/openclaw.mjs "$layer/usr/bin/openclaw"
  chmod 755 "$package/openclaw.mjs"
  env -i PATH="$node:$plain_path" HOME="$work/home" node "$package/scripts/postinstall-bundled-plugins.mjs"
  env -i PATH="$node:$plain_path" HOME="$work/home" "$layer/usr/bin/openclaw" --version | grep -F "$version"
  rm -rf "$work"
}

# openclaw_nest FROM TO: moves the packages in FROM that TO has no version of its own of.
openclaw_nest() {
  local from=$1 to=$2 entry name
  mkdir -p "$to"
  for entry in "$from"/* "$from"/.bin; do
    [[ -e $entry ]] || continue
    name=${entry##*/}
    if [[ ! -e $to/$name ]]; then
      mv "$entry" "$to/$name"
    elif [[ $name == @* || $name == .bin ]]; then
      openclaw_nest "$entry" "$to/$name"
    fi
  done
}
