#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What an update of a real gateway costs in downtime, from the stop to readiness, beside a plain restart of the same
# version from npm -g in the operator's own hardened unit, which is what `npm install -g` and a restart cost today at
# least. The shipped unit keeps V8's compile cache across starts; theirs does not. Two pairs of versions: one with the
# same schema of the state, and one whose newer version moves it at its first start, which no restart does.
# ROUNDS=N: of each pair. ONLY=schema, move or canary: that part alone.
# shellcheck source=../in_a_machine.sh
source "$(dirname "$0")/../in_a_machine.sh"

rounds=${ROUNDS:-5}
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

# boots OLD NEW: `own` with the new version in the operator's unit, `host` with the old one in the shipped unit.
boots() {
  local old=$1 new=$2 layers
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
}

# downtime OLD NEW GOAL: of an update, beside a restart of each.
downtime() {
  local old=$1 new=$2 most=$3 own ratio i
  boots "$old" "$new"
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
    "${ratio}x" "<= ${most}x" "$ratio <= $most"
  table_row "a restart of $new, shipped unit" "$(median "$runs" 2) ms" "$own ms (restart, own unit)" \
    "$(paired "$runs" 2 1 /)x" - -
  machine_stop own >>"$log" 2>&1
}

# first_start yes|no: the same with and without a canary, each time with an empty compile cache before the update.
first_start() {
  standin_setting host canary boot "$1"
  machine_run host rm -rf /var/cache/openclaw/compile-cache >>"$log" 2>&1
  update_to host 2026.9.6 --force >>"$log" 2>&1
  machine_run host openclaw-update status --json | jq .last_update.downtime_ms
  machine_run host openclaw-update rollback >>"$log" 2>&1
}

# wanted PART
wanted() { [[ ${ONLY:-$1} == "$1" ]]; }

if wanted schema; then
  downtime 2026.8.2 2026.9.1 0.85
  machine_stop host >>"$log" 2>&1
fi
if wanted move; then
  downtime 2026.9.5 2026.9.6 1.0
elif wanted canary; then
  boots 2026.9.5 2026.9.6
  machine_stop own >>"$log" 2>&1
fi
if wanted canary; then
  say "the first start of a release, with and without a canary that warms its caches, 3 times"
  for (( i = 0; i < 3; i++ )); do
    printf '0 %s000 - 0\n1 %s000 - 0\n' "$(first_start yes)" "$(first_start no)"
  done >"$runs"
  table_row "downtime after a canary" "$(median "$runs" 0) ms" "$(median "$runs" 1) ms (without a canary)" \
    "$(count "$(median "$runs" 0) / $(median "$runs" 1)" %.3f)x" - -
fi
