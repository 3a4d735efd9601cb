#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the watchdog costs while there is nothing to heal: memory, and CPU time an hour with its default interval; then
# the same for twenty gateways of one host.
# shellcheck source=../in_a_machine.sh
source "$(dirname "$0")/../in_a_machine.sh"

seconds=120 others=19
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
# cpu_ms: of its whole life, from the scheduler's clock in nanoseconds.
cpu_ms() {
  machine_run host cat "/proc/$pid/schedstat" | awk '{ print $1 / 1000000 }'
}

# quiet_watchdog: sets what it costs from now on, in ms of an hour, and how much memory it has then, in KiB.
quiet_watchdog() {
  local before after
  pid=$(machine_run host systemctl show --property=MainPID --value openclaw-watchdog)
  before=$(cpu_ms)
  sleep "$seconds"
  after=$(cpu_ms)
  an_hour=$(count "($after - $before) * 3600 / $seconds" %.0f)
  memory=$(machine_run host cat "/proc/$pid/status" | awk '/^VmRSS/ { print $2 }')
}

# more_gateways COUNT: with names g1, g2 and so on, each an instance of a template, with a state and a port of its own.
more_gateways() {
  machine_run host mkdir -p /etc/claw
  machine_put host /etc/systemd/system/claw@.service <<'UNIT'
[Service]
User=openclaw
Environment=HOME=/srv/%i
EnvironmentFile=/etc/claw/%i.env
ExecStart=/usr/bin/node /var/lib/openclaw-update/current/openclaw.mjs gateway --port ${CLAW_PORT}
UNIT
  machine_run host cat /var/lib/openclaw/.openclaw/openclaw.json | jq '.gateway.port = 0' |
    machine_put host /etc/claw/config.json
  # shellcheck disable=SC2016 # that shell expands it
  machine_run host sh -ec '
    mkdir -p /etc/openclaw/gateways.d
    for number in $(seq "$1"); do
      name=g$number home=/srv/g$number port=$(($2 + number))
      install -d -o openclaw -g openclaw -m 700 "$home" "$home/.openclaw"
      sed "s/\"port\": 0/\"port\": $port/" /etc/claw/config.json >"$home/.openclaw/openclaw.json"
      chown openclaw:openclaw "$home/.openclaw/openclaw.json"
      printf "CLAW_PORT=%s\n" "$port" >"/etc/claw/$name.env"
      printf "[gateway]\nunit = claw@%s.service\nstate-directory = %s\n" "$name" "$home" >"/etc/openclaw/gateways.d/$name.ini"
      systemctl start "claw@$name"
    done' sh "$1" "$port"
}

# all_are_ready COUNT: does the watchdog say so of that many?
all_are_ready() {
  [[ $(machine_run host grep --count '^openclaw_gateway_ready.* 1$' /run/openclaw-watchdog/openclaw.prom) == "$1" ]]
}

quiet_watchdog
goal "CPU time of the watchdog in an hour" "$an_hour ms" "-" "-" "<= 1000 ms" "$an_hour <= 1000"
goal "its memory" "$(count "$memory / 1024" %.1f) MiB" "-" "-" "<= 8 MiB" "$memory <= 8192"
of_one=$memory cpu_of_one=$an_hour

say "the same with $others more"
{
  more_gateways "$others"
  standin_setting host watchdog metrics /run/openclaw-watchdog/openclaw.prom
  machine_run host systemctl restart openclaw-watchdog
  wait_for 120 all_are_ready $(( others + 1 ))
  sleep 40
} >>"$log" 2>&1
quiet_watchdog
goal "its memory with $(( others + 1 )) gateways" "$(count "$memory / 1024" %.1f) MiB" "$(count "$of_one / 1024" %.1f) MiB (1)" \
  "$(count "$memory / $of_one" %.2f)x" "<= 8 MiB" "$memory <= 8192"
note "  its CPU time in an hour" "$an_hour ms" "$cpu_of_one ms (1)" "$(count "$an_hour / $cpu_of_one" %.1f)x"
