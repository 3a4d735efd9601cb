#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Over the releases at which an update has most to get over, each on a Node that it brings: 2026.6.11 and 2026.7.35 with
# the first schema of the state, 2026.8.2 and 2026.9.2 with another (and an import in a text, which is none), and the
# newest with a third, whose chunks are .mjs and which no longer starts on Node 22. From there back to 2026.8.2, which
# cannot read that state and so gets the one that it had left.
# Takes 1200 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"

allocate_port port
newest=$(openclaw_newest)
story "updates from 2026.6.11 over 2026.7.35, 2026.8.2 and 2026.9.2 to $newest, and back to 2026.8.2 with its state"

# runs VERSION: current, on the Node that it brought, and ready. Before 2026.8.1 none tells over HTTP which version it is.
runs() {
  current_is host "$1" && gateway_is_ready "$port" &&
    says "/releases/$1-[0-9a-f]+/\.openclaw-systemd/node$" machine_run host sh -c 'readlink "/proc/$1/exe"' sh \
      "$(machine_run host systemctl show --property=MainPID --value openclaw-gateway)"
}

# state_schema: prints that of the gateway's state.
state_schema() {
  machine_run host node -e '
    const { DatabaseSync } = require("node:sqlite");
    const state = new DatabaseSync("/var/lib/openclaw/.openclaw/state/openclaw.sqlite", { readOnly: true });
    console.log(state.prepare("PRAGMA user_version").get().user_version);' 2>/dev/null
}

updates_across_releases() {
  local version schema
  quietly update_machine host "$port"
  # A session that a heartbeat has begun has to be migrated by the doctor of 2026.8.2, which then wants a plugin for the
  # default model from the registry: the canary, which has no network, refuses that.
  quietly gateway_config host "$port" "$only_telegram | .agents.defaults.heartbeat.every = \"0m\""
  printf '[node]\nsource = bundled\n' | machine_put host /etc/openclaw/helpers.ini.d/70-node.ini
  for version in 2026.6.11 2026.7.35 2026.8.2 2026.9.2 "$newest"; do
    expect "openclaw-update brings $version" timed update_to host "$version"
    note "that took $elapsed s"
    expect "which runs" runs "$version"
    [[ $version == 2026.8.2 ]] || continue
    expect "and says so" gateway_answers_version "$port" "$version"
    schema=$(state_schema)
    note "its state has schema $schema"
  done
  expect "$newest says so" gateway_answers_version "$port" "$newest"
  expect "the schema of the state has moved" not [ "$(state_schema)" = "$schema" ]
  expect "2026.8.2 is refused: it is older" says "older than $newest" update_to host 2026.8.2
  expect "with --force it comes back" timed update_to host 2026.8.2 --force
  note "that took $elapsed s"
  expect "which runs" runs 2026.8.2
  expect "and says so" gateway_answers_version "$port" 2026.8.2
  expect "with the state that it had left: it cannot read that of $newest" \
    says "it supports $schema.*its state of .* is restored" machine_run host openclaw-update status --json
  expect "whose schema is $schema" [ "$(state_schema)" = "$schema" ]
  expect "the release is sealed and as its manifest says" machine_run host openclaw-update verify
  expect "nothing is left over" update_has_no_leftovers host
}

with_suite updates_across_releases
