#!/usr/bin/env bash
# From no OpenClaw at all to 2026.9.5, from there to 2026.9.6 with a Node of its own, and back: by the updater alone, with
# real releases.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"

allocate_port port
story "first installation, update and rollback of a real gateway"

# runs_on PATTERN: the program of the gateway's process.
runs_on() {
  says "$1" machine_run host sh -c 'readlink "/proc/$1/exe"' sh \
    "$(machine_run host systemctl show --property=MainPID --value openclaw-gateway)"
}

updates_it() {
  quietly update_machine host "$port"
  expect "without a release, the gateway's unit does not start" not machine_run host systemctl start openclaw-gateway
  expect "what would be done is told" says 'from no release to 2026.9.5' machine_run host openclaw-update --to 2026.9.5 --dry-run
  expect "openclaw-update installs 2026.9.5 on a machine that has none" timed update_to host 2026.9.5
  note "that took $elapsed s"
  expect "the gateway runs" gateway_is_ready "$port"
  expect "it says that it is 2026.9.5" gateway_answers_version "$port" 2026.9.5
  expect "on the system's Node" runs_on '^/usr/bin/node$'
  expect "the release is sealed and as its manifest says" machine_run host openclaw-update verify
  expect "an update to what runs is up to date" says 'up to date' update_to host 2026.9.5
  printf '[node]\nsource = bundled\n' | machine_put host /etc/openclaw/helpers.ini.d/70-node.ini
  expect "an update to 2026.9.6, with source=bundled in [node]" timed update_to host 2026.9.6
  note "that took $elapsed s"
  quietly machine_run host openclaw-update status --json
  note "down for $(machine_run host openclaw-update status --json | jq .last_update.downtime_ms) ms"
  expect "has the outcome updated" outcome_is host updated
  expect "the running gateway says that it is 2026.9.6" gateway_answers_version "$port" 2026.9.6
  expect "current names it" current_is host 2026.9.6
  expect "it runs on the Node that it brought" runs_on '/releases/2026.9.6-[0-9a-f]+/\.openclaw-systemd/node$'
  expect "which is sealed with it" machine_run host openclaw-update verify
  expect "an older version is refused" says 'older than' update_to host 2026.9.5
  expect "with nothing touched" gateway_answers_version "$port" 2026.9.6
  expect "openclaw-update rollback returns to the release before" machine_run host openclaw-update rollback
  expect "which runs" gateway_answers_version "$port" 2026.9.5
  expect "on its own Node again" runs_on '^/usr/bin/node$'
  expect "with the state that it had left: it cannot read that of 2026.9.6" \
    says 'schema 18, it supports 17.*goes back to' machine_run host openclaw-update status --json
  expect "openclaw-update rollback undoes that too" machine_run host openclaw-update rollback
  expect "and 2026.9.6 runs" gateway_answers_version "$port" 2026.9.6
  expect "a version that does not exist is refused" says 'refused' update_to host 2026.9.99
  expect "and the gateway still runs" gateway_is_ready "$port"
  expect "nothing is left over" update_has_no_leftovers host
}

with_suite updates_it
