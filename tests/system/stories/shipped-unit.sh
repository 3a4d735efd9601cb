#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The unit that the suite ships: as tight as systemd can make it for Node, and a real OpenClaw works in it.
# Takes 150 s where two others run beside it.
# shellcheck source=story.sh
source "$(dirname "$0")/../story.sh"

version=2026.4.26
allocate_port port
story "the shipped openclaw-gateway.service ($version)"

exposure_is_at_most() {
  local exposure
  exposure=$(machine_run unit systemd-analyze security --no-pager openclaw-gateway.service | tail -n 1)
  printf '%s\n' "$exposure"
  awk -v limit="$1" '{ for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]+$/) { exit $i > limit } exit 1 }' <<<"$exposure"
}

with_the_shipped_unit() {
  mapfile -t layers < <(openclaw_layers "$version")
  quietly machine_start unit "$suite" "${layers[@]}"
  quietly machine_install_suite unit
  quietly suite_overrides unit
  # What the updater will do on a host that it manages; until then, an operator does it once.
  quietly machine_run unit mkdir -p /var/lib/openclaw-update
  quietly machine_run unit ln -s "$gateway_package" /var/lib/openclaw-update/current
  printf '[Service]\nExecStart=\nExecStart=/usr/bin/node /var/lib/openclaw-update/current/dist/index.js gateway --port %s\n' \
    "$port" | machine_put unit /etc/systemd/system/openclaw-gateway.service.d/port.conf
  expect "its unit file is flawless to systemd" machine_run unit systemd-analyze verify --man=no openclaw-gateway.service
  expect "its exposure is at most 3.0" exposure_is_at_most 3.0
  # Home of this unit is its state directory.
  gateway_home=/var/lib/openclaw
  quietly gateway_config unit "$port" "$only_telegram"
  quietly machine_run unit chown --recursive openclaw:openclaw /var/lib/openclaw
  quietly machine_run unit systemctl daemon-reload
  expect "the gateway starts in it" timed gateway_start unit
  note "started, with all dependencies staged, after $elapsed s"
  expect "and becomes ready" gateway_wait_ready "$port" 120
  expect "and serves Telegram" gateway_serves unit telegram
  quietly gateway_log unit
  expect "by hand, root finds nothing missing" machine_run unit openclaw-install-deps --check
  expect "and leaves nothing that the gateway's user does not own" \
    [ -z "$(machine_run unit find /var/lib/openclaw -not -user openclaw -print -quit)" ]
  quietly gateway_stop unit
}

with_suite with_the_shipped_unit
