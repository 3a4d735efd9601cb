# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # machines and what they need come from the story
# A machine that has Node, npm and the suite, and no OpenClaw: the updater brings it.

# update_machine NAME PORT [LAYER...]: boots it, with the shipped unit on that port and a configuration for Telegram.
update_machine() {
  local name=$1 port=$2 bun
  shift 2
  bun=$(bun_layer)
  machine_start "$name" "$suite" "$(node_layer 24)" "$bun" "$@"
  machine_install_suite "$name"
  suite_overrides "$name"
  update_on_port "$name" "$port"
  # shellcheck disable=SC2034 # for gateway_config
  gateway_home=/var/lib/openclaw
  machine_run "$name" install -d --owner=openclaw --group=openclaw --mode=700 /var/lib/openclaw
  gateway_config "$name" "$port" "$only_telegram"
}

# update_on_port NAME PORT: machines share the host's ports, so each gateway gets its own, as a site would do it. With
# Telegram out of reach, 2026.9.6 sometimes waits for its plugin until its whole time to stop is over: 325 s of 330.
update_on_port() {
  printf '[Service]\nTimeoutStopSec=60\nExecStart=\n%s %s\n' \
    'ExecStart=node /var/lib/openclaw-update/current/dist/index.js gateway --port' "$2" |
    machine_put "$1" /etc/systemd/system/openclaw-gateway.service.d/port.conf
  printf '[gateway]\nport = %s\n' "$2" | machine_put "$1" /etc/openclaw/helpers.ini.d/60-port.ini
  machine_run "$1" systemctl daemon-reload
}

# update_to NAME VERSION [OPTION...]: by hand, to its end.
update_to() {
  local name=$1 version=$2
  shift 2
  machine_run "$name" openclaw-update --to "$version" "$@"
}

# update_current NAME: prints the version that current names.
update_current() {
  machine_run "$1" sh -c 'readlink /var/lib/openclaw-update/current | sed "s|^releases/||; s|-[0-9a-f]*$||"'
}

current_is() {
  local found
  found=$(update_current "$1")
  printf 'current: %s\n' "$found"
  [[ $found == "$2" ]]
}

# outcome_is NAME OUTCOME: of the last update.
outcome_is() {
  local report
  report=$(machine_run "$1" openclaw-update status --json)
  printf '%s\n' "$report"
  [[ $(jq --raw-output .last_update.outcome <<<"$report") == "$2" ]]
}

# gateway_answers_version PORT VERSION: the running process says so itself (2026.8.1 and later).
gateway_answers_version() {
  [[ $(gateway_get "$1" /startupz | jq --raw-output .version) == "$2" ]]
}

# update_has_no_leftovers NAME: no open transaction, no draft of a release, nothing of the fetch worker's.
update_has_no_leftovers() {
  local left
  left=$(machine_run "$1" sh -c 'ls -d /var/lib/openclaw-update/open /var/lib/openclaw-fetch/* \
    /var/lib/openclaw-update/releases/.[!.]* /run/openclaw-workers/* 2>/dev/null') || true
  printf '%s\n' "$left"
  [[ -z $left ]]
}
