# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What a story is written in. A story file sources this, says `story`, then `expect` after `expect`; the summary line
# and the exit status come by themselves at its end, whichever way it ends.
# shellcheck source=machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
# shellcheck source=ports.sh
source "$(dirname "${BASH_SOURCE[0]}")/ports.sh"
# shellcheck source=openclaw.sh
source "$(dirname "${BASH_SOURCE[0]}")/openclaw.sh"
# shellcheck source=gateway.sh
source "$(dirname "${BASH_SOURCE[0]}")/gateway.sh"

suite=${DEBIAN_SUITE:-bookworm}   # the Debian suite of the story's machines
# Seconds after which a gateway that should become ready is given up: ten times what it needs on an idle host.
# shellcheck disable=SC2034 # for stories
patience=${STORY_PATIENCE:-240}
story_log=''
story_output=''
json_folder=''   # what programs printed for --json
passed=0 failed=0 skipped=0

# story SENTENCE: opens the story.
story() {
  story_log=${STORY_LOGS:-/var/tmp/openclaw-systemd-stories}/$(basename "$0" .sh)-$suite.log
  mkdir -p "$(dirname "$story_log")"
  : >"$story_log"
  json_folder=$(mktemp -d "${TMPDIR:-/var/tmp}/openclaw-systemd-json.XXXXXX")
  exec {story_output}>&1
  trap story_end EXIT
  # bash runs the trap of EXIT only if it exits by itself.
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 141' PIPE
  trap 'exit 143' TERM
  printf '# %s\n' "$1"
}

# expect SENTENCE CMD...: CMD must succeed. Its output goes to the story's log, the end of it to the reader if it fails.
expect() {
  # What a story calls would see a plain name instead of its own variable.
  local sentence=$1 expect_from status=0
  shift
  expect_from=$(( $(wc -l <"$story_log") + 1 ))
  printf '\n=== %s\n+ %s\n' "$sentence" "$*" >>"$story_log"
  "$@" >>"$story_log" 2>&1 || status=$?
  if (( status == 0 )); then
    passed=$(( passed + 1 ))
    printf 'ok - %s\n' "$sentence"
  else
    failed=$(( failed + 1 ))
    printf 'not ok - %s (status %s)\n' "$sentence" "$status"
    tail -n "+$expect_from" "$story_log" | tail -n 25 | sed 's/^/#   /'
    machines_tell >>"$story_log" 2>&1
  fi
}

# timed CMD...: runs it and sets `elapsed` to the seconds that it took.
timed() {
  local start=${EPOCHREALTIME/[.,]/} status=0 microseconds
  "$@" || status=$?
  microseconds=$(( ${EPOCHREALTIME/[.,]/} - start ))
  # shellcheck disable=SC2034 # for stories
  elapsed=$(( microseconds / 1000000 )).$(printf %06d $(( microseconds % 1000000 )) | cut -c1-2)
  return "$status"
}

# note SENTENCE: tells a figure.
note() {
  printf '# %s\n' "$1" | tee -a "$story_log"
}

# quietly CMD...: a step of the story that is no expectation; what it prints goes to the log.
quietly() {
  printf '\n+ %s\n' "$*" >>"$story_log"
  "$@" >>"$story_log" 2>&1
}

# without_suite FUNCTION ARG...: runs the half of the story that shows what goes wrong without the package under test,
# or counts it as skipped where STORY_GREEN asks for the other half alone.
without_suite() {
  if [[ -z ${STORY_GREEN:-} ]]; then
    "$@"
  else
    skipped=$(( skipped + 1 ))
    printf 'skipped - %s\n' "${1//_/ }"
  fi
}

# with_suite FUNCTION: runs the half of the story that needs the package under test, or counts it as skipped.
with_suite() {
  if suite_present; then
    "$1"
  else
    skipped=$(( skipped + 1 ))
    printf 'skipped - %s: SUITE_DEB names no package\n' "${1//_/ }"
  fi
}

# not CMD...: succeeds if CMD fails.
not() {
  ! "$@"
}

# says PATTERN CMD...: does the output of CMD, whatever its status, match the extended regular expression?
says() {
  local pattern=$1 output
  shift
  output=$("$@" 2>&1) || true
  printf '%s\n' "$output"
  grep --quiet --extended-regexp "$pattern" <<<"$output"
}

# json_fits: is all that programs printed for --json one object each, as its schema has it?
json_fits() {
  local complaints
  if complaints=$("$(dirname "${BASH_SOURCE[0]}")/json_fits.py" "$json_folder" 2>&1); then
    [[ -z $complaints ]] || { passed=$(( passed + 1 )); printf 'ok - %s\n' "$complaints"; }
  else
    failed=$(( failed + 1 ))
    printf 'not ok - what is printed for --json fits its schema\n'
    tail -n 25 <<<"$complaints" | sed 's/^/#   /'
  fi
  rm -rf "$json_folder"
}

story_end() {
  local status=$?
  trap - EXIT
  trap '' HUP INT PIPE TERM
  exec >&"$story_output" 2>&1   # it may have come here from the middle of an expectation
  set +e   # the rest has to be done whatever of it fails
  if (( status != 0 )); then
    failed=$(( failed + 1 ))
    printf 'not ok - the story ended early (status %s), see %s\n' "$status" "$story_log"
    tail -n 25 "$story_log" | sed 's/^/#   /'
  fi
  json_fits
  machines_close || printf '# something of the machines is left in %s\n' "$machines"
  printf '%s passed, %s failed%s\n' "$passed" "$failed" "$( (( skipped == 0 )) || printf ', %s skipped' "$skipped")"
  exit $(( failed > 0 || passed == 0 ))
}
