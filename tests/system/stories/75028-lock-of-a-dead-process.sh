#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Report 75028: a lock that a dead process left, whose number another process has by now, keeps OpenClaw 2026.4.26
# waiting for five minutes, though all that it would install is there.
# shellcheck source=story.sh
source "$(dirname "$0")/../story.sh"

version=2026.4.26
allocate_port port
story "the lock of a process that is no more ($version)"

mapfile -t layers < <(openclaw_layers "$version"; gateway_home_layer "$version")
quietly machine_start m75028 "$suite" "${layers[@]}"
quietly gateway_account m75028
quietly gateway_config m75028 "$port" "$only_telegram"
# Waiting for the lock, the gateway is deaf to SIGTERM too.
quietly gateway_unit m75028 "$version" "$port" TimeoutStopSec=5

# leave_lock LOCK PID AGE: a lock as this version makes it, that many seconds old.
leave_lock() {
  machine_run_as m75028 openclaw sh -c '
    mkdir -p "$1"
    printf "{\n  \"pid\": %s,\n  \"createdAtMs\": %s000\n}\n" "$2" "$(( $(date +%s) - $3 ))" >"$1/owner.json"' sh "$@"
}

# lock_below FOLDER: prints the path of the lock on what is staged below that state folder.
lock_below() {
  machine_run m75028 sh -c 'for root in "$1"/plugin-runtime-deps/openclaw-*/; do echo "$root.openclaw-runtime-deps.lock"; done' \
    sh "$1"
}

without_the_suite() {
  local lock=$1
  # Process 1 lives, and never held it.
  quietly leave_lock "$lock" 1 86400
  quietly gateway_start m75028
  expect "without the suite, the gateway is not ready after 20 s" not gateway_wait_ready "$port" 20
  expect "though it runs" machine_run m75028 systemctl is-active "$gateway_unit_name"
  quietly machine_run m75028 rm -r "$lock"
  expect "with the lock removed by hand it goes on and becomes ready" timed gateway_wait_ready "$port" "$patience"
  note "ready $elapsed s after the lock was gone"
  expect "and serves Telegram" gateway_serves m75028 telegram
  quietly gateway_stop m75028
}

with_the_suite() {
  local lock holder
  quietly suite_set_up m75028
  expect "with the suite, the gateway starts" gateway_start m75028
  expect "and becomes ready" gateway_wait_ready "$port" "$patience"
  quietly gateway_stop m75028

  lock=$(lock_below /var/lib/openclaw)
  quietly leave_lock "$lock" 1 86400
  expect "with such a lock, it starts" timed gateway_start m75028
  note "started after $elapsed s"
  expect "and becomes ready" timed gateway_wait_ready "$port" "$patience"
  note "ready after $elapsed s more"
  expect "and serves Telegram" gateway_serves m75028 telegram
  expect "and ran no package manager" gateway_ran_no_npm m75028
  quietly gateway_stop m75028

  holder=$(machine_run_as m75028 openclaw sh -c 'sleep 600 >/dev/null 2>&1 & echo $!')
  quietly leave_lock "$lock" "$holder" 0
  quietly gateway_start m75028
  expect "the lock of a process that lives and made it is left alone" machine_run m75028 test -e "$lock/owner.json"
  quietly machine_run m75028 kill "$holder"
}

without_suite without_the_suite "$(lock_below "$gateway_home/.openclaw")"
with_suite with_the_suite
