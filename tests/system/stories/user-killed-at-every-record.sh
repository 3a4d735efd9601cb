#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The updater of a user unit is killed at every record of its journal, its recovery too; the power is cut and the machine
# is shut down at every record; the user's service manager is restarted, and the session that asked for the update ends.
# Each time, one of both releases serves in the end, whole, without anybody's help and with nothing lost.
# Takes 600 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"
# shellcheck source=../user_manager.sh
source "$(dirname "$0")/../user_manager.sh"
# shellcheck source=../interruption.sh
source "$(dirname "$0")/../interruption.sh"

allocate_port port
story "an updater of a user unit that dies at any record of its journal"
# shellcheck disable=SC2034 # for interruption.sh
interruption_updater=$user_updater interruption_user=claw interruption_home=/home/claw
points=0

interruption_update() { user_update --to "$2" --force; }

# target_for STATE: prints a version whose update gets there: one that has to be fetched, one that fails, or whichever of
# the two does not run.
target_for() {
  case $1 in
    plan | fetch | stage | validate | canary | snapshot) standin slow ;;
    rollback) standin exits ;;
    *) if [[ $(user_current) == "$(standin good)" ]]; then standin old; else standin good; fi ;;
  esac
}

# A restart of its manager, a session that ends: further ways for interrupt_update.
interrupt_by_manager_restart() {
  machine_run "$1" sh -c '/root/kill-at-record --folder "$0" --nobody "$1" && systemctl restart user@1000.service' \
    "$interruption_updater" "$3" || return 1
  killed_in=$(interruption_last_record "$machines/$1/root")
}

is_over() {
  ! as_user systemctl --user --quiet is-active 'openclaw-update*.service' && not as_user test -e "$user_updater/open"
}

# is_well OUTCOME VERSION: within a minute and a half, and with nobody's help.
is_well() {
  local report
  wait_for 90 is_over || { printf 'the update does not end\n'; return 1; }
  report=$(user_update status --json)
  printf '%s\n' "$report"
  [[ $(jq --raw-output .last_update.outcome <<<"$report") == "$1" ]] || return 1
  wait_for 60 gateway_answers_version "$port" "$2" || { printf 'it does not serve\n'; return 1; }
  [[ $(user_current) == "$2" ]] && runs_alone user || return 1
  user_update verify || return 1
  interruption_rows_are host "$interruption_rows" || return 1
  has_no_leftovers
}

has_no_leftovers() {
  local left
  left=$(as_user sh -c 'ls -d "$0"/open "$0"/releases/.[!.]* ~/.local/state/openclaw-fetch/* ~/.cache/openclaw-fetch/* \
    "$XDG_RUNTIME_DIR"/openclaw-workers/* 2>/dev/null' "$user_updater") || true
  printf '%s\n' "$left"
  [[ -z $left ]]
}

# interrupted WAY STATE [OPTION...]: does all end well?
interrupted() {
  local way=$1 state=$2 from to outcome version
  from=$(user_current)
  to=$(target_for "$state")
  interrupt_update "$way" host "$to" "$state" "${@:3}" || return 1
  outcome=$(expected_outcome "$way" "$state")
  version=$from
  [[ $outcome != updated ]] || version=$to
  is_well "$outcome" "$version" || return 1
  user_update prune   # the next one has to fetch it again
}

# point SENTENCE WAY STATE [OPTION...]
point() {
  expect "$1 $3" interrupted "${@:2}"
  points=$(( points + 1 ))
}

# session_ends: an update that somebody started in a login of theirs, which ends.
session_ends() {
  local to
  to=$(target_for promote)
  interruption_mark host
  machine_run host systemd-run --quiet --uid=claw --property=PAMName=login --unit=claw-login \
    --setenv=XDG_SESSION_CLASS=user openclaw-update --user --to "$to" --force
  machine_run host /root/kill-at-record --folder "$user_updater" --nobody snapshot || return 1
  machine_run host systemctl stop claw-login.service
  wait_for 90 is_over || return 1
  if [[ $(user_current) == "$to" ]]; then is_well updated "$to"; else is_well refused "$(user_current)"; fi
}

sets_up() {
  user_gateway
  quietly user_update adopt
  quietly standin_setting host update settle 1s
  quietly standin_setting host update keep 2
  quietly user_update --to "$(standin good)"
  quietly interruption_set_up host
}

is_survived() {
  local state way
  sets_up
  for state in "${interruption_states[@]}"; do point "killed when it has recorded" kill "$state"; done
  for state in stop promote start verify commit rollback; do
    point "killed, and its recovery too, when it has recorded" kill_again "$state"
  done
  for state in "${interruption_states[@]}"; do point "power cut when it has recorded" power_cut "$state"; done
  for state in "${interruption_states[@]}"; do point "shutdown when it has recorded" reboot "$state"; done
  for state in stage snapshot stop promote start verify rollback; do
    point "the user's manager is restarted when it has recorded" manager_restart "$state"
  done
  expect "the session that asked for it ends in the middle" session_ends
  note "$points points of interruption covered"
}

with_suite is_survived
