#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A whole update of a real gateway, from the command to its end, with nothing of the new release on the machine: resolve,
# download, install, seal, stage, validate, canary, snapshot, stop, start, settle. Beside `npm install -g` of the same
# version with an empty cache, which is the first of two commands of an update by hand. Where the time goes is in rows
# of their own, and so is what `parallel = no` costs.
# shellcheck source=../in_a_machine.sh
source "$(dirname "$0")/../in_a_machine.sh"

rounds=${ROUNDS:-3} old=2026.9.5 new=2026.9.6
figure_begin whole-update
machine_figure_begin
# shellcheck disable=SC2154 # figure_begin has set it
runs=$scratch/runs stages=$scratch/stages
# shellcheck disable=SC2034 # for gateway_config
no_channels='.channels = {} | .plugins = {}'

# ext4 does not use the inodes of files that were removed less than a minute ago, and passes all of them again for each
# file that is created. Whoever updates once a week does not meet that.
forget_what_was_removed() {
  machine_run host sync >>"$log" 2>&1
  sleep 65
}

# by_hand: microseconds of `npm install -g`, into a prefix of its own.
by_hand() {
  local began
  forget_what_was_removed
  began=${EPOCHREALTIME/[.,]/}
  machine_run host npm install --global --prefix=/var/tmp/by-hand/prefix --cache=/var/tmp/by-hand/cache \
    --globalconfig=/usr/etc/npmrc --no-audit --no-fund "openclaw@$new" >>"$log" 2>&1 || return 1
  printf '%s\n' $(( ${EPOCHREALTIME/[.,]/} - began ))
  machine_run host rm -rf /var/tmp/by-hand
}

# update CLIENT PARALLEL: microseconds of an update with it; what its stages took goes to $stages.
update() {
  local began took
  standin_setting host packages client "$1"
  standin_setting host update parallel "$2"
  forget_what_was_removed
  began=${EPOCHREALTIME/[.,]/}
  update_to host "$new" --force >>"$log" 2>&1 || return 1
  took=$(( ${EPOCHREALTIME/[.,]/} - began ))
  machine_run host openclaw-update status --json |
    jq --raw-output --arg kind "$1-$2" '.last_update | select(.outcome == "updated") |
      (.stages[] | "\($kind) \(.stage) \(.took_ms)"), "\($kind) down \(.downtime_ms)"' >>"$stages"
  machine_run host openclaw-update rollback >>"$log" 2>&1
  machine_run host sh -c "chattr -R -i /var/lib/openclaw-update/releases/$new-* 2>/dev/null
    rm -rf /var/lib/openclaw-update/releases/$new-*" >>"$log" 2>&1
  printf '%s\n' "$took"
}

# median_stage KIND STAGE: milliseconds; nothing if no update had it.
median_stage() {
  awk -v kind="$1" -v stage="$2" '$1 == kind && $2 == stage { print $3 }' "$stages" |
    sort --general-numeric-sort | awk '{ value[NR] = $1 } END { if (NR) print value[int((NR + 1) / 2)] }'
}

host_port=''
allocate_port host_port
{
  update_machine host "$host_port"
  gateway_config host "$host_port" "$no_channels"
  update_to host "$old"
} >>"$log" 2>&1

say "$rounds times in turn: by hand, an update with npm, with bun, and with npm and parallel = no"
for (( i = 0; i < rounds; i++ )); do
  took=$(by_hand)
  printf '0 %s - 0\n' "$took"
  took=$(update npm yes)
  printf '1 %s - 0\n' "$took"
  took=$(update bun yes)
  printf '2 %s - 0\n' "$took"
  took=$(update npm no)
  printf '3 %s - 0\n' "$took"
done >"$runs"

hand=$(median "$runs" 0)
for client in 1:npm:1.0 2:bun:0.6; do
  IFS=: read -r index name most <<<"$client"
  ratio=$(paired "$runs" "$index" 0 /)
  goal "a whole update of $old to $new, with $name" "$(median "$runs" "$index") ms" "$hand ms (npm install -g)" \
    "${ratio}x" "<= ${most}x" "$ratio <= $most"
  for stage in plan fetch stage validate canary snapshot stop promote start verify commit down; do
    took=$(median_stage "$name-yes" "$stage")
    alone=$(median_stage "$name-no" "$stage")
    [[ -z $took ]] || table_row "  of which $stage" "$took ms" "${alone:--} ms (parallel = no)" - - -
  done
done
table_row "the same with npm and parallel = no" "$(median "$runs" 3) ms" "$(median "$runs" 1) ms (parallel)" \
  "$(paired "$runs" 3 1 /)x" - -
machine_stop host >>"$log" 2>&1
