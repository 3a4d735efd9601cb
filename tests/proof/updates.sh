#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An update on a machine with systemd, in which a program of the suite is killed, or meets an error, at one of the calls
# with which it changes something: one of the two releases, whole, serves afterwards, the suite tells the truth about
# it, and nothing is left over. Each call in turn is a point; the recorder (recorder/) makes it happen.
# EVERY, SEED and RESULTS: see run. What has been tried with the same package is not tried again. SUITE_DEB names the
# package, otherwise it is built. WAYS="kills errors" tries these alone, ONLY=WORDS the points whose description has these
# words; with TIME=SECONDS, no point begins later.
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
# shellcheck source=updates/courses.sh
source updates/courses.sh
# shellcheck source=updates/judge.sh
source updates/judge.sh
# shellcheck source=updates/ways.sh
source updates/ways.sh

seed=${SEED:-$RANDOM} every=${EVERY:-1} results=${RESULTS:?a folder for the results}
old=$(standin old) good=$(standin good)
kept_row=what-the-gateway-has-written
root='' work=$results/updates
recorder=$work/librecorder.so
done_file=$results/updates.done
declare -A tried=() broken=()
allocate_port port
story "an update whose programs die, or meet an error, at any call"
mkdir -p "$work"

# state_of_code: what was tried with another one has to be tried again.
state_of_code() {
  cat "${SUITE_DEB%/*}"/*.deb recorder/recorder.cpp | sha256sum | cut -c1-12
}

# drawn NUMBER: is it one of those that are tried?
drawn() {
  (( ($1 + seed) % every == 0 ))
}

# point ROW WORDS CMD...: tries it, unless that has been done, or is not asked for. CMD leaves a line for each
# thing that is wrong in $work/verdict.
point() {
  local row=$1 words=$2 began=$SECONDS verdict ended
  shift 2
  [[ -z ${ONLY:-} || $words == *"$ONLY"* ]] || return 0
  [[ -z ${TIME:-} ]] || (( SECONDS < TIME )) || return 0
  if verdict=$(grep --fixed-strings "$code	$row	$words	" "$done_file" | tail -n 1 | cut -f 4) && [[ -n $verdict ]]; then
    :
  else
    verdict=right ended=-
    : >"$work/verdict"
    quietly "$@" || printf 'the trial itself fails\n' >>"$work/verdict"
    if [[ -s $work/verdict ]]; then
      verdict=wrong
      sed 's/^/#   /' "$work/verdict"
      keep_evidence "$row" "$words"
    fi
    printf '%s\t%s\t%s\t%s\t%s\t%s s\t%s\n' "$code" "$row" "$words" "$verdict" "$ended" $(( SECONDS - began )) \
      "$(paste -sd';' "$work/verdict" | tr '\t' ' ')" >>"$done_file"
  fi
  tried[$row]=$(( ${tried[$row]:-0} + 1 ))
  [[ $verdict == right ]] || {
    broken[$row]=$(( ${broken[$row]:-0} + 1 ))
    printf "# again: EVERY=1 ONLY='%s' RESULTS=%s %s\n" "$words" "$results" tests/proof/updates.sh
  }
}

keep_evidence() {
  local folder
  folder=$results/updates-wrong/$(printf '%s %s' "$1" "$2" | tr -c 'a-zA-Z0-9\n' '-')
  rm -rf "$folder"
  mkdir -p "$folder"
  cp --recursive "$root/proof/out" "$root/proof/log" "$work/verdict" "$folder" || true
  machine_run host journalctl --no-pager --lines=400 --output=short-precise >"$folder/journal" || true
}

# report: a line for each row.
report() {
  local row
  rm -f "$work/rows"
  (( ${#tried[@]} > 0 )) || { expect "a point is tried" false; return 0; }
  while read -r row; do
    printf '%s\t%s\t%s\t%s\n' "$row" "${tried[$row]}" "${broken[$row]:-0}" "seed $seed, one in $every, $suite" >>"$work/rows"
    expect "$row: ${tried[$row]} points" test "${broken[$row]:-0}" = 0
  done < <(printf '%s\n' "${!tried[@]}" | sort)
  mv "$work/rows" "$results/updates.tsv"
}

is_proven() {
  local course code way
  note "SEED=$seed EVERY=$every"
  code=$(state_of_code)
  touch "$done_file"
  g++ -std=gnu++20 -O1 -fPIC -shared -o "$recorder" recorder/recorder.cpp -ldl
  quietly sets_up
  quietly trial reset whole
  layer >"$work/layer.before"
  for course in whole short back; do
    expect "an update that nobody disturbs ($course)" measure "$course"
    note "$course: $(cut --fields=2 "$work/$course.log" | sort | uniq -c | awk '{ printf "%s %s, ", $2, $1 }' | sed 's/, $//') calls"
  done
  expect "each trial begins with the same machine" is_reset
  # Without these, the rest proves nothing.
  (( failed == 0 )) || return 0
  if [[ -z ${ONLY:-} ]] && ! grep --quiet --fixed-strings "$code	what is wrong is found" "$done_file"; then
    expect "what is wrong is found" controls
    (( failed == 0 )) || return 0
    printf '%s\twhat is wrong is found\n' "$code" >>"$done_file"
  fi
  for way in ${WAYS:-kills second_kills errors power_cuts}; do "$way"; done
  report
}

[[ -n ${SUITE_DEB:-} ]] || { SUITE_DEB=$(../system/package.sh "$suite"); export SUITE_DEB; }
with_suite is_proven
