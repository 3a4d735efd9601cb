#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A real OpenClaw of pnpm 12: hundreds of its dependencies lie beside it, in a store that all packages share, by links. It
# is adopted while it runs, serves from a release that has all of them below it, also once pnpm's store is gone, and is
# given back.
# Takes 200 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"
# shellcheck source=../operators.sh
source "$(dirname "$0")/../operators.sh"

version=2026.9.6
allocate_port port
story "an OpenClaw $version of pnpm 12 is adopted and given back"
pnpm=/home/pnpm-12/.local/share/pnpm

operators_package() { printf 'openclaw@%s\n' "$version"; }
operators_npmrc() { registry_npmrc; }
operators_config() {
  jq --null-input --argjson port "$port" --arg token "$gateway_token" \
    '{gateway: {mode: "local", port: $port, auth: {mode: "token", token: $token}}}'
}

serves() {
  machine_run host systemctl is-active claw-pnpm-12 && gateway_is_ready "$port" && gateway_answers_version "$port" "$version"
}

unit_files() {
  machine_run host sh -c 'find /etc/systemd/system -printf "%p %m %u %g %l\n" | sort
    find /etc/systemd/system -type f -exec sha256sum {} + | sort'
}

unit_files_are() {
  diff <(printf '%s\n' "$1") <(unit_files)
}

pnpm_store_moves() {
  machine_run host mv "$1" "$2"
}

comes_and_goes() {
  local before
  quietly machine_start host "$suite" "$(node_layer 24)" "$(operators_layer)"
  quietly operator_pnpm_12
  quietly machine_run host systemctl start claw-pnpm-12
  expect "it serves from pnpm's store" wait_for "$patience" serves
  quietly machine_install_suite host
  before=$(unit_files)
  expect "it is adopted" timed says '[0-9]{3} packages that .* requires are outside of it' \
    machine_run host openclaw-update adopt claw-pnpm-12
  note "that took $elapsed s"
  quietly pnpm_store_moves $pnpm $pnpm.away
  quietly machine_run host systemctl restart claw-pnpm-12
  expect "its release serves, with nothing of pnpm there" wait_for "$patience" serves
  quietly pnpm_store_moves $pnpm.away $pnpm
  expect "its release is whole" machine_run host openclaw-update verify
  expect "it is given back" machine_run host openclaw-update adopt --undo
  expect "the unit files are as they were" unit_files_are "$before"
  quietly machine_run host systemctl restart claw-pnpm-12
  expect "it serves from pnpm's store again" wait_for "$patience" serves
}

with_suite comes_and_goes
