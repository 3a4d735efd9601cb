#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An update is rehearsed: the release is fetched, sealed and booted on a copy, and the gateway has not noticed. The update
# then needs no download. A snapshot is made by hand, outlives an update, and is put back: the gateway runs on what it
# held, and what came since is set aside. As a file it goes to another place, and comes back.
# Takes 200 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
story "a rehearsal, and snapshots on demand"
state=/var/lib/openclaw/.openclaw

the_first_release() {
  quietly standin_machine host "$port"
  standin_setting host canary boot yes
  expect "the old release is installed" update_to host "$(standin old)"
  expect "and serves" gateway_serves_version old
}

rehearse() {
  machine_run host openclaw-update rehearse "$@"
}

# rehearsal_has FILTER [VALUE]: does the jq filter hold of the last one?
rehearsal_has() {
  status_has ".last_rehearsal | $1" "${2:-}"
}

is_sealed() {
  machine_run host sh -c "ls -d /var/lib/openclaw-update/releases/$(standin "$1")-*"
}

rehearsals() {
  local pid
  pid=$(gateway_pid)
  expect "a release is rehearsed" rehearse "$(standin good)"
  expect "  the gateway ran on" gateway_is_still "$pid"
  expect "  the release is sealed" is_sealed good
  expect "  the report has a time to become ready" rehearsal_has '.outcome == "rehearsed" and .rehearsal.downtime.ready_after_ms > 0'
  expect "  and Node, and room" rehearsal_has '.rehearsal.node.version != "" and .rehearsal.size.files > 0'
  expect "  the last update is still the one before" status_has '.last_update.outcome == "updated"'
  expect "  nothing is left over" update_has_no_leftovers host
  expect "a release that fails on the copy is refused" ends_with 3 rehearse "$(standin exits)"
  expect "  and not quarantined" not is_quarantined "$(standin exits)"
  expect "  the gateway ran on" gateway_is_still "$pid"
  quietly machine_run host openclaw-update hold "release party"
  expect "a hold keeps nobody from a rehearsal" rehearse "$(standin good)"
  expect "but from the update" ends_with 4 update_to host "$(standin good)"
  quietly machine_run host openclaw-update unhold
  expect "the unit of the timer rehearses, too" machine_run host systemctl start openclaw-update-rehearse.service
  expect "  the gateway ran on" gateway_is_still "$pid"
}

# rehearsal_is_killed: its updater, in the middle of a canary that takes 20 s.
rehearsal_is_killed() {
  local rehearsal
  rehearse "$(standin slow)" &
  rehearsal=$!
  wait_for 60 machine_run host pgrep -f 'openclaw-canary .*boot'
  machine_run host systemctl kill --signal=KILL --kill-whom=main openclaw-update-rehearse.service
  ! wait "$rehearsal"
}

a_killed_rehearsal() {
  local pid
  pid=$(gateway_pid)
  expect "a rehearsal whose updater is killed is ended" rehearsal_is_killed
  wait_for 60 not machine_run host test -e /var/lib/openclaw-update/open
  expect "  as refused" rehearsal_has '.outcome == "refused"'
  expect "  the gateway ran on" gateway_is_still "$pid"
  expect "  nothing is left over" update_has_no_leftovers host
}

fetched_by_last_update() {
  local id
  id=$(machine_run host openclaw-update status --json | jq --raw-output .last_update.id)
  machine_run host journalctl --no-pager --unit="openclaw-fetch@$id.fetch" --output=cat | grep .
}

the_update_proper() {
  expect "the update takes what was rehearsed" update_to host "$(standin good)"
  expect "  and serves" gateway_serves_version good
  expect "  without a download" not fetched_by_last_update
}

snapshot() {
  machine_run host openclaw-update snapshot "$@"
}

# kept NAME: is it there, as it was?
kept() {
  snapshot list --json | jq --exit-status --arg name "$1" 'any(.snapshots[]; .name == $name and .condition == "present")'
}

mark() {
  printf '%s' "$1" | machine_put host "$state/cron/mark.json"
  machine_run host chown -R openclaw: "$state/cron"
}

mark_is() {
  says "^$1\$" machine_run host cat "$state/cron/mark.json"
}

snapshots() {
  local name
  quietly mark earlier
  expect "a snapshot is made by hand" snapshot create --json
  name=$(snapshot list --json | jq --raw-output '[.snapshots[] | select(.origin == "by hand")][-1].name')
  expect "  it is listed" kept "$name"
  expect "  and verified" snapshot verify "$name"
  expect "  for its user alone" not machine_run host runuser --user=nobody -- ls /var/lib/openclaw/snapshots
  quietly mark later
  expect "it is put back" snapshot restore "$name"
  expect "  the gateway serves" gateway_serves_version good
  expect "  with what the snapshot held" mark_is earlier
  expect "  what came since is set aside" says later machine_run host sh -c \
    "cat /var/lib/openclaw/snapshots/$name/set-aside/*/state/cron/mark.json"
  expect "an update that migrates the database" update_to host "$(standin migrating)"
  expect "  leaves it alone" kept "$name"
  quietly machine_run host sh -c "echo altered > /var/lib/openclaw/snapshots/$name/files/state/cron/mark.json"
  expect "one that its user has altered is told" ends_with 65 snapshot verify "$name"
  expect "  and refused" ends_with 3 snapshot restore "$name"
  expect "  the gateway serves" gateway_serves_version migrating
  expect "it is removed" snapshot remove "$name"
  expect "  and gone" not kept "$name"
}

in_root() {
  machine_run host sh -c "cd /root && umask 022 && $1"
}

name_of_import() {
  snapshot list --json | jq --raw-output '[.snapshots[] | select(.origin | startswith("import of"))][-1].name'
}

# files_of_snapshots: of what is in the gateway's state and of what root knows.
files_of_snapshots() {
  machine_run host sh -c 'find /var/lib/openclaw/snapshots /var/lib/openclaw-update/snapshots \
    /var/lib/openclaw-update/requests | sort'
}

archives() {
  local name before
  quietly mark earlier
  quietly snapshot create
  name=$(snapshot list --json | jq --raw-output '[.snapshots[] | select(.origin == "by hand")][-1].name')
  expect "a snapshot is exported" in_root "openclaw-update snapshot export backup.tar $name"
  expect "  for root alone" says '^600 root:root$' in_root "stat --format='%a %U:%G' backup.tar"
  expect "  with what it is of" says "\"version\": \"$(standin migrating)\"" in_root \
    "tar --extract --to-stdout --file=backup.tar $name/openclaw-snapshot.json"
  expect "  and takes no other file's place" ends_with 3 in_root "openclaw-update snapshot export backup.tar $name"
  quietly snapshot remove "$name"
  before=$(files_of_snapshots)
  expect "one that is cut off is not imported" ends_with 65 in_root \
    "head --bytes=6000 backup.tar > cut.tar && openclaw-update snapshot import cut.tar"
  expect "  and leaves nothing" test "$before" == "$(files_of_snapshots)"
  expect "the whole one is" in_root "openclaw-update snapshot import - < backup.tar"
  expect "  it is listed" kept "$(name_of_import)"
  expect "  and verified" snapshot verify "$(name_of_import)"
  quietly mark later
  expect "  and put back" snapshot restore "$(name_of_import)"
  expect "  the gateway serves" gateway_serves_version migrating
  expect "  with what it held" mark_is earlier
  before=$(files_of_snapshots)
  expect "what is there now goes through a pipe" in_root \
    "openclaw-update snapshot export - | tar --list --file=- | grep --quiet files/state/cron/mark.json"
  expect "  and leaves nothing" test "$before" == "$(files_of_snapshots)"
  expect "a full disk fails it" ends_with 73 in_root "openclaw-update snapshot export - > /dev/full"
  expect "  and leaves nothing" test "$before" == "$(files_of_snapshots)"
}

rehearsed_and_kept() {
  the_first_release
  rehearsals
  a_killed_rehearsal
  the_update_proper
  snapshots
  archives
}

with_suite rehearsed_and_kept
