#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What converts a user unit to a system unit, and what gives it back, is killed before each of its changes to the file
# system, and the power is cut there: one of both gateways serves afterwards, never both, and the same command, or the
# opposite one, ends what was begun, with nothing lost.
# STORY_SAMPLE=N: only N of the points, for each of both; STORY_SEED draws the same again.
# Takes 500 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"
# shellcheck source=../user_manager.sh
source "$(dirname "$0")/../user_manager.sh"

allocate_port port
story "a conversion of a user unit that dies at any point"
calls=renameat,renameat2,rename,linkat,symlinkat,unlinkat,mkdirat
seed=${STORY_SEED:-$RANDOM}
points=0

converts=(openclaw-update adopt --from-user claw)
gives_back=(openclaw-update adopt --undo)

# traced [OPTION of strace...] -- CMD...: as machine_run; the trace is in $machines/trace.
traced() {
  local options=()
  while [[ $1 != -- ]]; do options+=("$1"); shift; done
  shift
  : >"$machines/trace"
  # In a session of its own: nsenter stops with what it starts, and a group that stops may be hung up.
  setsid strace --follow-forks --quiet=attach,exit,personality,thread-execve --output="$machines/trace" --trace="$calls" \
    "${options[@]}" nsenter --target "${machine_init[host]}" --all --root \
    env -i --chdir=/ PATH="$plain_path" HOME=/root LANG=C.UTF-8 "$@"
}

# calls_of CMD...: sets `changes` to how often it changes something in an undisturbed run. Only the command itself is
# seen: workers are units.
calls_of() {
  traced -- "$@"
  # strace counts by process. Calls that fail change nothing, and are points nevertheless.
  changes=$(grep --extended-regexp '^[0-9]+ +[a-z0-9]+\(' "$machines/trace" | cut --delimiter=' ' --fields=1 |
    sort | uniq --count | sort --numeric-sort --reverse | awk 'NR == 1 { print $1 }')
}

# drawn COUNT: prints the points, all or as many as STORY_SAMPLE says.
drawn() {
  seq "$1" | if (( ${STORY_SAMPLE:-0} > 0 )); then
    shuf --head-count="$STORY_SAMPLE" --random-source=<(yes "$seed") | sort --numeric-sort
  else
    cat
  fi
}

# killed_at POINT CMD...
killed_at() {
  local point=$1
  shift
  traced --inject="$calls:signal=KILL:when=$point" -- "$@" || true
  printf 'killed before: %s\n' "$(grep --extended-regexp '^[0-9]+ +[a-z0-9]+\(' "$machines/trace" | tail -n 1)"
}

is_running() { kill -0 "$1" 2>/dev/null; }

# Where a release is there already, a conversion has fewer changes: then the cut comes right after it.
is_stopped_or_over() { grep --quiet 'stopped by SIGSTOP' "$machines/trace" || ! is_running "$1"; }

# power_cut_at POINT CMD...
power_cut_at() {
  local point=$1 tracer
  shift
  traced --inject="$calls:signal=STOP:when=$point" -- "$@" &
  tracer=$!
  wait_for 90 is_stopped_or_over "$tracer" || { kill "$tracer"; return 1; }
  printf 'cut after: %s\n' "$(grep --extended-regexp '^[0-9]+ +[a-z0-9]+\(' "$machines/trace" | tail -n 1)"
  machine_kill host
  # nsenter stops with what it has started, and would not be told to go on.
  ! is_running "$tracer" || pkill -KILL --parent "$(pgrep --parent "$tracer")" || true
  wait "$tracer" 2>/dev/null || true
  machine_boot host
  machine_run host systemctl start standin-registry
}

# one_serves_on: whichever of both runs, and it is started again when it dies.
one_serves_on() {
  one_serves || return 1
  machine_run host pkill -KILL -u claw node || true
  sleep 1
  one_serves
}

# ends_with_user CMD...: what was begun ends with the user unit as it was.
ends_with_user() {
  "$@" || true
  standin_serves_as user && files_of_user_are "$before"
}

# is_over_at WAY POINT CMD...: interrupted there, and ended by either command.
is_survived_at() {
  local way=$1 point=$2
  shift 2
  "${way}_at" "$point" "$@" || return 1
  one_serves_on || return 1
  # Ended in the same direction every other time, and in the other one.
  if (( point % 2 )); then
    machine_run host "${converts[@]}" || true
    standin_serves_as system || return 1
  fi
  ends_with_user machine_run host "${gives_back[@]}" || return 1
  # What a kill of the sealing leaves, the next conversion removes.
  (( point % 2 == 0 )) || update_has_no_leftovers host
}

at_points_of() {
  local name=$1 way=$2 point
  shift 2
  for point in $(drawn "$changes"); do
    [[ $name != "the way back" ]] || quietly machine_run host "${converts[@]}"
    expect "$name: $way at change $point of $changes" is_survived_at "${way// /_}" "$point" "$@"
    points=$(( points + 1 ))
  done
}

is_survived() {
  local way
  user_gateway
  before=$(files_of_user)
  note "points are drawn with STORY_SEED=$seed"
  expect "it is converted" calls_of "${converts[@]}"
  local to=$changes
  expect "and given back" calls_of "${gives_back[@]}"
  local back=$changes
  expect "every file is as it was" ends_with_user true
  for way in killed "power cut"; do
    changes=$to
    at_points_of "the conversion" "$way" "${converts[@]}"
    changes=$back
    at_points_of "the way back" "$way" "${gives_back[@]}"
  done
  note "$points points of interruption covered"
  quietly machine_run host "${converts[@]}"
  quietly machine_run host "${gives_back[@]}"
  expect "nothing is left over" update_has_no_leftovers host
}

with_suite is_survived
