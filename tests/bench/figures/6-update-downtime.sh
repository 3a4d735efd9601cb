#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How much longer the gateway is down for an update than for a bare `systemctl restart` of the same unit, by systemd's
# own clock: from when it is told to stop until the next process runs. A stand-in for the gateway, since both releases
# have to be equally quick; and what the updater does in between, counted by strace.
# shellcheck source=../in_a_machine.sh
source "$(dirname "$0")/../in_a_machine.sh"

rounds=7
figure_begin update-downtime
machine_figure_begin
allocate_port port
say "downtime: two releases of a stand-in, on systemd 252"
# shellcheck disable=SC2154 # allocate_port has set it
standin_machine host "$port" >>"$log" 2>&1
standin_setting host update settle 1s
old=$(standin old) good=$(standin good)
update_to host "$old" >>"$log" 2>&1
update_to host "$good" >>"$log" 2>&1

# Microseconds.
down_for() {
  machine_run host systemctl show --property=ActiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic \
    openclaw-gateway | awk -F= '{ at[$1] = $2 } END { print at["ActiveEnterTimestampMonotonic"] - at["ActiveExitTimestampMonotonic"] }'
}

# round: its two lines, as stopwatch writes them.
round() {
  local to=$old
  [[ $(update_current host) == "$good" ]] || to=$good
  update_to host "$to" --force >>"$log" 2>&1
  printf '0 %s - 0\n' "$(down_for)"
  machine_run host systemctl restart openclaw-gateway >>"$log" 2>&1
  printf '1 %s - 0\n' "$(down_for)"
}

# shellcheck disable=SC2154 # figure_begin has set it
runs=$scratch/runs
for (( i = 0; i < rounds; i++ )); do round; done >"$runs"
more=$(paired "$runs" 0 1 -)
goal "downtime of an update, beyond a restart" "$more ms" "$(median "$runs" 1) ms (systemctl restart)" \
  "$(count "$(median "$runs" 0) / $(median "$runs" 1)")x" "<= 50 ms" "$more <= 50"

standin_setting host update snapshot-state no
for (( i = 0; i < rounds; i++ )); do round; done >"$runs"
more=$(paired "$runs" 0 1 -)
goal "the same without a snapshot of the state" "$more ms" "$(median "$runs" 1) ms (systemctl restart)" \
  "$(count "$(median "$runs" 0) / $(median "$runs" 1)")x" "<= 50 ms" "$more <= 50"

# Between the call that stops the unit and the one that starts it; without a snapshot, so that all of it is the updater's.
to=$old
[[ $(update_current host) == "$good" ]] || to=$good
update_to host "$to" --force >>"$log" 2>&1 &
trace_updater host "$scratch/trace"
wait $!
grep --quiet StopUnit "$scratch/trace" && grep --quiet StartUnit "$scratch/trace"   # else nothing was seen
between() { between_stop_and_start "$scratch/trace" | grep --count --extended-regexp "$1" || true; }
for call in 'fsync|fdatasync' 'rename' 'execve' 'connect\(.*AF_INET'; do
  limit=0
  [[ $call == execve || $call == connect* ]] || limit=1
  found=$(between "$call")
  goal "calls between stop and start: $call" "$found" "-" "-" "<= $limit" "$found <= $limit"
done

# Somebody holds the lock: what a second updater takes to say so.
machine_put host /root/second-updater 755 <"$bench/second-updater"
machine_run host /root/second-updater "$rounds" >"$runs"
awk '$4 != 75 { bad++ } END { exit NR == 0 || bad > 0 }' "$runs"
took=$(median "$runs" 0)
goal "a second updater is refused" "$took ms" "-" "-" "<= 50 ms" "$took <= 50"
