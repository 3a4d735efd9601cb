#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The updater killed at every record of its journal, its recovery killed too, and the machine's power cut and its
# shutdown in the middle: each time one of the two releases, whole, with a gateway that runs, and nobody had to help.
# Takes 240 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"
# shellcheck source=../interruption.sh
source "$(dirname "$0")/../interruption.sh"

allocate_port port
story "an updater that dies at any record of its journal"

old=$(standin old) good=$(standin good) slow=$(standin slow) exits=$(standin exits)
points=0

declare -A took_ms=()   # by a state: how long its work takes

# target_for STATE: prints a version whose update gets there: one that has to be fetched, one that fails, or whichever
# of the two does not run.
target_for() {
  case $1 in
    plan | fetch | stage | validate | canary | snapshot) printf '%s\n' "$slow" ;;
    rollback) printf '%s\n' "$exits" ;;
    *) if [[ $(update_current host) == "$good" ]]; then printf '%s\n' "$old"; else printf '%s\n' "$good"; fi ;;
  esac
}

# canary_boots_in STATE: only where it is what is interrupted, to save its time.
canary_boots_in() {
  local boot=no
  [[ $1 != canary ]] || boot=yes
  standin_setting host canary boot "$boot"
}

# interrupted WAY STATE [OPTION...]: does all end well?
interrupted() {
  local way=$1 state=$2 before after from to outcome version
  shift 2
  from=$(update_current host)
  to=$(target_for "$state")
  before=$(gateway_process host)
  canary_boots_in "$state"
  interrupt_update "$way" host "$to" "$state" "$@" || return 1
  outcome=$(expected_outcome "$way" "$state")
  version=$from
  [[ $outcome != updated ]] || version=$to
  everything_is_well host "$port" "$outcome" "$version" || return 1
  if [[ $way == kill* && $outcome == refused ]]; then
    after=$(gateway_process host)
    [[ $after == "$before" ]] || { printf 'the gateway was touched: %s, then %s\n' "$before" "$after"; return 1; }
  fi
  # The next one has to fetch it again.
  machine_run host openclaw-update prune
}

# point SENTENCE WAY STATE [OPTION...]
point() {
  expect "$1 $3" interrupted "${@:2}"
  points=$(( points + 1 ))
}

sets_up() {
  standin_machine host "$port"
  standin_setting host update settle 1s
  standin_setting host update keep 2
  update_to host "$old"
  update_to host "$good"
  interruption_set_up host
  machine_run host systemctl enable openclaw-gateway
}

measures() {
  local state ms
  while read -r state ms; do
    took_ms[$state]=$ms
  done < <(machine_run host openclaw-update status --json |
    jq --raw-output '.last_update.stages[] | select(.took_ms) | "\(.stage) \(.took_ms)"')
}

is_survived() {
  local state
  quietly sets_up
  expect "an update that is left alone" outcome_is host updated
  measures
  for state in "${interruption_states[@]}"; do point "killed when it has recorded" kill "$state"; done
  # Before the stop the recovery has only to write that it is refused.
  for state in fetch stop promote start verify commit rollback; do
    point "killed, and its recovery too, in the middle of" kill_again "$state" --after $(( ${took_ms[$state]:-0} / 2 ))
  done
  for state in "${interruption_states[@]}"; do point "power cut when it has recorded" power_cut "$state"; done
  for state in snapshot promote verify; do point "shutdown when it has recorded" reboot "$state"; done
  note "$points points of interruption covered"
}

with_suite is_survived
