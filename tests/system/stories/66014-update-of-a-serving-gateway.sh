#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Report 66014: OpenClaw replaces its own files under the gateway that runs from them. The update calls itself ok, the
# gateway is not restarted, answers that it lives, and no RPC connection works any more.
# The suite adopts the same installation, updates it from outside, and gives it back.
# Takes 770 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"

from=2026.9.5 to=2026.9.6
allocate_port port
story "an update of a gateway that serves ($from to $to)"
mapfile -t layers < <(openclaw_layers "$from")

# serving NAME: OpenClaw from `npm -g` under the operator's own hardened unit.
serving() {
  quietly gateway_set_up "$1" "$from" "$port" 'Environment=SITE_SECRET=only-in-the-unit'
  quietly gateway_config "$1" "$port" "$only_telegram"
  quietly gateway_start "$1"
  expect "OpenClaw $from serves from its npm -g tree" gateway_wait_ready "$port" "$patience"
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

tree_is() {
  [[ $(tree_digest "$1") == "$2" ]]
}

# has_environment_keys NAME KEYS: none of them is lost.
has_environment_keys() {
  local lost
  lost=$(comm -23 <(printf '%s\n' "$2") <(environment_keys "$1"))
  printf 'lost: %s\n' "$lost"
  [[ -z $lost && $2 == *SITE_SECRET* ]]
}

# serves_version NAME VERSION: as a client sees it.
serves_version() {
  gateway_wait_ready "$port" "$patience" && gateway_answers_version "$port" "$2"
}

version_in_tree() {
  [[ $(machine_run "$1" cat "$gateway_package/package.json" | jq --raw-output .version) == "$2" ]]
}

# tree_can_be_renamed NAME: as on a disk; an overlay refuses that for a folder of a lower layer.
tree_can_be_renamed() {
  machine_run "$1" sh -ec 'cp --archive "$1" "$1.copy"; rm -rf "$1"; mv "$1.copy" "$1"' sh "$gateway_package"
}

by_its_own_updater() {
  local before
  quietly machine_start vendor "$suite" "${layers[@]}"
  quietly tree_can_be_renamed vendor
  # Nobody asks it over RPC before: what it then loads from its files it would have for the rest of its life.
  serving vendor
  # It lets npm install below another prefix, where npm does not find the global npmrc.
  registry_npmrc | quietly machine_put vendor /root/.npmrc 600
  before=$(main_pid vendor)
  expect "openclaw update, as root, says that all went well" \
    timed says '"status": *"ok"' machine_run vendor openclaw update --tag "$to" --yes --json
  note "that took $elapsed s"
  expect "it has replaced the files" version_in_tree vendor "$to"
  expect "under a gateway that goes on running" main_pid_is vendor "$before"
  # Not /readyz: after two minutes it counts Telegram against the gateway, whose token is none.
  expect "and says that it lives" says '"status":"live"' gateway_get "$port" /healthz
  expect "while no RPC connection works any more" not rpc_works vendor "$gateway_package"
  quietly gateway_log vendor
  quietly machine_stop vendor
}

adopted_and_updated() {
  local tree keys before package bun
  bun=$(bun_layer)
  quietly machine_start host "$suite" "${layers[@]}" "$bun"
  serving host
  expect "and answers over RPC" rpc_works host "$gateway_package"
  tree=$(tree_digest host) keys=$(environment_keys host) before=$(main_pid host)
  package=/var/lib/openclaw-update/current
  quietly machine_install_suite host
  expect "openclaw-update does not update what it does not start" says 'openclaw-update adopt' update_to host "$to"
  expect "openclaw-update adopt takes the installation over" says 'SITE_SECRET' machine_run host openclaw-update adopt
  expect "the gateway is not restarted for it" main_pid_is host "$before"
  expect "openclaw-update updates it to $to" timed update_to host "$to"
  note "that took $elapsed s"
  note "down for $(machine_run host openclaw-update status --json | jq .last_update.downtime_ms) ms"
  expect "the running gateway says that it is $to" serves_version host "$to"
  expect "and answers over RPC" rpc_works host "$package"
  expect "it runs from the release" gateway_runs_from host "$package"
  expect "with every environment variable that it had" has_environment_keys host "$keys"
  expect "the npm -g tree is as it was" tree_is host "$tree"
  expect "openclaw-update rollback returns to the adopted release" machine_run host openclaw-update rollback
  expect "which serves" serves_version host "$from"
  by_request
  expect "what an older OpenClaw cannot start from is not given back to it" \
    says 'rollback' not machine_run host openclaw-update adopt --undo
  expect "openclaw-update rollback returns to $from again" machine_run host openclaw-update rollback "$from"
  given_back "$tree"
  quietly machine_stop host
}

# request_with COMMAND...: the gateway's user leaves something where a request for an update is looked for.
request_with() {
  machine_run_as host openclaw "$@"
  wait_for 30 not machine_run host test -e "$gateway_home/update-request"
  wait_for 30 request_is_done
}

# What takes it away has something to say afterwards.
request_is_done() {
  [[ $(machine_run host systemctl show --property=ActiveState --value openclaw-update-request.service) != activating ]]
}

request_says() {
  request_with sh -c 'printf "%s\n" "$1" >update-request' sh "$1"
}

request_log_says() {
  says "$1" machine_run host journalctl --no-pager --output=cat --unit=openclaw-update-request.service
}

by_request() {
  quietly machine_run host systemctl start openclaw-update-request.path
  expect "a request of the gateway's for $to is taken away" request_says "$to"
  expect "and refused, since nobody has allowed any" request_log_says 'requests=refuse'
  printf '[update]\nrequests = version\n' | machine_put host /etc/openclaw/helpers.ini.d/60-requests.ini
  expect "allowed, it is no way to anything but a version" request_says '$(reboot) ; --force'
  expect "which is said" request_log_says 'which is not a version'
  expect "a FIFO in its place holds up nothing" request_with mkfifo update-request
  expect "a request for $to starts the update" request_says "$to"
  expect "while it is at work, adopt steps back" wait_for 30 adopt_steps_back
  expect "and the gateway serves $to" wait_for "$patience" outcome_is_of_request
  expect "as its client sees it" serves_version host "$to"
  quietly wait_for 30 nobody_is_at_work   # the last of an update comes after its outcome
}

nobody_is_at_work() {
  machine_run host openclaw-update status --json | jq --exit-status '.at_work == false and .open == null'
}

adopt_steps_back() {
  local status=0
  machine_run host openclaw-update adopt --undo --dry-run || status=$?
  (( status == 75 ))
}

outcome_is_of_request() {
  [[ $(machine_run host openclaw-update status --json |
    jq --raw-output '.last_update | "\(.requested_by): \(.outcome)"') == 'the gateway: updated' ]]
}

# given_back TREE: the digest that the npm -g tree has to have.
given_back() {
  expect "openclaw-update adopt --undo gives the installation back" machine_run host openclaw-update adopt --undo
  expect "with no drop-in left" not says openclaw-update machine_run host systemctl cat "$gateway_unit_name"
  quietly machine_run host systemctl restart "$gateway_unit_name"
  expect "the gateway serves $from" serves_version host "$from"
  expect "from its npm -g tree" gateway_runs_from host "$gateway_package"
  expect "which is as it was" tree_is host "$1"
  expect "and answers over RPC again" rpc_works host "$gateway_package"
}

without_suite by_its_own_updater
with_suite adopted_and_updated
