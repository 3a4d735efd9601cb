#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# When the packages may be upgraded and removed: packaging/package-check on machines that are a few files in a mount
# namespace. Needs root.
# shellcheck disable=SC2016,SC2034 # what makes a machine is evaluated when its turn comes
set -euo pipefail

check=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)/packaging/package-check
if [[ -z ${IN_NAMESPACE:-} ]]; then
  exec env IN_NAMESPACE=1 unshare --mount --propagation private "${BASH_SOURCE[0]}"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"; printf "%s passed, %s failed\n" "$passed" "$failed"' EXIT
passed=0 failed=0
units=/etc/systemd/system state=/var/lib/openclaw-update
mkdir -p /etc/systemd

# The service manager knows of what is named in these two files.
mkdir "$work/bin"
cat >"$work/bin/systemctl" <<'SYSTEMCTL'
#!/bin/sh
case $1 in
  is-active) grep -qx "$2" "$WORK/active" && echo active || { echo inactive; exit 3; } ;;
  list-units) cat "$WORK/at-work" ;;
esac
SYSTEMCTL
chmod 755 "$work/bin/systemctl"
export PATH=$work/bin:$PATH WORK=$work

# machine SCRIPT: a machine on which nothing of OpenClaw is, and then what the script puts there.
machine() {
  local folder
  for folder in /etc/systemd /var/lib /run; do
    ! mountpoint --quiet "$folder" || umount "$folder"
    mount -t tmpfs tmpfs "$folder"
  done
  mkdir -p "$units/multi-user.target.wants" "$state/transactions/1" /run/systemd/system
  : >"$work/active"
  : >"$work/at-work"
  eval "$1"
}

# expect SENTENCE WHAT MACHINE PATTERN: the check refuses, and says that. Without a pattern, it lets it pass in silence.
expect() {
  local sentence=$1 what=$2 status=0 pattern=${4:-}
  machine "$3"
  "$check" "$what" >"$work/said" 2>&1 || status=$?
  if { [[ -n $pattern && $status == 1 ]] && grep --quiet --extended-regexp "$pattern" "$work/said"; } ||
     [[ -z $pattern && $status == 0 && ! -s $work/said ]]; then
    passed=$((passed + 1))
    printf 'ok - %s\n' "$sentence"
  else
    failed=$((failed + 1))
    printf 'not ok - %s\n' "$sentence"
    sed 's/^/#   /' "$work/said"
    printf '#   exit status %s\n' "$status"
  fi
}

shipped=/usr/share/openclaw-systemd/units/openclaw-gateway.service
hook='[Service]\nExecStartPre=/usr/libexec/openclaw/openclaw-stage-deps\n'

expect "a machine without a gateway lets the package go" removal true
expect "an open update keeps it" removal 'touch $state/open' 'update is open .*openclaw-update/open'
expect "its end is named as the next step" removal 'touch $state/open' 'openclaw-update recover$'
expect "an open update of a gateway with a name keeps it, and the step names that gateway" removal \
  'mkdir -p $state/gateways/alice && touch $state/gateways/alice/open' 'openclaw-update --gateway alice recover'
expect "updates that have ended do not" removal 'mkdir -p $state/transactions/2 $state/gateways/alice'
expect "a gateway that was moved from a user's own unit keeps it" removal \
  'echo "{\"moved_unit\": {\"name\": \"x\"}}" >$state/adoption.json' 'adopt --undo'
expect "a gateway that was adopted where it is does not" removal 'echo "{\"moved_unit\": null}" >$state/adoption.json'
expect "a shipped unit that runs keeps it" removal 'echo openclaw-gateway.service >$work/active' \
  'disable --now openclaw-gateway.service'
expect "so does one that is started at boot" removal \
  'ln -s /usr/lib/systemd/system/openclaw-gateway.service $units/multi-user.target.wants/' 'is enabled'
expect "and one that adopt has linked for a gateway with a name" removal \
  'ln -s $shipped $units/claw.service; echo claw.service >$work/active' 'disable --now claw.service'
expect "a unit of the operator's that runs does not, also by the shipped one's name" removal \
  'echo "[Service]" >$units/openclaw-gateway.service; echo openclaw-gateway.service >$work/active'
expect "nor does one of another name" removal 'echo "[Service]" >$units/own.service; echo own.service >$work/active'
expect "an update at work keeps the version that is there" upgrade \
  'echo "openclaw-update.service loaded activating start Update" >$work/at-work' 'in progress \(openclaw-update.service\)'
expect "an update that waits for its next boot does not" upgrade 'touch $state/open'
expect "nor does a machine without systemd" upgrade 'rm -r /run/systemd; echo "openclaw-update.service" >$work/at-work'
expect "a unit that starts the hook keeps its program" helpers-removal 'printf "$hook" >$units/own.service' 'own.service'
expect "a copy of the drop-in does, too" helpers-removal \
  'mkdir $units/own.service.d && printf "$hook" >$units/own.service.d/50.conf' '50.conf'
expect "a link to the drop-in goes with the package" helpers-removal \
  'mkdir $units/own.service.d && ln -s /usr/share/openclaw-systemd/50-stage-deps.conf $units/own.service.d/50.conf'
expect "a start that may fail is no reason" helpers-removal \
  'printf "[Service]\nExecStartPre=-/usr/libexec/openclaw/openclaw-stage-deps\n" >$units/own.service'
exit $((failed > 0))
