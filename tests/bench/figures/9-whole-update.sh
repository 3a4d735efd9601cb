#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A whole update of a real gateway, from the command to its end, with nothing of the new release on the machine: resolve,
# download, install, seal, stage, validate, canary, snapshot, stop, start, settle. Beside `npm install -g` of the same
# version with an empty cache, which is the first of two commands of an update by hand. Where the time goes is in rows
# of their own.
# shellcheck source=../in_a_machine.sh
source "$(dirname "$0")/../in_a_machine.sh"

rounds=${ROUNDS:-3} old=2026.9.5 new=2026.9.6
figure_begin whole-update
machine_figure_begin
# shellcheck disable=SC2154 # figure_begin has set it
runs=$scratch/runs stages=$scratch/stages
# shellcheck disable=SC2034 # for gateway_config
no_channels='.channels = {} | .plugins = {}'

# by_hand: microseconds of `npm install -g`, into a prefix of its own.
by_hand() {
  local began
  machine_run host rm -rf /var/tmp/by-hand
  began=${EPOCHREALTIME/[.,]/}
  machine_run host npm install --global --prefix=/var/tmp/by-hand/prefix --cache=/var/tmp/by-hand/cache \
    --globalconfig=/usr/etc/npmrc --no-audit --no-fund "openclaw@$new" >>"$log" 2>&1 || return 1
  printf '%s\n' $(( ${EPOCHREALTIME/[.,]/} - began ))
  machine_run host rm -rf /var/tmp/by-hand
}

# update CLIENT: microseconds of an update with it; what its stages took goes to $stages.
update() {
  local began
  standin_setting host packages client "$1"
  began=${EPOCHREALTIME/[.,]/}
  update_to host "$new" --force >>"$log" 2>&1 || return 1
  took=$(( ${EPOCHREALTIME/[.,]/} - began ))
  machine_run host openclaw-update history --json |
    jq --raw-output --arg client "$1" '.updates[0].stages[] | "\($client) \(.stage) \(.took_ms)"' >>"$stages"
  machine_run host openclaw-update rollback >>"$log" 2>&1
  machine_run host sh -c "chattr -R -i /var/lib/openclaw-update/releases/$new-* 2>/dev/null
    rm -rf /var/lib/openclaw-update/releases/$new-*" >>"$log" 2>&1
  printf '%s\n' "$took"
}

host_port=''
allocate_port host_port
{
  update_machine host "$host_port"
  gateway_config host "$host_port" "$no_channels"
  update_to host "$old"
} >>"$log" 2>&1

say "$rounds times in turn: by hand, an update with npm, one with bun"
for (( i = 0; i < rounds; i++ )); do
  took=$(by_hand)
  printf '0 %s - 0\n' "$took"
  took=$(update npm)
  printf '1 %s - 0\n' "$took"
  took=$(update bun)
  printf '2 %s - 0\n' "$took"
done >"$runs"

hand=$(median "$runs" 0)
for client in 1:npm:1.0 2:bun:0.6; do
  IFS=: read -r index name most <<<"$client"
  ratio=$(paired "$runs" "$index" 0 /)
  goal "a whole update of $old to $new, with $name" "$(median "$runs" "$index") ms" "$hand ms (npm install -g)" \
    "${ratio}x" "<= ${most}x" "$ratio <= $most"
  for stage in plan fetch stage validate canary snapshot stop settle promote start verify commit; do
    took=$(awk -v client="$name" -v stage="$stage" '$1 == client && $2 == stage { print $3 }' "$stages" |
      sort --general-numeric-sort | awk '{ value[NR] = $1 } END { if (NR) print value[int((NR + 1) / 2)] }')
    [[ -z $took ]] || note "  of which $stage" "$took ms" - -
  done
done
machine_stop host >>"$log" 2>&1
