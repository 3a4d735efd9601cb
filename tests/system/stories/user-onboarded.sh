#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# OpenClaw's own installer makes the gateway: `openclaw onboard --install-daemon`, from a package in the user's ~/.npm-global.
# It stays a unit of the user's own: adopted, refused for a config that is broken, updated, rolled back, healed by the
# watchdog, and given back byte for byte; all by the user alone.
# Takes 700 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../user_manager.sh
source "$(dirname "$0")/../user_manager.sh"

from=2026.9.5 to=2026.9.6
allocate_port port
story "a gateway that onboard --install-daemon made stays a user's own unit ($from to $to)"
config=/home/claw/.openclaw/openclaw.json

update() { as_user openclaw-update --user "$@"; }

adopted() {
  quietly machine_install_suite host
  suite_overrides host
  before=$(files_of_claw)
  expect "it is adopted" timed update adopt
  note "that took $elapsed s"
  expect "  and runs on" serves_as user "$from"
  quietly as_user systemctl --user restart openclaw-gateway
  expect "  from the release when it is started again" wait_for "$patience" serves_as user "$from"
  expect "  where its command line is answered" as_user openclaw health --json
}

# broken_config: one that the new release says is none.
broken_config() {
  quietly machine_run host cp -a "$config" /tmp/config
  quietly machine_run host sh -c "sed 's/\"gateway\": {/\"gateway\": {\"nonsense\": true,/' /tmp/config >/tmp/broken && cat /tmp/broken >$config"
  expect "an update with a config that is broken is refused" says 'nothing was touched' update --to "$to"
  quietly machine_run host sh -c "cat /tmp/config >$config"
  expect "  and the gateway has noticed nothing" serves_as user "$from"
}

updated() {
  expect "it is updated" timed update --to "$to"
  note "that took $elapsed s"
  note "$(update status | grep 'last update')"
  expect "  and serves" wait_for "$patience" serves_as user "$to"
  expect "and rolled back" update rollback
  expect "  to one that serves" wait_for "$patience" serves_as user "$from"
}

watched() {
  quietly machine_run host sh -c 'printf "[watchdog]\ndeaf-after = 45s\nfirst-delay = 2s\n" >/etc/openclaw/helpers.ini.d/80-w.ini'
  quietly as_user systemctl --user start openclaw-watchdog
  expect "the watchdog sees that it is well" wait_for 120 says '^gateway ready on' watchdog_says
  quietly as_user systemctl --user kill --kill-whom=main --signal=STOP openclaw-gateway
  # A stop of it waits for 330 s, as the installer's unit says.
  expect "  restarts it when it hangs" wait_for 500 says ', 1 restart in the last hour' watchdog_says
  quietly as_user systemctl --user kill --kill-whom=all --signal=KILL openclaw-gateway
  expect "  and it serves again" wait_for "$patience" serves_as user "$from"
  quietly as_user systemctl --user stop openclaw-watchdog
}

watchdog_says() { as_user systemctl --user show --property=StatusText --value openclaw-watchdog; }

given_back() {
  expect "it is given back" update adopt --undo
  quietly as_user systemctl --user restart openclaw-gateway
  expect "and serves as the installer made it" wait_for "$patience" serves_as user "$from"
  expect "what the installer made is as it was, byte for byte" files_are_as "$before"
}

keeps_it() {
  onboarded npm_global
  adopted
  broken_config
  updated
  watched
  given_back
}

with_suite keeps_it
