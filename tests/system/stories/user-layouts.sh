#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A user's own gateway whose package and Node belong to nvm, and one whose package belongs to pnpm, both made by
# `openclaw onboard --install-daemon`: each is adopted as a user unit and given back, then converted to a system unit and
# given back, byte for byte. The Node stays that of the unit; the release needs nothing else of nvm's or pnpm's.
# STORY_LAYOUTS="pnpm": only these.
# Takes 700 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"
# shellcheck source=../operators.sh
source "$(dirname "$0")/../operators.sh"
# shellcheck source=../user_manager.sh
source "$(dirname "$0")/../user_manager.sh"

from=2026.9.6
allocate_port port
story "user units of an OpenClaw $from that nvm or pnpm keeps"

# serves_alone user|system: from its release, after a restart without the package that the client installed.
serves_alone() {
  local control=(machine_run host systemctl) status=0
  [[ $1 == system ]] || control=(as_user systemctl --user)
  machine_run host mv "$user_package" "$user_package.away"
  { "${control[@]}" restart openclaw-gateway && wait_for "$patience" serves_as "$1" "$from"; } || status=$?
  (( status == 0 )) || gateway_get "$port" /startupz
  machine_run host mv "$user_package.away" "$user_package"
  return "$status"
}

stays_a_user_unit() {
  expect "$1: it is adopted as a user unit" timed as_user openclaw-update --user adopt
  note "that took $elapsed s"
  quietly as_user systemctl --user restart openclaw-gateway
  expect "  serves from its release" wait_for "$patience" serves_as user "$from"
  expect "  also without the package that $1 keeps" serves_alone user
  expect "  and its release is whole" as_user openclaw-update --user verify
  expect "  it is given back" as_user openclaw-update --user adopt --undo
  quietly as_user systemctl --user restart openclaw-gateway
  expect "  serves as the installer made it" wait_for "$patience" serves_as user "$from"
  expect "  and every file is as it was" files_are_as "$before"
}

becomes_a_system_unit() {
  expect "$1: it is converted to a system unit" timed machine_run host openclaw-update adopt --from-user claw
  note "that took $elapsed s"
  expect "  which serves from its release" wait_for "$patience" serves_as system "$from"
  expect "  also without the package that $1 keeps" serves_alone system
  expect "  and its release is whole" machine_run host openclaw-update verify
  expect "  it is given back" says "claw's user unit openclaw-gateway.service runs again" \
    machine_run host openclaw-update adopt --undo
  expect "  serves as the installer made it" wait_for "$patience" serves_as user "$from"
  expect "  and every file is as it was" files_are_as "$before"
}

in_each_layout() {
  local layout
  for layout in ${STORY_LAYOUTS:-nvm pnpm}; do
    onboarded "$layout"
    quietly machine_install_suite host
    suite_overrides host
    before=$(files_of_claw)
    stays_a_user_unit "$layout"
    becomes_a_system_unit "$layout"
    quietly machine_stop host
  done
}

with_suite in_each_layout
