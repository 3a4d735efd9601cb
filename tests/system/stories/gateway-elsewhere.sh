#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A gateway that is nowhere where one is expected: another port, that of a variable; TLS with a certificate of its own; a
# base path; a profile, so state and config of its own; a token in the state's .env. The suite finds it, adopts it,
# updates it and returns. Where it cannot be seen, or a worker looks at another state, nothing is stopped.
# Takes 900 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"

from=2026.9.5 to=2026.9.6
allocate_port port
story "an update of a gateway with another port, TLS, a base path, a profile and .env ($from to $to)"
mapfile -t layers < <(openclaw_layers "$from")
state=$gateway_home/.openclaw-work

secure_get() {
  curl --silent --insecure --noproxy '*' --max-time 5 "https://127.0.0.1:$port$1"
}

serves() {
  [[ $(secure_get /healthz) == *'"live"'* && $(secure_get /startupz | jq --raw-output .version) == "$1" ]]
}

main_pid() {
  machine_run host systemctl show --property=MainPID --value "$gateway_unit_name"
}

main_pid_is() {
  [[ $(main_pid) == "$1" ]]
}

# drop_in UNIT NAME: from stdin, and taken up.
drop_in() {
  machine_put host "/etc/systemd/system/$1.d/$2.conf"
  machine_run host systemctl daemon-reload
}

# work_config: of the profile.
work_config() {
  machine_run host install -d --owner=openclaw --group=openclaw --mode=700 "$state"
  machine_run host cat "$gateway_home/.openclaw/openclaw.json" |
    jq --arg token "$gateway_token" "$only_telegram"' | .gateway |= (del(.port) | .bind = "loopback" |
      .tls.enabled = true | .controlUi.basePath = "/claw" | .auth.token = $token) |
      .channels.telegram.botToken = "${CLAW_TELEGRAM_TOKEN}"' | machine_put host "$state/openclaw.json" 600
  printf 'CLAW_TELEGRAM_TOKEN=123:dummy\n' | machine_put host "$state/.env" 600
  machine_run host chown -R openclaw:openclaw "$state"
}

elsewhere() {
  quietly machine_start host "$suite" "${layers[@]}" "$(bun_layer)"
  quietly gateway_set_up host "$from" "$port" "Environment=CLAW_PORT=$port"
  # What is in the usual place is another gateway's.
  quietly gateway_config host 1 '.gateway.auth.token = "another-gateway"'
  quietly work_config
  drop_in "$gateway_unit_name" 40-profile <<UNIT
[Service]
TimeoutStopSec=60
ExecStart=
ExecStart=/usr/bin/node $gateway_package/dist/index.js --profile work gateway --port \${CLAW_PORT}
UNIT
  quietly gateway_start host
  expect "OpenClaw $from serves" wait_for "$patience" serves "$from"
}

adopted() {
  quietly machine_install_suite host
  suite_overrides host
  expect "openclaw-update adopt takes it over" machine_run host openclaw-update adopt
  expect "and knows its port, which only the unit's environment tells" \
    says "^port = $port$" machine_run host cat /etc/openclaw/helpers.ini.d/50-adopted.ini
  expect "and its state, which only the profile tells" \
    says "OPENCLAW_STATE_DIR=$state" machine_run host systemctl cat openclaw-state@.service
  expect "openclaw-update status says where it listens" \
    says "listens on 127.0.0.1:$port" machine_run host openclaw-update status
  # A guess that is wrong costs nothing.
  printf '[gateway]\nport = 18789\n[update]\nready-timeout = 240s\n' |
    quietly machine_put host /etc/openclaw/helpers.ini.d/60-wrong-port.ini
}

another_state_is_not_touched() {
  local before
  before=$(main_pid)
  drop_in openclaw-state@.service zz-another <<UNIT
[Service]
Environment=OPENCLAW_STATE_DIR=$gateway_home/.openclaw
Environment=OPENCLAW_CONFIG_PATH=$gateway_home/.openclaw/openclaw.json
UNIT
  expect "a worker that looks at another gateway's state ends an update before the stop" \
    says "has its state in $state .*look for it in $gateway_home/.openclaw" update_to host "$to"
  expect "even if it is forced" says "has its state in $state" update_to host "$to" --force
  expect "and the gateway has noticed nothing" main_pid_is "$before"
  quietly machine_run host rm /etc/systemd/system/openclaw-state@.service.d/zz-another.conf
  quietly machine_run host systemctl daemon-reload
}

updated() {
  local another
  another=$(machine_run host sha256sum "$gateway_home/.openclaw/openclaw.json")
  expect "openclaw-update updates it to $to" timed update_to host "$to"
  note "that took $elapsed s"
  expect "the running gateway says so" serves "$to"
  expect "its snapshot is of its own state" \
    says '"basePath": "/claw"' machine_run host find "$gateway_home/snapshots" -name openclaw.json -exec cat '{}' +
  expect "openclaw-update rollback returns" machine_run host openclaw-update rollback
  expect "to $from" serves "$from"
  expect "the other gateway's config is as it was" [ "$(machine_run host sha256sum "$gateway_home/.openclaw/openclaw.json")" = "$another" ]
  expect "and nothing was put beside it" not machine_run host sh -c 'ls -A "$1" | grep -v "^openclaw.json$"' sh "$gateway_home/.openclaw"
}

out_of_sight() {
  local before
  printf '[Service]\nPrivateNetwork=yes\n' | drop_in "$gateway_unit_name" zz-network
  printf '[update]\nready-timeout = 20s\n' | quietly machine_put host /etc/openclaw/helpers.ini.d/70-impatient.ini
  quietly machine_run host systemctl restart "$gateway_unit_name"
  before=$(main_pid)
  expect "one with a network of its own is not stopped" \
    says 'runs, but cannot be seen to serve: its unit listens on no TCP port' update_to host "$to"
  expect "and has noticed nothing" main_pid_is "$before"
}

finds_it() {
  elsewhere
  adopted
  another_state_is_not_touched
  updated
  out_of_sight
  expect "nothing is left over" update_has_no_leftovers host
}

with_suite finds_it
