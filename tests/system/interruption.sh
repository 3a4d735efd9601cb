# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # machines and what they need come from the story
# Updates that are interrupted at a chosen record of their journal, on a machine with the stand-in, and what has to be
# true afterwards. To be sourced after standin.sh.

interruption_folder=$(dirname "${BASH_SOURCE[0]}")
interruption_rows=0   # that the gateway's database has to have kept
killed_in=''          # the state of the last record when the updater died

# Whose gateway it is; a story about a user's own sets these, and defines interruption_update anew.
interruption_updater=/var/lib/openclaw-update
interruption_user=openclaw
interruption_home=/var/lib/openclaw
interruption_update() { update_to "$@" --force; }

# The records of the journal that an update gets to, and the outcome of an update whose updater died in each; and of one
# whose recovery died too, after it had recorded how it goes on.
# shellcheck disable=SC2034 # for stories
interruption_states=(plan fetch stage validate canary snapshot stop promote start verify commit rollback)
declare -A outcome_after=(
  [plan]=refused [fetch]=refused [stage]=refused [validate]=refused [canary]=refused [snapshot]=refused
  [stop]=rolled-back [promote]=rolled-back [start]=updated [verify]=updated [commit]=updated [rollback]=rolled-back
)
declare -A outcome_after_two=(
  [plan]=refused [fetch]=refused [stage]=refused [validate]=refused [canary]=refused [snapshot]=refused
  [stop]=rolled-back [promote]=rolled-back [start]=rolled-back [verify]=rolled-back [commit]=updated
  [rollback]=rolled-back
)

# expected_outcome WAY STATE: of an update that was to be interrupted in STATE, and was in $killed_in.
expected_outcome() {
  case $1-$killed_in in
    *-none) printf '%s\n' "${outcome_after[$2]}" ;;   # it was over before the kill
    kill_again-*) printf '%s\n' "${outcome_after_two[$killed_in]}" ;;
    *) printf '%s\n' "${outcome_after[$killed_in]}" ;;
  esac
}

# interruption_set_up NAME: after standin_machine. The machine has to come back by itself after each boot.
interruption_set_up() {
  machine_put "$1" /root/kill-at-record 755 <"$interruption_folder/kill-at-record"
  machine_run "$1" mkdir -p /var/log/journal
  printf '[Install]\nWantedBy=multi-user.target\n[Unit]\nBefore=openclaw-update-resume.service\n' |
    machine_put "$1" /etc/systemd/system/standin-registry.service.d/boot.conf
  machine_run "$1" systemctl daemon-reload
  machine_run "$1" systemctl enable standin-registry
}

# interrupt_update WAY NAME VERSION STATE [OPTION...]: starts an update and interrupts it at that record (options of
# kill-at-record). WAY is kill, kill_again (of the recovery too), power_cut or reboot. Sets killed_in.
interrupt_update() {
  local way=$1 name=$2 updater status=0
  interruption_mark "$name"
  interruption_update "$name" "$3" &
  updater=$!
  "interrupt_by_$way" "${@:2}" || status=$?
  (( status == 0 )) || kill "$updater" 2>/dev/null || true
  wait "$updater" || true
  printf 'interrupted in: %s\n' "$killed_in"
  return "$status"
}

interrupt_by_kill() {
  local said
  said=$(machine_run "$1" /root/kill-at-record --folder "$interruption_updater" "${@:4}" "$3") || return 1
  printf '%s\n' "$said"
  killed_in=$(head -n 1 <<<"$said")
}

interrupt_by_kill_again() {
  interrupt_by_kill "$1" "$2" "$3" --again "${@:4}"
}

interrupt_by_power_cut() {
  local root=$machines/$1/root
  "$interruption_folder/kill-at-record" --root "$root" --folder "$interruption_updater" --pid "${machine_init[$1]}" "${@:4}" "$3" || return 1
  machine_kill "$1"
  killed_in=$(interruption_last_record "$root")
  machine_boot "$1"
}

interrupt_by_reboot() {
  local root=$machines/$1/root
  "$interruption_folder/kill-at-record" --root "$root" --folder "$interruption_updater" --nobody "${@:4}" "$3" || return 1
  machine_shut_down "$1" || return 1
  killed_in=$(interruption_last_record "$root")
  machine_boot "$1"
}

# interruption_last_record ROOT: prints the state of it.
interruption_last_record() {
  local folder=$1$interruption_updater
  [[ -e $folder/open ]] || { printf 'none\n'; return 0; }
  tail -n 1 "$folder/transactions/$(<"$folder/open")/journal" | jq --raw-output .state
}

# interruption_mark NAME: one more row in the database of the gateway, whose user writes it.
interruption_mark() {
  interruption_sql "$1" "CREATE TABLE IF NOT EXISTS kept(n); INSERT INTO kept VALUES($interruption_rows)"
  interruption_rows=$(( interruption_rows + 1 ))
}

interruption_sql() {
  machine_run "$1" runuser --user "$interruption_user" -- node --no-warnings --eval "
    const { DatabaseSync } = require('node:sqlite')
    new DatabaseSync('$interruption_home/.openclaw/state/openclaw.sqlite').exec(process.argv[1])" "$2"
}

interruption_rows_are() {
  local found
  found=$(machine_run "$1" runuser --user "$interruption_user" -- node --no-warnings --eval "
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync('$interruption_home/.openclaw/state/openclaw.sqlite', { readOnly: true })
    console.log(database.prepare('SELECT count(DISTINCT n) AS n FROM kept').get().n)")
  printf 'rows: %s of %s\n' "$found" "$2"
  [[ $found == "$2" ]]
}

# update_is_over NAME: is no update open, and nothing of one at work?
update_is_over() {
  local units
  machine_run "$1" test ! -e /var/lib/openclaw-update/open || return 1
  units=$(machine_run "$1" systemctl list-units --plain --no-legend --full \
    --state=active,activating,deactivating,reloading,maintenance 'openclaw-update*.service' 'openclaw-*@*.service')
  [[ -z $units ]]
}

# gateway_process NAME: prints which one it is.
gateway_process() {
  machine_run "$1" systemctl show --property=InvocationID --property=MainPID --property=NRestarts openclaw-gateway |
    paste -sd' '
}

# everything_is_well NAME PORT OUTCOME VERSION: within a minute, and with nobody's help.
everything_is_well() {
  local name=$1 port=$2
  wait_for 60 update_is_over "$name" || { printf 'the update does not end\n'; return 1; }
  outcome_is "$name" "$3" || return 1
  current_is "$name" "$4" || return 1
  gateway_wait_ready "$port" 20 || { printf 'the gateway is not ready\n'; return 1; }
  gateway_answers_version "$port" "$4" || { printf 'the gateway is of another version\n'; return 1; }
  machine_run "$name" openclaw-update verify || return 1
  interruption_rows_are "$name" "$interruption_rows" || return 1
  update_has_no_leftovers "$name"
}
