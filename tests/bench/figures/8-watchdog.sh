#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the watchdog costs while there is nothing to heal: memory, and CPU time an hour with its default interval.
# shellcheck source=../in_a_machine.sh
source "$(dirname "$0")/../in_a_machine.sh"

seconds=120
figure_begin watchdog
machine_figure_begin
allocate_port port
say "the watchdog beside a stand-in that is ready, for $seconds s"
# shellcheck disable=SC2154 # allocate_port has set it
{
  standin_machine host "$port"
  update_to host "$(standin old)"
  machine_run host systemctl start openclaw-watchdog
  sleep 40   # past the scan that it makes once after readiness
} >>"$log" 2>&1
pid=$(machine_run host systemctl show --property=MainPID --value openclaw-watchdog)

# cpu_ms: of its whole life, from the scheduler's clock in nanoseconds.
cpu_ms() {
  machine_run host cat "/proc/$pid/schedstat" | awk '{ print $1 / 1000000 }'
}

before=$(cpu_ms)
sleep "$seconds"
after=$(cpu_ms)
an_hour=$(count "($after - $before) * 3600 / $seconds" %.0f)
rss=$(machine_run host cat "/proc/$pid/status" | awk '/^VmRSS/ { print $2 }')
goal "CPU time of the watchdog in an hour" "$an_hour ms" "-" "-" "<= 1000 ms" "$an_hour <= 1000"
goal "its memory" "$(count "$rss / 1024" %.1f) MiB" "-" "-" "<= 8 MiB" "$rss <= 8192"
