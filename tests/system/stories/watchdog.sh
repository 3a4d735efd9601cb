#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The watchdog in a real systemd: it heals a gateway that is dead, deaf or looping, and does nothing to one that starts,
# drains, was stopped by somebody or is being updated. A stand-in misbehaves; waits are short, so that minutes are seconds.
# Takes 530 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
story "a watchdog that heals and does no harm"
metrics=/run/openclaw-watchdog/openclaw.prom

sets_up() {
  standin_machine host "$port"
  machine_put host /etc/openclaw/helpers.ini.d/65-watchdog.ini <<INI
[watchdog]
interval = 1s
deaf-after = 6s
start-patience = 40s
first-delay = 1s
restarts-per-hour = 30
metrics = $metrics
INI
  # What does not end when it is asked to is killed after this; loops are left to the watchdog.
  machine_put host /etc/systemd/system/openclaw-gateway.service.d/60-short.conf <<'UNIT'
[Unit]
StartLimitIntervalSec=0
[Service]
TimeoutStopSec=20
RestartSec=1
UNIT
  machine_run host systemctl daemon-reload
  update_to host "$(standin old)"
  machine_run host systemctl start openclaw-watchdog
}

# --- what the watchdog has done

watchdog_log() {
  machine_run host journalctl --no-pager --output=cat --unit=openclaw-watchdog "$@"
}

invocation() {
  machine_run host systemctl show --property=InvocationID --value openclaw-gateway
}

# does_nothing SECONDS CMD...: CMD, and then that long without an act of the watchdog's.
does_nothing() {
  local seconds=$1 before after
  shift
  before=$(acts)
  "$@" || return 1
  sleep "$seconds"
  after=$(acts)
  printf 'acts: %s, then %s\n' "$before" "$after"
  [[ $before == "$after" ]]
}

# acts: prints how many there were.
acts() {
  machine_run host journalctl --no-pager --output=json --unit=openclaw-watchdog | jq --slurp 'map(select(.OPENCLAW_ACT)) | length'
}

acted() {
  (( $(acts) > $1 ))
}

# heals WITHIN CMD...: after CMD the watchdog acts, and the gateway is ready again in another process.
heals() {
  local within=$1 before process
  shift
  before=$(acts)
  process=$(invocation)
  "$@" || return 1
  wait_for "$within" acted "$before" || { printf 'the watchdog does nothing\n'; return 1; }
  wait_for "$within" is_ready_in_another_process "$process"
}

is_ready_in_another_process() {
  [[ $(invocation) != "$1" ]] && gateway_is_ready "$port"
}

# begins_afresh: what a person has started counts as mended.
begins_afresh() {
  machine_run host systemctl restart openclaw-gateway
  wait_for 30 gateway_is_ready "$port"
  sleep 3
}

# says_that_its_mirror_is_stale: from now on, at each start.
says_that_its_mirror_is_stale() {
  local mirror=/var/lib/openclaw/plugin-runtime-deps/openclaw-2026.4.29-d797ca86b2e7 package=/usr/lib/node_modules/openclaw
  printf "[plugins] slack failed to load from %s: Error: EROFS: read-only file system, copyfile '%s' -> '%s'\n" \
    "$package/dist/extensions/slack/index.js" "$package/dist/agents/a.js" "$mirror/dist/agents/.openclaw-mirror-1-a.js.tmp" |
    machine_put host /var/lib/openclaw/.openclaw/says
  machine_run host systemctl restart openclaw-gateway
}

signal_gateway() {
  machine_run host systemctl kill --kill-whom=main --signal="$1" openclaw-gateway
}

once_says() {
  ends_with "$1" machine_run host /usr/libexec/openclaw/openclaw-watchdog --once --json
}

# --- what is healed

heals_what_is_deaf_or_dead() {
  expect "the watchdog says what it sees" wait_for 10 says 'gateway ready on http://127.0.0.1:[0-9]*, release 2026.10.1, 0 restarts in the last hour' \
    machine_run host systemctl show --property=StatusText openclaw-watchdog
  expect "--once says ready with exit status 0" once_says 0
  expect "a gateway that is stopped by SIGSTOP is deaf, and is restarted" heals 60 signal_gateway STOP
  expect "  after 6 s, as deaf-after= says" says 'restarting openclaw-gateway.service: has not answered for [6-9][0-9.]* s' watchdog_log
  quietly begins_afresh
  # systemd sorts STATE_DIRECTORY, and the unit has two.
  expect "  and is remembered in the watchdog's own folder" machine_run host test -s /var/lib/openclaw-watchdog/memory.json
  expect "one that has died once is left to systemd" does_nothing 5 signal_gateway KILL
  expect "  which has restarted it" wait_for 20 gateway_is_ready "$port"
  expect "one whose log tells of a stale mirror gets its plugins staged, and is restarted" heals 60 says_that_its_mirror_is_stale
  expect "  and the log says so" says 'staging plugin dependencies, then restarting .*75108' watchdog_log
  expect "  once" does_nothing 40 true
  quietly machine_run host rm /var/lib/openclaw/.openclaw/says
  expect "  and it is watched as before" heals 60 signal_gateway STOP
  quietly begins_afresh
  expect "a start limit that has latched is reset" heals 60 latch_start_limit
  expect "  and the log says so" says 'starting openclaw-gateway.service: has failed ' watchdog_log
}

# latch_start_limit: a gateway that dies twice is not started again by systemd.
latch_start_limit() {
  printf '[Unit]\nStartLimitIntervalSec=5min\nStartLimitBurst=1\n' |
    machine_put host /etc/systemd/system/openclaw-gateway.service.d/zz-limit.conf
  machine_run host systemctl daemon-reload
  wait_for 20 fails_by_its_start_limit || return 1
  machine_run host rm /etc/systemd/system/openclaw-gateway.service.d/zz-limit.conf
  machine_run host systemctl daemon-reload
}

fails_by_its_start_limit() {
  signal_gateway KILL || true
  sleep 2
  says 'Start request repeated too quickly' machine_run host journalctl --no-pager --unit=openclaw-gateway
}

dies_between_stop_and_start() {
  local process
  process=$(invocation)
  signal_gateway STOP
  wait_for 30 says '^deactivating$' machine_run host systemctl show --property=ActiveState --value openclaw-gateway || return 1
  machine_run host systemctl kill --signal=KILL --kill-whom=main openclaw-watchdog
  wait_for 60 is_ready_in_another_process "$process"
}

# --- what is left alone

stops_by_hand() {
  machine_run host systemctl stop openclaw-gateway
}

starts_again() {
  machine_run host systemctl start openclaw-gateway
  wait_for 30 gateway_is_ready "$port"
}

updates_to() {
  update_to host "$(standin "$1")"
}

leaves_alone() {
  expect "a gateway that somebody has stopped stays stopped" does_nothing 8 stops_by_hand
  expect "  --once says so with exit status 2" once_says 2
  quietly starts_again
  expect "an update is not disturbed" does_nothing 3 updates_to drains
  expect "nor is a drain of 12 s" does_nothing 1 stops_by_hand
  quietly starts_again
  expect "nor is the restart of a person, with that drain in it" does_nothing 3 machine_run host systemctl restart openclaw-gateway
  quietly begins_afresh
  expect "a watchdog that is killed between stop and start starts the gateway" dies_between_stop_and_start
  quietly updates_to silent-start
  expect "nor is a start in which nothing listens for 12 s" does_nothing 14 machine_run host systemctl restart openclaw-gateway
  expect "  which ends ready" gateway_is_ready "$port"
  expect "with 60-await-ready.conf, systemctl start returns when it is ready" starts_when_ready
  expect "  and systemctl status says so" says 'ready on http://127.0.0.1:[0-9]*, release 2026.10.6' \
    machine_run host systemctl show --property=StatusText openclaw-gateway
  expect "masked, it is left alone" does_nothing 5 masks_and_unmasks
  quietly starts_again
}

starts_when_ready() {
  local folder=openclaw-gateway.service.d
  machine_run host cp "/usr/share/openclaw-systemd/$folder/60-await-ready.conf" "/etc/systemd/system/$folder/"
  machine_run host systemctl daemon-reload
  stops_by_hand
  machine_run host systemctl start openclaw-gateway
  gateway_is_ready "$port" || return 1
  machine_run host rm "/etc/systemd/system/$folder/60-await-ready.conf"
  machine_run host systemctl daemon-reload
}

masks_and_unmasks() {
  stops_by_hand
  machine_run host systemctl mask --runtime openclaw-gateway
  sleep 5
  machine_run host systemctl unmask --runtime openclaw-gateway
}

# --- what no restart helps

# without_config: the stand-in ends with 78, as OpenClaw does.
breaks_with_78() {
  printf '[Service]\nExecStartPre=/bin/sh -c "echo \\"OpenClaw state database /x uses newer schema version 99; this build supports 18.\\" >&2"\nExecStart=\nExecStart=/bin/sh -c "exit 78"\n' |
    machine_put host /etc/systemd/system/openclaw-gateway.service.d/zz-broken.conf
  machine_run host systemctl daemon-reload
  machine_run host systemctl restart openclaw-gateway
  wait_for 20 machine_run host systemctl is-failed openclaw-gateway
}

mends() {
  machine_run host rm /etc/systemd/system/openclaw-gateway.service.d/zz-broken.conf
  machine_run host systemctl daemon-reload
  machine_run host systemctl reset-failed openclaw-gateway
  starts_again
}

breaks_for_good() {
  printf '[Service]\nExecStart=\nExecStart=/bin/sh -c "echo nobody knows why >&2; exit 1"\n' |
    machine_put host /etc/systemd/system/openclaw-gateway.service.d/zz-broken.conf
  machine_run host systemctl daemon-reload
  machine_run host systemctl restart openclaw-gateway
}

calls_a_person() {
  expect "exit status 78 is not answered by a restart" does_nothing 8 breaks_with_78
  expect "  but told, with what it means" says 'a newer OpenClaw than this one wrote the database' watchdog_log
  expect "  and on systemctl status" says 'WAITS FOR AN OPERATOR' machine_run host systemctl show --property=StatusText openclaw-watchdog
  quietly mends
  # What follows is no fault of a release.
  standin_setting host watchdog rollback no
  standin_setting host watchdog restarts-per-hour "$(( $(restarts_of_this_hour) + 2 ))"
  quietly machine_run host systemctl reload openclaw-watchdog
  expect "a loop that nobody knows uses up the budget" breaks_for_good
  expect "  and is then left, loudly" wait_for 150 says 'restarts within an hour have not solved this' watchdog_log
  expect "  with its last lines" says 'nobody knows why' watchdog_log
  expect "  and nothing more is done" does_nothing 10 true
  expect "  as systemctl status says" says 'GAVE UP' machine_run host systemctl show --property=StatusText openclaw-watchdog
  quietly mends
  standin_setting host watchdog rollback yes
  standin_setting host watchdog restarts-per-hour 60
  quietly machine_run host systemctl reload openclaw-watchdog
}

restarts_of_this_hour() {
  machine_run host systemctl show --property=StatusText --value openclaw-watchdog | sed 's/.*, \([0-9]*\) restarts\{0,1\} in the last hour.*/\1/'
}

# --- a release that does not last

rolls_back_what_does_not_last() {
  expect "a release that dies 12 s after its start passes the verification" updates_to dies-later
  expect "  and is rolled back when it has done so three times" wait_for 150 current_is host "$(standin silent-start)"
  expect "  the watchdog says why" says 'rolling back openclaw-gateway.service: .* since the update to 2026.10.7' watchdog_log
  expect "  the gateway serves again" wait_for 60 gateway_is_ready "$port"
  expect "  that version is quarantined" wait_for 30 is_quarantined "$(standin dies-later)"
  expect "  and nothing is left over" wait_for 30 update_has_no_leftovers host
}

# --- what it costs

stays_small() {
  local rss before after pid
  pid=$(machine_run host systemctl show --property=MainPID --value openclaw-watchdog)
  rss=$(machine_run host awk '/VmRSS/ {print $2}' "/proc/$pid/status")
  before=$(machine_run host awk '{print $14 + $15}' "/proc/$pid/stat")
  sleep 30
  after=$(machine_run host awk '{print $14 + $15}' "/proc/$pid/stat")
  note "the watchdog takes $rss KiB, and $(( (after - before) * 10 )) ms of CPU in 30 s with interval=1s"
  printf 'VmRSS: %s KiB\n' "$rss"
  (( rss <= 8192 ))
}

# never_restarted: but for the one time that the story has killed it.
was_never_restarted_by_its_own_watchdog() {
  local count
  count=$(machine_run host systemctl show --property=NRestarts --value openclaw-watchdog)
  printf 'restarts of the watchdog: %s\n' "$count"
  (( count == 1 ))
}

watches() {
  quietly sets_up
  wait_for 30 gateway_is_ready "$port"
  heals_what_is_deaf_or_dead
  leaves_alone
  calls_a_person
  rolls_back_what_does_not_last
  expect "metrics say that it is ready" wait_for 90 says '^openclaw_gateway_ready 1' machine_run host cat "$metrics"
  expect "it stays below 8 MiB" stays_small
  expect "it was never restarted but for the one kill" was_never_restarted_by_its_own_watchdog
}

with_suite watches
