#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From no OpenClaw at all to 2026.9.5, from there to 2026.9.6 with a Node of its own, and back: by the updater alone, with
# real releases.
# Takes 720 s where two others run beside it.
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

# canary_of RELEASE_FOLDER VERSION NODE: asks the worker by itself, as the updater does, and prints what it answers.
canary_of() {
  local id=20260101T000000Z-cafe folder=/run/openclaw-workers/openclaw-canary@20260101T000000Z-cafe.boot
  jq --null-input --arg package "$1" --arg version "$2" --arg node "$3" --argjson port "$port" --arg id "$id" '
    {action: "boot", transaction: $id, state_directory: "/var/lib/openclaw", package: $package, node: $node,
     port: $port, expected_version: $version, deadline_s: 120}' |
    machine_put host "/var/lib/openclaw-update/requests/$id.boot.json"
  machine_run host systemctl start "openclaw-canary@$id.boot.service"
  machine_run host cat "$folder/result.json"
  machine_run host systemctl clean --what=runtime "openclaw-canary@$id.boot.service"
  machine_run host rm "/var/lib/openclaw-update/requests/$id.boot.json"
}

# canary_fails_with PATTERN RELEASE_FOLDER VERSION NODE: it is not ready, and its log says why.
canary_fails_with() {
  local answer
  answer=$(canary_of "${@:2}")
  printf '%s\n' "$answer"
  jq --exit-status --arg pattern "$1" '.ok and .ready == false and (.log | join("\n") | test($pattern))' <<<"$answer" >/dev/null
}

canary_is_ready() {
  local answer
  answer=$(canary_of "$@")
  printf '%s\n' "$answer"
  jq --exit-status '.ok and .ready and .rpc.ok' <<<"$answer" >/dev/null
}

release_of() {
  machine_run host sh -c 'echo /var/lib/openclaw-update/releases/$1-*[0-9a-f]' sh "$1"
}

# What the stages before the canary would have caught already: here it has to be the canary itself.
canaries_that_fail() {
  local newer older broken=/var/lib/broken
  newer=$(release_of 2026.9.6)
  older=$(release_of 2026.9.5)
  quietly machine_run host cp -r --reflink=auto "$newer" "$broken"
  quietly machine_run host sh -c 'rm $(grep --files-with-matches "starting HTTP server" "$1"/dist/*.mjs)' sh "$broken"
  expect "a canary of the release that runs is ready beside it" canary_is_ready "$newer" 2026.9.6 "$newer/.openclaw-systemd/node"
  expect "a canary with a chunk missing is not ready" \
    canary_fails_with 'ERR_MODULE_NOT_FOUND|Cannot find module' "$broken" 2026.9.6 "$newer/.openclaw-systemd/node"
  expect "a canary of 2026.9.5 on the state of 2026.9.6 is not ready" \
    canary_fails_with 'newer schema version 18|schema' "$older" 2026.9.5 /usr/bin/node
  quietly machine_run host cp /var/lib/openclaw/.openclaw/openclaw.json /root/config
  quietly machine_run host sh -c 'sed -i "s/\"mode\"/\"mood\"/" /var/lib/openclaw/.openclaw/openclaw.json'
  expect "a canary with a config that is wrong is not ready" \
    canary_fails_with 'onfig|mood' "$newer" 2026.9.6 "$newer/.openclaw-systemd/node"
  quietly machine_run host sh -c 'cat /root/config >/var/lib/openclaw/.openclaw/openclaw.json'
  expect "the gateway has noticed nothing" gateway_answers_version "$port" 2026.9.6
  expect "nothing of the copies is left" not machine_run host sh -c 'find /var/tmp -name ".openclaw-canary-*" | grep .'
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
  expect "it had been booted on a copy of the state, all plugins loaded and the database moved" \
    says 'ready after .* with [0-9]+ plugins, and changed its copy of .*state/openclaw.sqlite from schema 17 to 18' \
    machine_run host openclaw-update status --json
  expect "the running gateway says that it is 2026.9.6" gateway_answers_version "$port" 2026.9.6
  expect "current names it" current_is host 2026.9.6
  expect "how much changed in OpenClaw is told" \
    says '^changes .*2026\.9\.5 -> 2026\.9\.6: 175 entries for 2026\.9\.6' machine_run host openclaw-update status
  expect "and what, without the list of all pull requests" \
    says '^Complete contribution record: 2674 entries, not shown' machine_run host openclaw-update changelog
  quietly machine_run host openclaw-update changelog --json
  expect "it runs on the Node that it brought" runs_on '/releases/2026.9.6-[0-9a-f]+/\.openclaw-systemd/node$'
  expect "which is sealed with it" machine_run host openclaw-update verify
  expect "an older version is refused" says 'older than' update_to host 2026.9.5
  expect "with nothing touched" gateway_answers_version "$port" 2026.9.6
  expect "openclaw-update rollback returns to the release before" machine_run host openclaw-update rollback
  expect "which runs" gateway_answers_version "$port" 2026.9.5
  expect "on its own Node again" runs_on '^/usr/bin/node$'
  expect "with the state that it had left: it cannot read that of 2026.9.6" \
    says 'schema 18, it supports 17.*its state of .* is restored' machine_run host openclaw-update status --json
  expect "openclaw-update rollback undoes that too" machine_run host openclaw-update rollback
  expect "and 2026.9.6 runs" gateway_answers_version "$port" 2026.9.6
  canaries_that_fail
  expect "a version that does not exist is refused" says 'refused' update_to host 2026.9.99
  # Not "is ready": after some minutes without Telegram's network it says that it is not.
  expect "and the gateway still runs" gateway_answers_version "$port" 2026.9.6
  expect "nothing is left over" update_has_no_leftovers host
}

with_suite updates_it
