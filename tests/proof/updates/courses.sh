# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # of ../updates.sh
# The updates whose calls are taken in turn. Each begins with 2026.10.1 ("old") serving.
#   whole  "good", which has to be fetched, with a boot in the canary
#   short  "good", which is there already, without the canary
#   back   "migrates-plugin-lost", which is there already, changes the database, and is rolled back

declare -A target_of=([whole]=good [short]=good [back]=migrates-plugin-lost) outcome_of=([whole]=updated [short]=updated [back]=rolled-back)
# "PROGRAM FIRST LAST": its calls from the first that is about a path like FIRST to the first that is about one like LAST.
# What a course has in common with another is taken once.
# shellcheck disable=SC2034 # for ways.sh
courses=(
  'whole openclaw-update ^ \.snapshot\.json'
  'whole openclaw-fetch ^ $^'
  'whole openclaw-finish ^ $^'
  'whole openclaw-canary ^ $^'
  'short openclaw-update \.snapshot\.json $^'
  'short openclaw-state ^ $^'
  'short openclaw-probe ^ $^'
  'back openclaw-update openclaw-update/current$ $^'
  'back openclaw-state \.restore/ $^'
)
programs=(openclaw-update openclaw-fetch openclaw-finish openclaw-canary openclaw-state openclaw-probe)

trial() {
  machine_run host env PORT="$port" SLOWNESS="${STORY_SLOWNESS:-1}" PATIENCE="${PATIENCE:-}" /proof/trial "$@"
}

# plan PROGRAM LINE...: for the recorder.
plan() {
  printf 'program %s\n' "$1" >"$root/proof/plan"
  (( $# == 1 )) || printf '%s\n' "${@:2}" >>"$root/proof/plan"
  head --bytes=8 /dev/zero >"$root/proof/counter"
  : >"$root/proof/log"
}

# plan_nothing: only counts, in each program by itself.
plan_nothing() {
  printf 'program %s\n' "${programs[@]}" >"$root/proof/plan"
  head --bytes=8 /dev/zero >"$root/proof/counter"
  : >"$root/proof/log"
}

# preload: the recorder is in each program of the suite that an update runs; nothing else of the units is changed.
preload() {
  local unit folder=$root/etc/systemd/system
  mkdir -p "$root/proof/before" "$root/proof/out"
  chmod 1777 "$root/proof"
  install "$recorder" "$root/usr/local/lib/librecorder.so"
  install updates/trial "$root/proof/trial"
  for unit in openclaw-{update,update-recover,update-resume}{,@} openclaw-{state,migrate,validate,stage,fetch,finish,canary,probe}@; do
    mkdir -p "$folder/$unit.service.d"
    printf '[Service]\nEnvironment=RECORDER=/proof LD_PRELOAD=/usr/local/lib/librecorder.so\nReadWritePaths=/proof\n' \
      >"$folder/$unit.service.d/90-proof.conf"
  done
  printf 'program none\n' >"$root/proof/plan"
  head --bytes=8 /dev/zero >"$root/proof/counter"
  : >"$root/proof/log"
  chmod 644 "$root/proof/plan"
  chmod 666 "$root/proof/counter" "$root/proof/log"
  machine_run host systemctl daemon-reload
}

# sets_up: a machine with "old", and what each course begins with.
sets_up() {
  standin_machine host "$port"
  root=$machines/host/root
  install updates/npm-cli.js "$root/usr/lib/node_modules/npm/bin/npm-cli.js"
  standin_setting host packages client npm
  standin_setting host update settle 1s
  preload
  update_to host "$old"
  # One more row, which must be there whatever happens.
  gateway_home=/var/lib/openclaw interruption_sql host "CREATE TABLE kept(n); INSERT INTO kept VALUES('$kept_row')"
  standin_setting host canary boot yes
  trial keep whole
  standin_setting host canary boot no
  trial reset whole
  printf '[canary]\nboot = no\n' >"$root/etc/openclaw/helpers.ini.d/70-canary-boot.ini"
  update_to host "$good"
  update_to host "$old" --force
  trial keep short
  trial reset short
  # It is sealed by its failure.
  ! update_to host "$(standin "${target_of[back]}")" || return 1
  rm -r "$root/var/lib/openclaw-update/quarantine"
  trial keep back
}

# measure COURSE: an update that nobody disturbs; its calls are in $work/COURSE.log, and what it leaves is no leftover.
measure() {
  trial reset "$1" || return 1
  trial settle || return 1
  learn
  plan_nothing
  trial update "$(standin "${target_of[$1]}")" || return 1
  cp "$root/proof/log" "$work/$1.log"
  trial settle || return 1
  [[ $(outcome) == "${outcome_of[$1]}" ]] || { said client; return 1; }
  learn
  judge "$old" "$(standin "${target_of[$1]}")" kill >"$work/verdict"
  [[ ! -s $work/verdict ]] || { cat "$work/verdict"; return 1; }
}

# points COURSE PROGRAM FIRST LAST: prints the numbers of its calls, with what each is.
points() {
  awk -v program="$2" -v first="$3" -v last="$4" '
    BEGIN { FS = OFS = "\t" }
    $2 != program { next }
    { number++ }
    $4 ~ first { on = 1 }
    on && !ended { print number, $3, $4 }
    $4 ~ last { ended = 1 }' "$work/$1.log"
}
