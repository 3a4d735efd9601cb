# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # of hosts.sh and boots.sh
# What both have in common: points that a seed draws, and what is true of a machine with the stand-in. To be sourced
# after interruption.sh.

seed=${SEED:-$RANDOM} every=${EVERY:-1} results=${RESULTS:?a folder for the results}
old=$(standin old) good=$(standin good) slow=$(standin slow) exits=$(standin exits)
number=0
declare -A tried=() broken=()

# point ROW SENTENCE CMD...: tries it, unless another one is asked for. After a failure, the next one has a new machine.
point() {
  local row=$1 sentence=$2 before=$failed
  shift 2
  number=$(( number + 1 ))
  if [[ -n ${ONLY:-} ]]; then
    [[ $sentence == *"$ONLY"* ]] || return 0
  else
    (( (number + seed) % every == 0 )) || return 0
  fi
  tried[$row]=$(( ${tried[$row]:-0} + 1 ))
  expect "$sentence" "$@"
  (( failed > before )) || return 0
  broken[$row]=$(( ${broken[$row]:-0} + 1 ))
  printf "# again: ONLY='%s' RESULTS=%s %s\n" "$sentence" "$results" "tests/proof/$subject.sh"
  quietly machine_stop host
  quietly sets_up
}

# report: a line for each row.
report() {
  local row
  for row in "${!tried[@]}"; do
    printf '%s\t%s\t%s\t%s\n' "$row" "${tried[$row]}" "${broken[$row]:-0}" "seed $seed, one in $every, $suite"
  done | sort >"$results/$subject.tsv"
  expect "a point is tried" test -s "$results/$subject.tsv"
}

# target_for RECORD: a version whose update gets there: one that has to be fetched, one that fails, or the other one.
target_for() {
  case $1 in
    plan | fetch | stage | validate | canary | snapshot) printf '%s\n' "$slow" ;;
    rollback) printf '%s\n' "$exits" ;;
    *) other_release ;;
  esac
}
other_release() {
  if [[ $(update_current host) == "$good" ]]; then printf '%s\n' "$old"; else printf '%s\n' "$good"; fi
}

# canary_boots_in RECORD: only where it is what is interrupted, to save its time.
canary_boots_in() {
  local boot=no
  [[ $1 != canary ]] || boot=yes
  standin_setting host canary boot "$boot"
}

# serves: the release does that current names.
serves() {
  local version
  version=$(update_current host)
  gateway_wait_ready "$port" 60 || { printf 'the gateway is not ready\n'; return 1; }
  gateway_answers_version "$port" "$version" || { printf 'it is not %s that serves, which current names\n' "$version"; return 1; }
}

# next_update_ends_well: what the one before has left does not hinder it, and nothing is left over.
next_update_ends_well() {
  local to
  canary_boots_in none
  to=$(other_release)
  update_to host "$to" --force || return 1
  everything_is_well host "$port" updated "$to" || return 1
  # A version that was fetched has to be fetched again.
  machine_run host openclaw-update prune
}
