#!/usr/bin/env bash
# Report 66014: OpenClaw replaces its own files under the gateway that runs from them. The update calls itself ok, the
# gateway is not restarted, answers that it is ready, and no RPC connection works any more.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"

from=2026.9.5 to=2026.9.6
allocate_port port
story "an update of a gateway that serves ($from to $to)"
mapfile -t layers < <(openclaw_layers "$from")

# serving NAME: a machine with OpenClaw from `npm -g` and the operator's own hardened unit, which serves.
serving() {
  quietly machine_start "$1" "$suite" "${layers[@]}"
  quietly gateway_set_up "$1" "$from" "$port" 'Environment=SITE_SECRET=only-in-the-unit'
  quietly gateway_config "$1" "$port" "$only_telegram"
  quietly gateway_start "$1"
  expect "OpenClaw $from serves from its npm -g tree" gateway_wait_ready "$port" "$patience"
  expect "and answers over RPC" rpc_works "$1" "$gateway_package"
}

# rpc_works NAME PACKAGE: asked as the gateway's user, by the command line of that package.
rpc_works() {
  machine_run_as "$1" openclaw node "$2/openclaw.mjs" health --json
}

main_pid() {
  machine_run "$1" systemctl show --property=MainPID --value "$gateway_unit_name"
}

main_pid_is() {
  local now
  now=$(main_pid "$1")
  printf 'MainPID=%s\n' "$now"
  [[ $now == "$2" ]]
}

# tree_digest NAME: of the npm -g tree: names, modes, contents.
tree_digest() {
  machine_run "$1" sh -c 'cd "$1" && { find . -printf "%p %y %m %l\n" | LC_ALL=C sort; find . -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum; } | sha256sum' sh "$gateway_package"
}

# environment_keys NAME: of the process that runs; names alone.
environment_keys() {
  machine_run "$1" sh -c 'tr "\0" "\n" <"/proc/$1/environ" | cut -d= -f1 | sort -u' sh "$(main_pid "$1")"
}

# gateway_runs_from NAME FOLDER
gateway_runs_from() {
  says " $2/dist/index.js gateway" machine_run "$1" sh -c 'tr "\0" " " <"/proc/$1/cmdline"' sh "$(main_pid "$1")"
}

version_in_tree() {
  [[ $(machine_run "$1" cat "$gateway_package/package.json" | jq --raw-output .version) == "$2" ]]
}

by_its_own_updater() {
  local before
  serving vendor
  before=$(main_pid vendor)
  expect "openclaw update, as root, says that all went well" \
    says '"status": *"ok"' timed machine_run vendor openclaw update --tag "$to" --yes --json
  note "that took $elapsed s"
  expect "it has replaced the files" version_in_tree vendor "$to"
  expect "under a gateway that goes on running" main_pid_is vendor "$before"
  expect "and says that it is ready" gateway_is_ready "$port"
  expect "while no RPC connection works any more" not rpc_works vendor "$gateway_package"
  quietly gateway_log vendor
  quietly machine_stop vendor
}

by_its_own_updater
