# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the machine's port comes from the story
# Operators of one host, each with OpenClaw (its stand-in) as one package client or version manager installs it into a
# home. The clients are the real ones where the registry has them; what it has not is laid out as that tool does it.
# A user is named like the layout. To be sourced after standin.sh.

# shellcheck source=openclaw.sh
source "$(dirname "${BASH_SOURCE[0]}")/openclaw.sh"

pnpm_12_version=12.21.0
mise_version=2026.9.15
operators_node=${node_versions[24]}   # what version managers call it

# operators_layer: prints the folder of a layer with clients where nobody's PATH finds them.
operators_layer() {
  build_once "layers/operators-$pnpm_version-$pnpm_12_version-$mise_version" operators_layer_build
}

operators_layer_build() {
  local tools=$1/opt/tools arch
  arch=$(registry_arch x64 arm64)
  registry_package "pnpm@$pnpm_version" "$tools/pnpm-10"
  registry_package "@pnpm/exe.linux-$arch@$pnpm_12_version" "$tools/pnpm-12"
  registry_package "@jdxcode/mise-linux-$arch@$mise_version" "$tools/mise"
}

# What each of them has; a story with a real OpenClaw defines them anew.
operators_package() { printf 'openclaw@%s\n' "$(standin old)"; }
operators_npmrc() { printf 'registry=%s\n' "$(standin_registry "$port")"; }
operators_config() {
  jq --null-input --argjson port "$port" --arg token "$gateway_token" \
    '{gateway: {mode: "local", port: $port, auth: {mode: "token", token: $token}}, channels: {},
      plugins: {entries: {echo: {enabled: true}}}}'
}

# operator NAME: a user with that, whose home is closed to others.
operator() {
  local home=/home/$1
  machine_run host useradd --create-home --shell /bin/bash "$1"
  machine_run host chmod 700 "$home"
  operators_config | machine_put host "$home/.openclaw/openclaw.json" 600
  operators_npmrc | machine_put host "$home/.npmrc"
  machine_run host chown -R "$1:$1" "$home"
}

# operator_unit NAME COMMAND [LINE...]: her unit, with more lines for [Service].
operator_unit() {
  local name=$1 command=$2
  shift 2
  machine_put host "/etc/systemd/system/claw-$name.service" <<UNIT
[Unit]
Description=Gateway of $name

[Service]
User=$name
WorkingDirectory=~
$(printf '%s\n' "$@")
ExecStart=$command
UNIT
  machine_run host systemctl daemon-reload
}

# as_operator NAME CMD...: in her home, with a PATH of the system's.
as_operator() {
  machine_run_as host "$@"
}

# --- package clients

# operator_pnpm_10: a shim in ~/.local/share/pnpm, and dependencies in a virtual store of the global folder.
operator_pnpm_10() {
  local pnpm=/home/pnpm-10/.local/share/pnpm
  operator pnpm-10
  as_operator pnpm-10 env PNPM_HOME=$pnpm PATH="$pnpm:$plain_path" \
    node /opt/tools/pnpm-10/bin/pnpm.cjs add --global --allow-build=openclaw "$(operators_package)"
  operator_unit pnpm-10 "$pnpm/openclaw gateway --port $port"
}

# operator_pnpm_12: a shim in ~/.local/share/pnpm/bin, a folder for each global package, and one store for all.
operator_pnpm_12() {
  local pnpm=/home/pnpm-12/.local/share/pnpm
  operator pnpm-12
  as_operator pnpm-12 env PNPM_HOME=$pnpm PATH="$pnpm/bin:$plain_path" \
    /opt/tools/pnpm-12/pnpm add --global --allow-build=openclaw "$(operators_package)"
  operator_unit pnpm-12 "$pnpm/bin/openclaw gateway --port $port"
}

operator_bun() {
  operator bun
  as_operator bun bun add --global --trust "$(operators_package)"
  operator_unit bun "/home/bun/.bun/bin/openclaw gateway --port $port"
}

# operator_login: npm's prefix is in the home, and only the profile of a login shell says so.
operator_login() {
  operator login
  as_operator login npm install --global --prefix /home/login/.npm-global "$(operators_package)"
  as_operator login sh -c 'printf "%s\n" "export EDITOR=vi" "PATH=\$HOME/.npm-global/bin:\$PATH" >>.profile'
  operator_unit login "/bin/bash -lc \"exec openclaw gateway --port $port\""
}

# --- version managers

# operator_node FOLDER OWNER: Node in that prefix, and npm beside it.
operator_node() {
  machine_run host sh -c 'mkdir -p "$1/bin" "$1/lib/node_modules" && ln /usr/bin/node "$1/bin/node" &&
    cp -R /usr/lib/node_modules/npm "$1/lib/node_modules/" && ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/bin/npm"' \
    sh "$1"
  machine_run host chown -R "$2:$2" "/home/$2"
}

# operator_npm NAME PREFIX [TO]: npm -g of the Node there, into that prefix or another one.
operator_npm() {
  as_operator "$1" env PATH="$2/bin:$plain_path" npm install --global --prefix "${3:-$2}" "$(operators_package)"
}

operator_nvm() {
  local prefix=/home/nvm/.nvm/versions/node/v$operators_node
  operator nvm
  operator_node "$prefix" nvm
  operator_npm nvm "$prefix"
  operator_unit nvm "$prefix/bin/node $prefix/lib/node_modules/openclaw/dist/index.js gateway --port $port"
}

# operator_fnm: its command is what `which openclaw` says in a shell of hers: a link of that shell's.
operator_fnm() {
  local fnm=/home/fnm/.local/share/fnm prefix shell
  prefix=$fnm/node-versions/v$operators_node/installation
  operator fnm
  operator_node "$prefix" fnm
  operator_npm fnm "$prefix"
  as_operator fnm sh -c 'mkdir "$1/aliases" && ln -s "$2" "$1/aliases/default"' sh "$fnm" "$prefix"
  operator_fnm_login
  shell=$(operator_fnm_shell)
  operator_unit fnm "$shell/bin/openclaw gateway --port $port" "Environment=PATH=$shell/bin:/usr/bin:/bin"
}

operator_fnm_shell() {
  printf '/run/user/%s/fnm_multishells/4711_1795000000000\n' "$(machine_run host id -u fnm)"
}

operator_fnm_login() {
  local shell
  shell=$(operator_fnm_shell)
  machine_run host install -d --owner=fnm --group=fnm --mode=700 "${shell%/*/*}" "${shell%/*}"
  as_operator fnm ln -s /home/fnm/.local/share/fnm/aliases/default "$shell"
}

operator_fnm_logout() {
  machine_run host rm -r "/run/user/$(machine_run host id -u fnm)"
}

# operator_mise: a shim that is a link to mise, and a package that aube, which mise has within it, has installed. It runs
# no scripts of packages.
operator_mise() {
  local mise=/home/mise/.local/share/mise
  operator mise
  operator_node "$mise/installs/node/$operators_node" mise
  as_operator mise install -D /opt/tools/mise/bin/mise /home/mise/.local/bin/mise
  as_operator mise .local/bin/mise use --global "node@$operators_node" "npm:openclaw@$(standin old)"
  as_operator mise "$mise/installs/node/$operators_node/bin/node" \
    "$mise/installs/npm-openclaw/$(standin old)/node_modules/openclaw/scripts/postinstall-bundled-plugins.mjs"
  operator_unit mise "$mise/shims/openclaw gateway --port $port"
}

# operator_volta: its shim is a program that looks at its own name, and waits for what it runs.
operator_volta() {
  local image=/home/volta/.volta/tools/image
  operator volta
  operator_node "$image/node/$operators_node" volta
  operator_npm volta "$image/node/$operators_node" "$image/packages/openclaw"
  printf '%s\n' '#!/bin/bash' "PATH=$image/node/$operators_node/bin:\$PATH" \
    "$image"'/packages/openclaw/bin/"${0##*/}" "$@"' | machine_put host /home/volta/.volta/bin/volta-shim 755
  machine_run host ln -s volta-shim /home/volta/.volta/bin/openclaw
  operator_unit volta "/home/volta/.volta/bin/openclaw gateway --port $port"
}

# operator_asdf: its shims are scripts that name a version and ask it.
operator_asdf() {
  local asdf=/home/asdf/.asdf prefix
  prefix=$asdf/installs/nodejs/$operators_node
  operator asdf
  operator_node "$prefix" asdf
  operator_npm asdf "$prefix"
  printf '%s\n' '#!/bin/bash' 'shift' "PATH=$prefix/bin:\$PATH" 'exec "$@"' | machine_put host "$asdf/bin/asdf" 755
  printf '%s\n' '#!/usr/bin/env bash' "# asdf-plugin: nodejs $operators_node" 'exec asdf exec "openclaw" "$@"' |
    machine_put host "$asdf/shims/openclaw" 755
  operator_unit asdf "$asdf/shims/openclaw gateway --port $port" "Environment=PATH=$asdf/bin:$asdf/shims:/usr/bin:/bin"
}

# operator_linuxbrew: a formula's own folder, and a link to a link to it. All of Homebrew is that user's.
operator_linuxbrew() {
  local brew=/home/linuxbrew/.linuxbrew formula
  formula=$brew/Cellar/openclaw-cli/$(standin old)
  operator linuxbrew
  operator_node "$brew/Cellar/node/$operators_node" linuxbrew
  operator_npm linuxbrew "$brew/Cellar/node/$operators_node" "$formula/libexec"
  as_operator linuxbrew sh -c 'mkdir -p "$1/bin" "$1/opt" "$2/bin" && ln -s ../libexec/bin/openclaw "$2/bin/openclaw" &&
    ln -s "${2#"$1"/}" "$1/opt/openclaw-cli" && ln -s "../${2#"$1"/}/bin/openclaw" "$1/bin/openclaw" &&
    ln -s "../Cellar/node/$3" "$1/opt/node" && ln -s "../Cellar/node/$3/bin/node" "$1/bin/node"' \
    sh "$brew" "$formula" "$operators_node"
  operator_unit linuxbrew "$brew/bin/openclaw gateway --port $port" "Environment=PATH=$brew/bin:/usr/bin:/bin"
}
