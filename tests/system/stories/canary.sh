#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A new release boots on a copy of the state before the gateway is stopped. One that fails there is refused, and the
# gateway has noticed nothing; nothing of the copy stays, whatever ends it. A stand-in fails in ways that a real release
# will not show on demand; real ones do it at the end.
# Takes 120 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
story "a canary before the stop"
copies=/var/tmp   # of the machine: systemd's private folders for units are in it

the_first_release() {
  quietly standin_machine host "$port"
  standin_setting host canary boot yes
  expect "the old release is installed" update_to host "$(standin old)"
  expect "and serves" gateway_serves_version old
}

canary_says() {
  status_has '.last_update.canary | test($value)' "$1"
}

# copy_is_gone: no folder of a canary's, and none of its processes.
copy_is_gone() {
  local left
  left=$(machine_run host find "$copies" -name '.openclaw-canary-*'
    machine_run host pgrep --full --list-full 'dist/index[.]js gateway' | grep -v "^$(gateway_pid) ") || true
  printf 'left: %s\n' "$left"
  [[ -z $left ]]
}

# fails_as_canary NAME REASON SENTENCE
fails_as_canary() {
  is_refused "$1" "failed on a copy of the state, and the gateway was not affected: .*$2" "$3"
  expect "  nothing of the copy is left" copy_is_gone
  expect "  the live database was never opened by it" state_has_no_start_of "$1"
  expect "  its log is in the transaction" canary_is_recorded
}

canary_is_recorded() {
  local id
  id=$(machine_run host openclaw-update status --json | jq --raw-output .last_update.id)
  machine_run host cat "/var/lib/openclaw-update/transactions/$id/canary.json" |
    jq --exit-status '(.log | length > 0) and .took_ms > 0 and (.plugins | has("loaded"))'
}

state_has_no_start_of() {
  local starts
  starts=$(starts_of "$1")
  printf 'starts: %s\n' "$starts"
  [[ $starts == 0 ]]
}

releases_that_fail_as_a_canary() {
  fails_as_canary exits 'ended with exit status 1; .*last message: the stand-in .* ends with 1' "a release that exits"
  fails_as_canary exits-78 'exit status 78' "a release that exits with 78"
  fails_as_canary old-answers 'ready, but with version' "a release that answers with the old version"
  fails_as_canary plugin-lost 'plugin echo was loaded before the update and is not loaded now' "one that loses a plugin"
  fails_as_canary plugin-fails 'plugin echo .* fails now: no echo' "one in which a plugin fails"
  standin_setting host canary ready-timeout 5s
  fails_as_canary never-ready 'not ready; failing: channels, database' "a release that never becomes ready"
  fails_as_canary pages 'not ready' "a release that answers every path with a web page"
  fails_as_canary migrates-never-ready 'not ready; failing: database' "one that migrates the database and is never ready"
  fails_as_canary slow 'not ready' "one that takes longer than ready-timeout="
  standin_setting host canary ready-timeout 1min
}

# kills_the_worker: in the middle of a canary that takes 20 s.
kills_the_worker() {
  local updater
  update_to host "$(standin slow)" &
  updater=$!
  wait_for 60 machine_run host sh -c "pgrep -f 'openclaw-canary .*boot' && find $copies -name '.openclaw-canary-*' | grep ."
  sleep 2
  machine_run host systemctl kill --signal=KILL --kill-whom=main 'openclaw-canary@*.service'
  ! wait "$updater"
}

limit_memory() {
  # Not MemoryMax=: not every host gives its machines the memory controller.
  printf '[Service]\nLimitDATA=64M\n' |
    machine_put host /etc/systemd/system/openclaw-canary@.service.d/memory.conf
  machine_run host systemctl daemon-reload
}

canaries_that_are_ended() {
  local pid
  pid=$(gateway_pid)
  expect "a canary whose worker is killed refuses the update" kills_the_worker
  expect "  the gateway ran on" gateway_is_still "$pid"
  expect "  nothing of the copy is left" copy_is_gone
  expect "  nothing else is left over" update_has_no_leftovers host
  quietly limit_memory
  is_refused good 'failed on a copy of the state' "a canary that gets too little memory"
  expect "  nothing of the copy is left" copy_is_gone
  quietly machine_run host rm /etc/systemd/system/openclaw-canary@.service.d/memory.conf
  quietly machine_run host systemctl daemon-reload
}

releases_that_pass() {
  standin_setting host canary boot no
  expect "boot = no goes without" update_to host "$(standin good)"
  expect "and says nothing of one" canary_says '^$'
  standin_setting host canary boot yes
  expect "a release that migrates the database becomes ready on the copy" update_to host "$(standin migrating)"
  expect "and then live" gateway_serves_version migrating
  expect "the canary says what it moved" canary_says '^ready after .* with 1 plugins, and changed its copy of .*openclaw.sqlite from schema 1 to 2'
  expect "nothing of the copy is left" copy_is_gone
}

is_booted() {
  the_first_release
  releases_that_fail_as_a_canary
  canaries_that_are_ended
  releases_that_pass
}

with_suite is_booted
