#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An update on a host that lacks something: a disk that is full, or without inodes, from each record of the journal on;
# folders that are read-only or noexec, a small /tmp, little memory, a twentieth of a processor. Meanwhile one of the two
# releases serves, and whoever asked for the update is told what is missing; when it is there again, the next update ends
# well, and nothing is left over.
# EVERY, SEED and RESULTS: see run. SUITE_DEB names the package, otherwise it is built. ONLY=SENTENCE: the points whose
# sentence has it.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
export DEBIAN_SUITE=${DEBIAN_SUITE:-bookworm}
# shellcheck source=../system/story.sh
source ../system/story.sh
# shellcheck source=../system/update.sh
source ../system/update.sh
# shellcheck source=../system/standin.sh
source ../system/standin.sh
# shellcheck source=../system/interruption.sh
source ../system/interruption.sh
# shellcheck disable=SC2034 # points.sh
subject=hosts
# shellcheck source=hosts/points.sh
source hosts/points.sh

allocate_port port
story "an update on a host that lacks something"
work=$results   # of the last update: what it said, and its status
folders=(/var/lib/openclaw-update /var/lib/openclaw /var/lib/openclaw-fetch /var/cache/openclaw)
undo=()   # the command that gives the host back what it lacks

sets_up() {
  local folder
  standin_machine host "$port"
  standin_setting host update settle 1s
  standin_setting host update keep 2
  update_to host "$old"
  update_to host "$good"
  interruption_rows=0
  interruption_set_up host
  machine_run host systemctl stop openclaw-gateway
  for folder in "${folders[@]}"; do own_file_system "$folder"; done
  machine_run host systemctl start openclaw-gateway
  serves
}

# own_file_system FOLDER: in memory, with what is in the folder, and room for what an update of OpenClaw may need.
# shellcheck disable=SC2016 # that shell expands it
own_file_system() {
  machine_run host sh -c '
    mkdir -p "$1" "/root/before$1" && cp -a "$1/." "/root/before$1/" &&
      mount -t tmpfs -o "size=8g,mode=$(stat -c %a "$1"),uid=$(stat -c %u "$1"),gid=$(stat -c %g "$1")" tmpfs "$1" &&
      cp -a "/root/before$1/." "$1/"' sh "$1"
}

# held_to FOLDER OPTION FIELDS AWK: a file system in memory gets that limit, which AWK computes from the numbers of its
# stat(1). What is written meanwhile may make it too small, so it is repeated.
# shellcheck disable=SC2016 # that shell expands it
held_to() {
  machine_run host sh -c '
    for attempt in 1 2 3 4 5 6 7 8; do
      used=$(stat -f -c "$3" "$1" | awk "$4")
      ! mount -o "remount,$2=$used" "$1" 2>/dev/null || exit 0
    done
    exit 1' sh "$@"
}

# no_room FOLDER: not a block more. A size of 0 would be no limit.
# shellcheck disable=SC2016 # of awk
no_room() { held_to "$1" size '%b %f %S' '{ used = ($1 - $2) * $3 / 1024; print (used > 4 ? used : 4) "k" }'; }
# shellcheck disable=SC2016 # of awk
no_inodes() { held_to "$1" nr_inodes '%c %d' '{ print $1 - $2 }'; }

room_again() {
  machine_run host mount -o remount,size=8g,nr_inodes=1m "$1"
}

# asks_for_an_update VERSION: in the background, as $asking; its words and its status are kept.
asks_for_an_update() {
  interruption_mark host
  {
    status=0
    update_to host "$1" --force >"$work/said" 2>&1 || status=$?
    printf '%s\n' "$status" >"$work/status"
  } &
  asking=$!
}

# tells_what_is_missing PATTERN: an update that does not end as updated says that to whoever asked for it; or it names the
# journal that has it, where the disk has no room for an outcome.
tells_what_is_missing() {
  local said unit
  said=$(<"$work/said")
  printf 'said: %s\n' "$said"
  if [[ $(<"$work/status") == 0 ]]; then
    outcome_is host updated
    return
  fi
  unit=$(grep --only-matching --perl-regexp 'see journalctl -u \K\S+' <<<"$said" | tail -n 1) || true
  [[ -z $unit ]] || said+=$'\n'$(machine_run host journalctl --no-pager --output=cat --lines=40 --unit="$unit")
  grep --quiet --extended-regexp --ignore-case "$1" <<<"$said" || { printf 'it does not say what is missing\n'; return 1; }
}

# no_gateway_can_run: it cannot write to its state, so none of the two releases starts, and that was said.
no_gateway_can_run() {
  [[ ${no_state:-} ]] && outcome_is host rollback-failed && grep --quiet 'needs manual repair now' "$work/said"
}

# is_sound_with_less PATTERN: while the host lacks something.
is_sound_with_less() {
  local sound=0
  serves || no_gateway_can_run || sound=1
  machine_run host openclaw-update status || sound=1
  tells_what_is_missing "$1" || sound=1
  return "$sound"
}

# not_blamed VERSION: a release is not put into quarantine for what its host lacks.
not_blamed() {
  machine_run host test ! -e "/var/lib/openclaw-update/quarantine/$1" || { printf '%s is in quarantine\n' "$1"; return 1; }
}

# nobody_updates: what an update has left may be completed at this moment, and another one would have to wait.
nobody_updates() {
  local units
  units=$(machine_run host systemctl list-units --plain --no-legend --state=activating,deactivating 'openclaw-update*.service')
  [[ -z $units ]]
}

# lacks_from RECORD FOLDER WHAT: WHAT (no_room, no_inodes) happens as soon as the journal has that record.
lacks_from() {
  local record=$1 folder=$2 sound=0 no_state='' missing='no space|full|free|inode' target
  [[ $folder != /var/lib/openclaw ]] || no_state=1
  # That version fails by itself.
  [[ $record != rollback ]] || missing+='|ended while it was verified'
  canary_boots_in "$record"
  target=$(target_for "$record")
  asks_for_an_update "$target"
  # In the machine: its file systems are not seen from outside.
  { machine_run host /root/kill-at-record --nobody "$record" && "$3" "$folder"; } || sound=1
  wait "$asking" || true
  is_sound_with_less "$missing" || sound=1
  [[ $record == rollback ]] || not_blamed "$target" || sound=1
  room_again "$folder" || return 1
  wait_for 60 nobody_updates || sound=1
  # What the message asks for: make room, and start it again.
  machine_run host systemctl is-active --quiet openclaw-gateway || machine_run host systemctl restart openclaw-gateway
  next_update_ends_well || sound=1
  return "$sound"
}

# lacks PATTERN CMD...: CMD takes something away from the host, and sets `undo`.
lacks() {
  local sound=0
  "${@:2}" || return 1
  asks_for_an_update "$(target_for fetch)"
  wait "$asking" || true
  is_sound_with_less "$1" || sound=1
  "${undo[@]}" || return 1
  serves || sound=1
  next_update_ends_well || sound=1
  return "$sound"
}

remounted() {
  undo=(machine_run host mount -o 'remount,rw,exec,suid,dev' "$2")
  machine_run host mount -o "remount,$1" "$2"
}

small_temporary_folders() {
  local folder
  undo=(machine_run host umount --lazy /tmp /var/tmp)
  for folder in /tmp /var/tmp; do
    machine_run host mount -t tmpfs -o size=50m,mode=1777,noexec,nodev,nosuid tmpfs "$folder" || return 1
  done
}

# processes: those of the machine, as the host counts them.
processes() {
  ps -e -o pid=,ppid= | awk -v init="${machine_init[host]}" '
    { parent[$1] = $2 }
    END { for (pid in parent) { p = pid; while (p in parent && p != init) p = parent[p]; if (p == init) print pid } }'
}

# limited CONTROLLER FILE VALUE: the whole machine is in a cgroup of the host with that limit. Version 1 of cgroups: the
# machine has the other one.
limited() {
  local group=/sys/fs/cgroup/$1/openclaw-proof-$$ process
  undo=(sh -c "printf %s -1 >$group/$2")
  mkdir -p "$group" || return 1
  for process in $(processes); do printf '%s\n' "$process" >"$group/cgroup.procs" 2>/dev/null || true; done
  printf '%s\n' "$3" >"$group/$2"
}

full_disks() {
  local record folder
  for record in "${interruption_states[@]}"; do
    for folder in "${folders[@]}"; do
      point "a full disk at each record" "$folder is full when it has recorded $record" lacks_from "$record" "$folder" no_room
    done
  done
  for record in fetch snapshot stop promote rollback; do
    for folder in "${folders[@]:0:2}"; do
      point "no inodes at a record" "$folder has no inodes when it has recorded $record" lacks_from "$record" "$folder" no_inodes
    done
  done
}

strict_file_systems() {
  local folder
  for folder in "${folders[@]}"; do
    # The gateway writes to its state at any time, so that one cannot be made read-only.
    [[ $folder == /var/lib/openclaw ]] ||
      point "a read-only file system" "$folder is read-only" lacks 'read-only|not writable|cannot be written' remounted ro "$folder"
    point "noexec, nodev, nosuid" "$folder is noexec, nodev and nosuid" lacks 'noexec|permission' remounted noexec,nodev,nosuid "$folder"
  done
  point "a small /tmp" "/tmp and /var/tmp have 50 MB, and are noexec" lacks 'no space|full|free' small_temporary_folders
}

little_power() {
  local bytes
  for bytes in 96 160 256; do
    point "little memory" "the machine has $bytes MiB of memory" \
      lacks 'memory|killed|signal 9|status 137|heap' limited memory memory.limit_in_bytes $(( bytes * 1024 * 1024 ))
  done
  point "a twentieth of a processor" "the machine has 5 % of one processor" \
    lacks 'not ready|timed out|took too long|did not answer|overdue' limited cpu cpu.cfs_quota_us 5000
}

is_proven() {
  note "SEED=$seed EVERY=$every"
  quietly sets_up
  full_disks
  strict_file_systems
  little_power
  report
}

[[ -n ${SUITE_DEB:-} ]] || { SUITE_DEB=$(../system/package.sh "$suite"); export SUITE_DEB; }
with_suite is_proven
