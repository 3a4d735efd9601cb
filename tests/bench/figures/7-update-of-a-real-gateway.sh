#!/usr/bin/env bash
# What an update of a real gateway costs in downtime, from the stop to readiness, beside a plain restart of the same
# version from npm -g in the operator's own hardened unit, which is what `npm install -g` and a restart cost today at
# least. The shipped unit keeps V8's compile cache across starts; theirs does not.
# shellcheck source=../in_a_machine.sh
source "$(dirname "$0")/../in_a_machine.sh"

rounds=3 old=2026.9.5 new=2026.9.6
figure_begin real-update
machine_figure_begin
# shellcheck disable=SC2154 # figure_begin has set it
runs=$scratch/runs
# shellcheck disable=SC2034 # for gateway_config
no_channels='.channels = {} | .plugins = {}'

say "a plain restart of $new in the operator's own unit, $rounds times"
allocate_port port
mapfile -t layers < <(openclaw_layers "$new")
# shellcheck disable=SC2154 # allocate_port has set it
{
  machine_start own "$suite" "${layers[@]}"
  gateway_set_up own "$new" "$port"
  gateway_config own "$port" "$no_channels"
  gateway_start own
  gateway_wait_ready "$port" "$patience"
} >>"$log" 2>&1

# restart NAME PORT: microseconds from the command until it is ready again.
restart() {
  local began=${EPOCHREALTIME/[.,]/}
  machine_run "$1" systemctl restart openclaw-gateway >>"$log" 2>&1
  until gateway_is_ready "$2" >>"$log" 2>&1; do sleep 0.05; done
  printf '%s\n' $(( ${EPOCHREALTIME/[.,]/} - began ))
}

for (( i = 0; i < rounds; i++ )); do printf '1 %s - 0\n' "$(restart own "$port")"; done >"$runs"
machine_stop own >>"$log" 2>&1

say "updates from $old to $new, $rounds times"
allocate_port port
{
  update_machine host "$port"
  gateway_config host "$port" "$no_channels"
  update_to host "$old"
} >>"$log" 2>&1
for (( i = 0; i < rounds; i++ )); do
  update_to host "$new" --force >>"$log" 2>&1
  printf '0 %s000 - 0\n' "$(machine_run host openclaw-update status --json | jq .last_update.downtime_ms)"
  machine_run host openclaw-update rollback >>"$log" 2>&1
done >>"$runs"

ratio=$(count "$(median "$runs" 0) / $(median "$runs" 1)" %.3f)
goal "downtime of an update of $old to $new" "$(median "$runs" 0) ms" "$(median "$runs" 1) ms (restart, own unit)" \
  "${ratio}x" "<= 0.85x" "$ratio <= 0.85"

# Each of these updates moves the database to another schema, at the new release's first start. What is left without it:
say "a plain restart of $new in the shipped unit, $rounds times"
own=$(median "$runs" 1)
update_to host "$new" --force >>"$log" 2>&1
for (( i = 0; i < rounds; i++ )); do printf '0 %s - 0\n' "$(restart host "$port")"; done >"$runs"
machine_run host openclaw-update rollback >>"$log" 2>&1
table_row "a restart of $new, shipped unit" "$(median "$runs" 0) ms" "$own ms (restart, own unit)" \
  "$(count "$(median "$runs" 0) / $own" %.3f)x" - -

# first_start yes|no: the same with and without a canary, each time with an empty compile cache before the update.
first_start() {
  standin_setting host canary boot "$1"
  machine_run host rm -rf /var/cache/openclaw/compile-cache >>"$log" 2>&1
  update_to host "$new" --force >>"$log" 2>&1
  machine_run host openclaw-update status --json | jq .last_update.downtime_ms
  machine_run host openclaw-update rollback >>"$log" 2>&1
}

say "the first start of a release, with and without a canary that warms its caches, $rounds times"
for (( i = 0; i < rounds; i++ )); do
  printf '0 %s000 - 0\n1 %s000 - 0\n' "$(first_start yes)" "$(first_start no)"
done >"$runs"
table_row "downtime after a canary" "$(median "$runs" 0) ms" "$(median "$runs" 1) ms (without a canary)" \
  "$(count "$(median "$runs" 0) / $(median "$runs" 1)" %.3f)x" - -
