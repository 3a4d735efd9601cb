#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# OpenClaw's own installer makes the gateway: `openclaw onboard --install-daemon`, from a package in the user's ~/.npm-global.
# It becomes a hardened system unit of that user, is updated and rolled back, and is given back byte for byte.
# Takes 900 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../user_manager.sh
source "$(dirname "$0")/../user_manager.sh"

from=2026.9.5 to=2026.9.6
allocate_port port
story "a gateway that onboard --install-daemon made becomes a system unit ($from to $to)"

main_process() { machine_run host systemctl show --property=MainPID --value openclaw-gateway; }

moved() {
  quietly machine_install_suite host
  suite_overrides host
  before=$(files_of_claw)
  expect "what would be done is told" says "would stop claw's user unit openclaw-gateway.service" \
    machine_run host openclaw-update adopt --from-user claw --dry-run
  expect "it is moved" timed machine_run host openclaw-update adopt --from-user claw
  note "that took $elapsed s"
  expect "the system unit serves $from" wait_for "$patience" serves_as system "$from"
  expect "  as claw" says '^claw$' machine_run host ps -o user= -p "$(main_process)"
  expect "  and answers over RPC" as_user openclaw health --json
  note "$(machine_run host systemd-analyze security openclaw-gateway --no-pager | tail -n 1)"
  expect "the installer does not bring the other one back" not as_user openclaw gateway install --force
  expect "  and the system's serves on" wait_for "$patience" serves_as system "$from"
}

updated() {
  expect "it is updated" timed machine_run host openclaw-update --to "$to"
  note "that took $elapsed s"
  expect "  as the system's" wait_for "$patience" serves_as system "$to"
  expect "and rolled back" machine_run host openclaw-update rollback
  expect "  as the system's" wait_for "$patience" serves_as system "$from"
}

given_back() {
  expect "it is given back" says "claw's user unit openclaw-gateway.service runs again" machine_run host openclaw-update adopt --undo
  expect "the user's serves $from" wait_for "$patience" serves_as user "$from"
  expect "what the installer made is as it was, byte for byte" files_are_as "$before"
  expect "nothing is left over" update_has_no_leftovers host
}

moves_it() {
  onboarded npm_global
  moved
  updated
  given_back
}

with_suite moves_it
