#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a shell offers: each command and option of the programs, and the gateways and releases that there are.
# Usage: completions.sh FOLDER-OF-PROGRAMS
set -euo pipefail

programs=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
completions=$(cd "$here/../../completions" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

fail() {
  printf 'not ok - %s\n' "$*"
  failed=1
}

bash -n "$completions/openclaw-systemd.bash" || fail "bash reads its file"
if command -v zsh >/dev/null; then zsh -n "$completions/_openclaw-systemd" || fail "zsh reads its file"; fi
if command -v fish >/dev/null; then
  fish --no-execute "$completions/openclaw-systemd.fish" || fail "fish reads its file"
fi

mkdir -p "$work/settings/gateways.d" "$work/state/releases/2026.9.5-1f3a9c2e"
: >"$work/settings/gateways.d/alice.ini"
: >"$work/state/releases/2026.9.5-1f3a9c2e.manifest"
PATH=$programs:$PATH
# shellcheck disable=SC2034 # of the file
_openclaw_settings=$work/settings _openclaw_state=$work/state
# shellcheck source=../../completions/openclaw-systemd.bash
source "$completions/openclaw-systemd.bash"

# offered WORD...: prints what bash offers for the last of them.
offered() {
  COMP_WORDS=("$@") COMP_CWORD=$(( $# - 1 )) COMPREPLY=()
  _openclaw_complete "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
  printf '%s\n' "${COMPREPLY[@]}"
}

# The same by the other two shells, for a line.
offered_by_zsh() { zsh -f "$here/completions.zsh" "$completions" "$*"; }
offered_by_fish() {
  # shellcheck disable=SC2016 # for fish to expand
  fish --no-config --command 'source $argv[1]; complete --do-complete $argv[2]' "$completions/openclaw-systemd.fish" "$*" |
    cut --fields=1
}

# offers EXPECTED WORD...: by each shell that is here; what is in folders of a host, only bash is asked about.
offers() {
  local expected=$1 found shell
  shift
  found=$(offered "$@" | paste -sd' ')
  [[ $found == "$expected" ]] || fail "bash: $*: offered '$found' instead of '$expected'"
  [[ $expected != *alice* && $expected != *2026* ]] || return 0
  for shell in zsh fish; do
    command -v "$shell" >/dev/null || continue
    found=$("offered_by_$shell" "$@" | LC_ALL=C sort | paste -sd' ')
    [[ $found == "$(tr ' ' '\n' <<<"$expected" | LC_ALL=C sort | paste -sd' ')" ]] ||
      fail "$shell: $*: offered '$found' instead of '$expected'"
  done
}

offers status openclaw-update sta
offers "unhold unpin" openclaw-update un
offers "--for --force" openclaw-update hold --fo
offers "--force" openclaw-update hold --forc
offers "alice default" openclaw-update --gateway ""
offers "2026.9.5 2026.9.5-1f3a9c2e" openclaw-update rollback 2026
offers "beta latest" openclaw-update --channel ""
offers "--from" openclaw-update changelog --fr
offers "2026.9.5" openclaw-update changelog --from 2026
offers "2026.9.5 2026.9.5-1f3a9c2e" openclaw-update export 2026
offers "create export import list remove restore verify" openclaw-update snapshot ""
offers "--transcripts" openclaw-update snapshot create --tr
offers "--min-free" openclaw-health --min
offers "--repair" openclaw-install-deps --rep
offers "" openclaw-update req

# Each long option of --help, whatever that looks like.
for program in openclaw-update openclaw-install-deps openclaw-health; do
  for option in $("$program" --help | grep --only-matching --extended-regexp -- '--[a-z][a-z-]+' | sort -u); do
    [[ $(offered "$program" "$option") == *"$option"* ]] || {
      # Examples name options of commands, and values of options.
      "$program" --help | grep --quiet --extended-regexp -- "^  (-[a-z],)?$option( |\$)" && fail "$program $option is offered"
    }
  done
done

(( failed == 0 )) && printf 'ok - completions\n'
exit "$failed"
