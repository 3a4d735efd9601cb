#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Over the ways in which OpenClaw has delivered its plugins, and over a database that moves: 2026.4.26 stages into an
# external root, 2026.5.12 into a flat npm root, the newest has one npm project a plugin and another schema.
# Takes 600 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"

allocate_port port
newest=$(openclaw_newest)
story "updates from 2026.4.26 over 2026.5.12 to $newest, and a forced way back"

# runs VERSION: current, and a gateway that is ready. Before 2026.8.1 none tells over HTTP which version it is.
runs() {
  current_is host "$1" && gateway_is_ready "$port" && machine_run host systemctl is-active openclaw-gateway
}

updates_across_eras() {
  quietly update_machine host "$port"
  expect "openclaw-update installs 2026.4.26" timed update_to host 2026.4.26
  note "that took $elapsed s"
  expect "which runs" runs 2026.4.26
  expect "an update to 2026.5.12" timed update_to host 2026.5.12
  note "that took $elapsed s"
  expect "which runs" runs 2026.5.12
  expect "an update to $newest" timed update_to host "$newest"
  note "that took $elapsed s"
  expect "which runs" runs "$newest"
  expect "and says so" gateway_answers_version "$port" "$newest"
  expect "2026.5.12 is refused: it is older" says "older than $newest" update_to host 2026.5.12
  expect "with --force it is installed" timed update_to host 2026.5.12 --force
  note "that took $elapsed s"
  expect "which runs" runs 2026.5.12
  expect "nothing is left over" update_has_no_leftovers host
}

with_suite updates_across_eras
