#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What an update of a real gateway costs in downtime, from the stop to readiness, beside a plain restart of the same
# version from npm -g in the operator's own hardened unit, which is what `npm install -g` and a restart cost today at
# least. The shipped unit keeps V8's compile cache across starts; theirs does not.
# shellcheck source=../in_a_machine.sh
source "$(dirname "$0")/../in_a_machine.sh"

rounds=${ROUNDS:-5} old=2026.9.5 new=2026.9.6
figure_begin real-update
machine_figure_begin
# shellcheck disable=SC2154 # figure_begin has set it
runs=$scratch/runs
# shellcheck disable=SC2034 # for gateway_config
no_channels='.channels = {} | .plugins = {}'

# restart NAME PORT: microseconds from the command until it is ready again.
restart() {
  local began=${EPOCHREALTIME/[.,]/}
  machine_run "$1" systemctl restart openclaw-gateway >>"$log" 2>&1
  until gateway_is_ready "$2" >>"$log" 2>&1; do sleep 0.05; done
  printf '%s\n' $(( ${EPOCHREALTIME/[.,]/} - began ))
}

# settled: what a gateway does in its first seconds is over.
settled() { sleep 15; }

say "a gateway of $new in the operator's own unit, and one of $old in the shipped unit"
own_port='' host_port=''
allocate_port own_port
allocate_port host_port
mapfile -t layers < <(openclaw_layers "$new")
{
  machine_start own "$suite" "${layers[@]}"
  gateway_set_up own "$new" "$own_port"
  gateway_config own "$own_port" "$no_channels"
  gateway_start own
  gateway_wait_ready "$own_port" "$patience"
  update_machine host "$host_port"
  gateway_config host "$host_port" "$no_channels"
  update_to host "$old"
} >>"$log" 2>&1

say "a restart of the one, an update and a restart of the other, $rounds times in turn"
for (( i = 0; i < rounds; i++ )); do
  settled
  printf '1 %s - 0\n' "$(restart own "$own_port")"
  update_to host "$new" --force >>"$log" 2>&1
  printf '0 %s000 - 0\n' "$(machine_run host openclaw-update status --json | jq .last_update.downtime_ms)"
  settled
  printf '2 %s - 0\n' "$(restart host "$host_port")"
  machine_run host openclaw-update rollback >>"$log" 2>&1
done >"$runs"

own=$(median "$runs" 1)
ratio=$(paired "$runs" 0 1 /)
goal "downtime of an update of $old to $new" "$(median "$runs" 0) ms" "$own ms (restart, own unit)" \
  "${ratio}x" "<= 0.85x" "$ratio <= 0.85"
# Each of these updates moves the database to another schema, at the new release's first start. What is left without it:
table_row "a restart of $new, shipped unit" "$(median "$runs" 2) ms" "$own ms (restart, own unit)" \
  "$(paired "$runs" 2 1 /)x" - -
machine_stop own >>"$log" 2>&1

# first_start yes|no: the same with and without a canary, each time with an empty compile cache before the update.
first_start() {
  standin_setting host canary boot "$1"
  machine_run host rm -rf /var/cache/openclaw/compile-cache >>"$log" 2>&1
  update_to host "$new" --force >>"$log" 2>&1
  machine_run host openclaw-update status --json | jq .last_update.downtime_ms
  machine_run host openclaw-update rollback >>"$log" 2>&1
}

say "the first start of a release, with and without a canary that warms its caches, 3 times"
for (( i = 0; i < 3; i++ )); do
  printf '0 %s000 - 0\n1 %s000 - 0\n' "$(first_start yes)" "$(first_start no)"
done >"$runs"
table_row "downtime after a canary" "$(median "$runs" 0) ms" "$(median "$runs" 1) ms (without a canary)" \
  "$(count "$(median "$runs" 0) / $(median "$runs" 1)" %.3f)x" - -
