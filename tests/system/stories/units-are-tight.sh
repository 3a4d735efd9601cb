#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each unit that the suite ships: without a complaint of this systemd, and as exposed as it is meant to be at most.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"

story "the units that are shipped, to systemd-analyze"

id=20261121T101500Z-4f2a
# UNIT LIMIT: systemd's exposure, of 10. "-": no service.
units=(
  "openclaw-gateway.service 3.0"
  "openclaw-update.service 2.5"
  "openclaw-update@2026.9.6.service 2.5"
  "openclaw-update-rehearse.service 2.5"
  "openclaw-update-check.service 2.5"
  "openclaw-update-notify@updated.service 2.5"
  "openclaw-update-recover.service 2.5"
  "openclaw-update-resume.service 2.5"
  "openclaw-update-request.service 2.5"
  "openclaw-update-gateway@work.service 2.5"
  "openclaw-update-rehearse@work.service 2.5"
  "openclaw-update-check@work.service 2.5"
  "openclaw-update-recover@work.service 2.5"
  "openclaw-update-resume@work.service 2.5"
  "openclaw-update-request@work.service 2.5"
  "openclaw-watchdog.service 1.5"
  "openclaw-fetch@$id.fetch.service 2.0"
  "openclaw-finish@$id.fetch.service 2.0"
  "openclaw-stage@$id.stage.service 2.0"
  "openclaw-validate@$id.validate.service 2.0"
  "openclaw-state@$id.snapshot.service 2.0"
  "openclaw-canary@$id.boot.service 2.0"
  "openclaw-migrate@$id.migrate.service 2.0"
  "openclaw-probe@$id.gate.service 2.0"
  "openclaw-user-unit@1000.service 2.0"
  "openclaw-user-unit-stop@1000.service 2.0"
  "openclaw-user-unit-start@1000.service 2.0"
  "openclaw-update.timer -"
  "openclaw-update-rehearse.timer -"
  "openclaw-update-request.path -"
  "openclaw-update-gateway@work.timer -"
  "openclaw-update-rehearse@work.timer -"
  "openclaw-update-request@work.path -"
)

exposure_of() {
  machine_run host systemd-analyze security --no-pager "$1" 2>/dev/null |
    awk '/exposure level/ { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]+$/) print $i }'
}

exposed_at_most() {
  local found
  found=$(exposure_of "$1")
  printf 'exposure: %s\n' "$found"
  awk -v found="$found" -v limit="$2" 'BEGIN { exit found == "" || found + 0 > limit + 0 }'
}

# user_units: prints the paths of those for users' own service managers.
user_units() {
  machine_run host sh -c 'ls -d /usr/lib/systemd/user/openclaw-*'
}

user_unit_verifies() {
  local complaints
  complaints=$(machine_run host env XDG_RUNTIME_DIR=/run HOME=/root systemd-analyze --user verify --man=no "$1" 2>&1 |
    grep openclaw) || true
  printf '%s\n' "$complaints"
  [[ -z $complaints ]]
}

# It prints what it has to complain about, and that of other units of the image too.
verifies() {
  local complaints
  complaints=$(machine_run host systemd-analyze verify --man=no "$1" 2>&1 | grep openclaw) || true
  printf '%s\n' "$complaints"
  [[ -z $complaints ]]
}

units_are_tight() {
  local row unit limit shipped
  quietly machine_start host "$suite" "$(node_layer 24)"
  quietly machine_install_suite host
  # What is shipped and not in the list would go unseen.
  shipped=$(machine_run host sh -c 'ls /usr/lib/systemd/system /lib/systemd/system | grep -c "^openclaw-.*\.\(service\|timer\|path\)$"')
  expect "all of them are looked at" [ "$(( shipped / 2 ))" = "${#units[@]}" ]
  for row in "${units[@]}"; do
    read -r unit limit <<<"$row"
    expect "$unit is flawless" verifies "$unit"
    [[ $limit != - ]] || continue
    expect "and exposed by at most $limit" exposed_at_most "$unit" "$limit"
    note "$(exposure_of "$unit")"
  done
  expect "there are units for users' own service managers" [ "$(user_units | wc -l)" -gt 20 ]
  for unit in $(user_units); do
    expect "$unit is flawless" user_unit_verifies "$unit"
  done
}

with_suite units_are_tight
