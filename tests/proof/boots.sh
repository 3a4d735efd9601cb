#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The power is cut at each record of an update's journal, and the next boot is not as it should be: the recovery fails
# once, the file system of the updater comes late, is full or read-only, the journal is damaged. The gateway serves, or
# `systemctl status` says why it does not; once that is mended, all is well.
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
subject=boots
# shellcheck source=hosts/points.sh
source hosts/points.sh

allocate_port port
story "a boot after an update that a power cut has ended"
# Where the updater's folder is on the disk. It is mounted in its place.
interruption_updater=/srv/updater
root=''

# The folder of the updater is a mount of its own, and only who asks for it waits for it (nofail).
sets_up() {
  interruption_updater=/var/lib/openclaw-update
  standin_machine host "$port"
  root=$machines/host/root
  standin_setting host update settle 1s
  standin_setting host update keep 2
  update_to host "$old"
  update_to host "$good"
  interruption_rows=0
  interruption_set_up host
  machine_run host systemctl enable openclaw-gateway
  machine_shut_down host
  interruption_updater=/srv/updater
  mv "$root/var/lib/openclaw-update" "$root$interruption_updater"
  mkdir "$root/var/lib/openclaw-update"
  chmod --reference="$root$interruption_updater" "$root/var/lib/openclaw-update"
  mounts_as bind
  machine_boot host
  serves
}

# mounts_as HOW: at the next boot. bind: the folder itself, at once; late: after 15 s; full, read-only: a copy in memory,
# without a block to spare, or that cannot be written to.
mounts_as() {
  local delay=0 copy='mount -t tmpfs -o size=300m,mode=755 tmpfs /srv/place && cp -a /srv/updater/. /srv/place/' how
  how='mount --bind /srv/updater /srv/place'
  case $1 in
    bind) ;;
    late) delay=15 ;;
    read-only) how="$copy && mount -o remount,ro /srv/place" ;;
    full)
      # shellcheck disable=SC2016 # the machine's shell expands it
      how="$copy"' && used=$(stat -f -c "%b %f %S" /srv/place | awk "{ print (\$1 - \$2) * \$3 / 1024 }") &&
        mount -o "remount,size=${used}k" /srv/place' ;;
  esac
  mkdir -p "$root/srv/place"
  printf '#!/bin/sh\nsleep %s\n%s\n' "$delay" "$how" | install -D --mode=755 /dev/stdin "$root/usr/local/sbin/prepare-place"
  cat >"$root/etc/systemd/system/prepare-place.service" <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/prepare-place
UNIT
  cat >"$root/etc/systemd/system/var-lib-openclaw\\x2dupdate.mount" <<'UNIT'
[Unit]
Requires=prepare-place.service
After=prepare-place.service
[Mount]
What=/srv/place
Where=/var/lib/openclaw-update
Type=none
Options=bind
UNIT
}

# is_cut_at RECORD: an update, and the power.
is_cut_at() {
  local updating status=0
  canary_boots_in "$1"
  interruption_mark host
  update_to host "$(target_for "$1")" --force &
  updating=$!
  ../system/kill-at-record --root "$root" --folder "$interruption_updater" --pid "${machine_init[host]}" "$1" || status=$?
  machine_kill host
  wait "$updating" || true
  return "$status"
}

# tells PATTERN: the units of the gateway and of its recovery say why it does not serve.
tells() {
  says "$1" machine_run host systemctl status --no-pager --full --lines=50 openclaw-gateway openclaw-update-recover openclaw-update-resume
}

# all_is_well: no update is open, one release serves, whole, nothing is lost and nothing is left over.
all_is_well() {
  wait_for 60 update_is_over host || { printf 'the update does not end\n'; return 1; }
  serves || return 1
  machine_run host openclaw-update verify || return 1
  interruption_rows_are host "$interruption_rows" || return 1
  update_has_no_leftovers host
}

# boots_again_well: as an operator does it, when the reason is gone.
boots_again_well() {
  machine_shut_down host || return 1
  mounts_as bind
  machine_boot host || return 1
  all_is_well || return 1
  next_update_ends_well
}

# --- the boots

recovery_fails() {
  local drop_in=$root/etc/systemd/system/openclaw-update-recover.service.d/99-fails.conf sound=0
  is_cut_at "$1" || return 1
  mkdir -p "${drop_in%/*}"
  printf '[Service]\nExecStart=\nExecStart=/bin/false\n' >"$drop_in"
  machine_boot host || return 1
  serves || tells 'openclaw-update-recover.service: Failed' || sound=1
  rm "$drop_in"
  boots_again_well || sound=1
  return "$sound"
}

comes_late() {
  is_cut_at "$1" || return 1
  mounts_as late
  machine_boot host || return 1
  all_is_well || return 1
  boots_again_well
}

# is_there PATTERN HOW RECORD: full or read-only.
is_there() {
  local sound=0
  is_cut_at "$3" || return 1
  mounts_as "$2"
  machine_boot host || return 1
  serves || tells "$1" || sound=1
  boots_again_well || sound=1
  return "$sound"
}

# is_damaged HOW RECORD: the journal of the update that is open, or what names it.
is_damaged() {
  local folder=$root$interruption_updater journal sound=0
  is_cut_at "$2" || return 1
  journal=$folder/transactions/$(<"$folder/open")/journal
  case $1 in
    "has half a last line") truncate --size=-20 "$journal" ;;
    "ends in zeros") head --bytes=100 /dev/zero >>"$journal" ;;
    "is empty") : >"$journal" ;;
    "is of random bytes") head --bytes=4096 /dev/urandom >"$journal" ;;
    "is gone") rm "$journal" ;;
    "is named by an empty file") : >"$folder/open" ;;
    "is named by random bytes") head --bytes=40 /dev/urandom >"$folder/open" ;;
  esac
  machine_boot host || return 1
  all_is_well || sound=1
  boots_again_well || sound=1
  return "$sound"
}

is_proven() {
  local record damage
  note "SEED=$seed EVERY=$every"
  quietly sets_up
  for record in "${interruption_states[@]}"; do
    point "the recovery fails once" "at the boot after $record, the recovery fails" recovery_fails "$record"
    point "/var/lib/openclaw-update is mounted late" "at the boot after $record, the folder comes late" comes_late "$record"
    point "a full disk at boot" "at the boot after $record, the disk is full" is_there 'No space|full|free' full "$record"
    point "a read-only disk at boot" "at the boot after $record, the disk is read-only" is_there 'Read-only' read-only "$record"
    for damage in "has half a last line" "ends in zeros" "is empty" "is of random bytes" "is gone" \
      "is named by an empty file" "is named by random bytes"; do
      point "a damaged journal" "at the boot after $record, the journal $damage" is_damaged "$damage" "$record"
    done
  done
  report
}

[[ -n ${SUITE_DEB:-} ]] || { SUITE_DEB=$(../system/package.sh "$suite"); export SUITE_DEB; }
with_suite is_proven
