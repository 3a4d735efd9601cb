# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # of ../updates.sh
# The ways in which an update is disturbed.

declare -A errno_of=([ENOSPC]=28 [EIO]=5 [EMFILE]=24 [ENOMEM]=12 [EINTR]=4 [EROFS]=30 [EACCES]=13 [ESTALE]=116 [EAGAIN]=11)
errors=(ENOSPC EIO EMFILE ENOMEM EINTR EROFS EACCES ESTALE EAGAIN full)
follow_up_every=${FOLLOW_UP:-8}   # one in so many points is followed by an update that nobody disturbs

# disturbed COURSE PROGRAM WAY LINE...: an update with that plan for the recorder; what is wrong is in $work/verdict.
disturbed() {
  local course=$1 program=$2 way=$3 to
  to=$(standin "${target_of[$1]}")
  trial reset "$course" || return 1
  plan "$program" "${@:4}"
  trial update "$to" || return 1
  trial settle || return 1
  judge "$old" "$to" "$way" >"$work/verdict"
  concluded
}

# concluded: what is left over may be there until the next update, an hour later, has ended. Nothing may prevent that one.
concluded() {
  local left from to
  # shellcheck disable=SC2034 # for point
  ended=$(outcome)
  trials=$(( ${trials:-0} + 1 ))
  left=$(leftovers)
  printf 'left over: %s\n' "$left"
  [[ -n $left ]] || (( trials % follow_up_every == 0 )) || return 0
  from=$(version_of "$(current)")
  to=$good
  [[ $from == "$old" ]] || to=$old
  find "$root/var/lib/openclaw-update" -name '.*' -type f -exec touch --date='1 hour ago' {} +
  trial update "$to" && trial settle || return 1
  [[ $(outcome) == updated ]] || printf 'the next update: %s\n' "$(outcome)" >>"$work/verdict"
  judge "$from" "$to" kill | sed 's/^/the next update: /' >>"$work/verdict"
  left=$(leftovers)
  [[ -z $left ]] || printf 'the next update does not remove %s\n' "${left//$'\n'/ }" >>"$work/verdict"
}

version_of() { printf '%s\n' "${1%-*}"; }

# each_call CMD...: runs it for each call that the seed draws: CMD COURSE PROGRAM NUMBER CALL PATH.
each_call() {
  local part line course program first last number call path count=0
  local -a calls
  for part in "${courses[@]}"; do
    read -r course program first last <<<"$part"
    mapfile -t calls < <(points "$course" "$program" "$first" "$last")
    for line in "${calls[@]}"; do
      IFS=$'\t' read -r number call path <<<"$line"
      count=$(( count + 1 ))
      ! drawn "$count" || "$@" "$course" "$program" "$number" "$call" "$path"
    done
  done
}

count_call() { all=$(( all + 1 )); }

kills() {
  local all=0 every=1
  each_call count_call
  note "$all calls at which a program can be killed"
  every=${EVERY:-1}
  each_call kill_at
}

kill_at() {
  point "killed: $2" "killed $2 at $3 of $1" disturbed "$1" "$2" kill "at $3" 'do kill'
}

# random BELOW: the next number of the sequence that the seed begins.
random() {
  sequence=$(( (sequence * 1103515245 + 12345) % 2147483648 ))
  printf -v drawn_number '%s' $(( sequence / 65536 % $1 ))
}

# second_kills: the updater at a call after the gateway's stop, and then its recovery at one of those that follow.
second_kills() {
  local count=$(( 1000 / every )) sequence=$seed drawn_number course first
  local -a calls
  (( count >= 2 )) || count=2
  while (( count-- > 0 )); do
    course=short
    (( count % 3 > 0 )) || course=back
    mapfile -t calls < <(points "$course" openclaw-update '\.settle\.json' '$^')
    random ${#calls[@]}
    first=${calls[drawn_number]%%$'\t'*}
    random 100
    point 'killed twice: openclaw-update' "killed openclaw-update at $first $(( first + 1 + drawn_number )) of $course" \
      disturbed "$course" openclaw-update kill "at $first $(( first + 1 + drawn_number ))" 'do kill'
  done
}

# errors: each call meets one of them, another one with each seed.
errors() {
  each_call error_at
}

error_at() {
  local name=${errors[($3 * 7 + seed) % ${#errors[@]}]} action
  action="error ${errno_of[$name]:-}"
  [[ $name != full ]] || action='fail 28'
  point "error: $2" "$name $2 at $3 of $1" disturbed "$1" "$2" error "at $3" "do $action"
}

# power_cuts: PID 1 of the machine is killed, and with it all that runs there; then it boots again.
power_cuts() {
  local count=$(( 100 / every )) sequence=$seed drawn_number course program first last number
  local -a calls
  (( count >= 2 )) || count=2
  machine_run host systemctl enable openclaw-gateway
  interruption_set_up host
  while (( count-- > 0 )); do
    random ${#courses[@]}
    read -r course program first last <<<"${courses[drawn_number]}"
    mapfile -t calls < <(points "$course" "$program" "$first" "$last")
    random ${#calls[@]}
    number=${calls[drawn_number]%%$'\t'*}
    point "power cut: $program" "cut $program at $number of $course" cut_off "$course" "$program" "$number"
  done
}

cut_off() {
  local to cutter
  to=$(standin "${target_of[$1]}")
  trial reset "$1" || return 1
  plan "$2" 'do ask'
  updates/cut "$root/proof/ask" "$3" "${machine_init[host]}" &
  cutter=$!
  wait_for 5 test -S "$root/proof/ask"
  trial update "$to" || true
  kill "$cutter" 2>/dev/null || true
  wait "$cutter" || true
  rm -f "$root/proof/ask"
  printf 'program none\n' >"$root/proof/plan"
  machine_kill host
  machine_boot host || return 1
  printf '137\n' >"$root/proof/out/client.status"
  trial settle || return 1
  judge "$old" "$to" cut >"$work/verdict"
  concluded
}

# controls: after an update to "good", each thing that is spoiled is found.
controls() {
  local releases=$root/var/lib/openclaw-update/releases pattern complaints missed=0
  trial reset short && trial update "$good" && trial settle || return 1
  complaints=$(judge "$old" "$good" kill; leftovers)
  [[ -z $complaints ]] || { printf 'too early: %s\n' "$complaints"; return 1; }
  printf x >>"$(echo "$releases/$good"-????????)/dist/state.js"
  rm "$(echo "$releases/$old"-????????)/dist/state.js"
  mkdir "$releases/.draft.1"
  ln -sfn "releases/$(basename "$releases/$old"-????????)" "$root/var/lib/openclaw-update/current"
  machine_run host systemctl stop openclaw-gateway
  printf '1\n' >"$root/var/lib/openclaw-update/transactions/of-nobody"
  PATIENCE=1 trial settle || return 1
  complaints=$(kept_row=something-else judge "$old" "$good" kill; leftovers)
  sed --in-place 's/"updated"/"refused"/' "$(out status)"
  complaints+=$(printf '\n'; judge "$old" "$good" kill)
  printf '%s\n' "$complaints"
  for pattern in "^$good-.* is not what" "^$old-.* is not what" 'releases/.draft.1$' '^it says updated, and current is' \
    'the gateway is inactive' 'the gateway that answers is' '^what the gateway had written is lost' '^whoever asked was told' \
    '^the gateway was touched' '/of-nobody$' '^verify finds'; do
    grep --quiet "$pattern" <<<"$complaints" || { printf 'not found: %s\n' "$pattern"; missed=1; }
  done
  return $missed
}

# is_reset: of an update, `trial reset` leaves nothing: the machine's own layer is then as it was before the first.
is_reset() {
  trial reset whole || return 1
  layer >"$work/layer.after"
  diff "$work/layer.before" "$work/layer.after"
}

# layer: all that the machine has changed of its image, but for logs, for what the recorder writes, and for what each
# start of the gateway writes: the database, and the hook's record and lock.
layer() {
  (cd "$machines/host/upper" && find . \( -path ./proof -o -path ./var/log -o -path ./tmp -o -path ./var/tmp -o -path './var/cache/openclaw/*' -o -path './run' \
    -o -name 'openclaw.sqlite*' -o -name starts.log -o -path '*/staged-deps/record' -o -path '*/staged-deps/.lock' \) -prune -o -printf '%M %U %G %n %l %p ' \( -type f -exec sha256sum {} \; -o -printf '\n' \) | sort)
}
