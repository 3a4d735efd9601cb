#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Hosts that somebody else has taken over: what they answer must not reach the control machine. No machine is needed; a
# program in the place of ssh is each of these hosts. By itself, or in the beginning of tests/system/fleet.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/var/tmp}/openclaw-systemd-hostile.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
output=$work/output
report=$work/report
failed=0

expect() {
  local sentence=$1
  shift
  if "$@" >"$work/said" 2>&1; then
    printf 'ok - %s\n' "$sentence"
  else
    failed=1
    printf 'not ok - %s\n' "$sentence"
    sed 's/^/#   /' "$work/said"
  fi
}

not() {
  ! "$@"
}

# play PLAYBOOK [OPTION...]: what it prints is in $output.
play() {
  ANSIBLE_CONFIG=$work/ansible.cfg timeout 300 ansible-playbook -i "$work/inventory" "openclaw.systemd.$1" "${@:2}" >"$output" 2>&1 </dev/null
}

set_up() {
  mkdir -p "$work/ansible_collections/openclaw" "$work/site"
  ln -s "${COLLECTION:-$source_root/contrib/ansible}" "$work/ansible_collections/openclaw/systemd"
  cat >"$work/ansible.cfg" <<CFG
[defaults]
collections_path = $work
home = $work/home
interpreter_python = /usr/bin/python3
internal_poll_interval = 0.02
localhost_warning = no
forks = 10
[ssh_connection]
pipelining = true
ssh_args = -o ControlMaster=no
transfer_method = piped
CFG
  for file in release.tar release.tar.sig helpers.deb; do printf 'this is %s\n' "$file" >"$work/site/$file"; done
  printf 'this is the secret of the control machine\n' >"$work/secret"
}

# host NAME [VARIABLE=VALUE...]
host() {
  local name=$1 folder=$work/hosts/$1 program
  mkdir -p "$folder"
  ln -s "$here/hostile-host" "$folder/ssh"
  for program in openclaw-update openclaw-health systemctl journalctl; do ln -s "$here/simulated-host" "$folder/$program"; done
  printf '1.0' >"$folder/version"
  # As a template of Ansible's.
  printf "{{ lookup('pipe', 'touch %s') }}\n" "$work/ran-by-$name" >"$folder/says"
  printf '%s ansible_ssh_executable=%s/ssh ansible_remote_tmp=%s/tmp openclaw_rollout_programs=%s %s\n' \
    "$name" "$folder" "$folder" "$folder" "${*:2}" >>"$work/inventory"
}

inventory_begins() {
  rm -rf "$work/hosts"
  printf '[openclaw:vars]\nansible_become=false\n%s\n[openclaw]\n' "$1" >"$work/inventory"
}

# loses NAME CALL...: its connection, when a module is run for the time of that number.
loses() {
  printf '%s\n' "${*:2}" >"$work/hosts/$1/loses"
}

facts_of_thief() {
  jq --null-input --arg secret "$work/secret" --arg decoy "$work/decoy" '{
    openclaw_rollout_archive: $secret, openclaw_rollout_report_file: $decoy, openclaw_rollout_settle: 40,
    openclaw_debs: [$secret], openclaw_apt_key: $secret, openclaw_source: "deb", inventory_dir: "/nonexistent",
    ansible_distribution_release: "bookworm"}'
}

ran_commands() {
  ls "$work"/ran-by-*
}

have_received() {
  grep --recursive --text --files-with-matches --fixed-strings "$1" "$work/hosts"
}

report_says() {
  cat "$report" "$output"
  grep --quiet --extended-regexp "$1" "$report"
}

rollout_of_hostile_hosts() {
  local name
  inventory_begins "openclaw_rollout_report_file=$report
openclaw_rollout_settle=1
openclaw_rollout_skip_unreachable=true
openclaw_rollout_connection_timeout=10"
  # The first one is asked for what is done once for all.
  host thief
  host mule openclaw_rollout_archive=site/release.tar
  host torn openclaw_rollout_archive=site/release.tar
  for name in lost-1 lost-2 lost-3 lost-2-4 kept-2 kept-3; do host "$name"; done
  for name in thief mule; do facts_of_thief >"$work/hosts/$name/facts"; done
  printf '{"remaining": 50}' >"$work/hosts/thief/lies"
  # While the archive is copied, and its signature cannot be.
  loses torn 3
  printf 'copy' >"$work/hosts/torn/fails"
  loses lost-1 1
  loses lost-2 2
  loses lost-3 3
  loses lost-2-4 2 4
  # Those of the second wave are only looked at, and put on hold.
  loses kept-2 2
  loses kept-3 3
  expect "a rollout to hosts that somebody has taken over fails" \
    not play rolling -e openclaw_rollout_version=2.0 -e '{"openclaw_rollout_waves": [6, "100%"]}'
  expect "nothing that they print when a connection is lost is run" not ran_commands
  expect "a file that their facts name is not copied to them" not have_received 'the secret'
  expect "the file that is named by the inventory is" have_received 'this is release.tar'
  expect "with its signature" have_received 'this is release.tar.sig'
  expect "the report is where the inventory says" report_says '^rollout of 2.0 to 9 hosts: STOPPED by 3 failures'
  expect "and not where their facts say" test ! -e "$work/decoy"
  expect "no host prolongs the settle time of the others" grep '^Pausing for 1 seconds' "$output"
  expect "a host that is lost in its update is asked again" report_says 'updated: lost-2, mule, thief'
  expect "one that is lost twice has failed" report_says 'lost-2-4 at connection: the host cannot be reached'
  expect "so has one that is lost before it is proven" report_says 'lost-3 at connection'
  expect "and one that cannot get the archive" report_says 'torn at ansible: copy'
  expect "what is lost in the beginning is listed, and what it printed is no template" report_says 'lost-1 at connection: .*\(\( ?lookup'
  expect "of those that follow, the report says that they are not on hold" report_says 'NOT on hold: kept-\[2:3\]'
}

gateways_of_hostile_hosts() {
  inventory_begins "openclaw_source=deb
openclaw_debs=['site/helpers.deb', 'site/release.tar']
openclaw_gateways=[{'from': 'none'}]"
  host thief
  facts_of_thief >"$work/hosts/thief/facts"
  expect "such a host is set up as any other" play gateways
  expect "a file that its facts name is not copied to it" not have_received 'the secret'
  expect "the files that are named by the inventory are" have_received 'this is release.tar'
}

set_up
rollout_of_hostile_hosts
gateways_of_hostile_hosts
"$here/answers.py" || failed=1
(( failed == 0 ))
