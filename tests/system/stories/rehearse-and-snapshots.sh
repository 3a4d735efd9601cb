#!/usr/bin/env bash
# An update is rehearsed: the release is fetched, sealed and booted on a copy, and the gateway has not noticed. The update
# then needs no download. A snapshot is made by hand, outlives an update, and is put back: the gateway runs on what it
# held, and what came since is set aside.
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
  expect "a release that fails on the copy is refused" ends_with 77 rehearse "$(standin exits)"
  expect "  and not quarantined" not is_quarantined "$(standin exits)"
  expect "  the gateway ran on" gateway_is_still "$pid"
  quietly machine_run host openclaw-update hold "release party"
  expect "a hold keeps nobody from a rehearsal" rehearse "$(standin good)"
  expect "but from the update" ends_with 77 update_to host "$(standin good)"
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
  expect "  and refused" ends_with 77 snapshot restore "$name"
  expect "  the gateway serves" gateway_serves_version migrating
  expect "it is removed" snapshot remove "$name"
  expect "  and gone" not kept "$name"
}

rehearsed_and_kept() {
  the_first_release
  rehearsals
  a_killed_rehearsal
  the_update_proper
  snapshots
}

with_suite rehearsed_and_kept
