#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Who looks after a gateway without root: members of openclaw-operators update it and restart it, and no more than that;
# everybody else sees versions and outcomes. What is run when an update has ended runs without rights.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
story "operators look after a gateway without root"

as() {
  machine_run_as host "$@"
}

# may_not STATUS USER CMD...: it ends so, and the gateway's process is the one that it was.
may_not() {
  local pid
  pid=$(gateway_pid)
  ends_with "$1" as "${@:2}" && [[ $(gateway_pid) == "$pid" ]]
}

# denied USER CMD...: the service manager refuses, and nothing of ours has run.
denied() {
  local pid
  pid=$(gateway_pid)
  not as "$@" && [[ $(gateway_pid) == "$pid" ]] && not machine_run host test -e /made-by-a-member
}

has_users() {
  quietly standin_machine host "$port" "$(suite_dependencies "$suite" polkitd)"
  quietly machine_run host systemctl daemon-reload
  quietly machine_run host useradd --create-home member
  quietly machine_run host useradd --create-home stranger
  quietly machine_run host usermod --append --groups openclaw-operators member
  quietly update_to host "$(standin old)"
  expect "a gateway runs" gateway_serves_version old
}

sees() {
  expect "a stranger sees whether it serves" says "health +ready" as stranger openclaw-update status
  expect "and how the last update ended" says "last update .*: updated none -> $(standin old)" \
    as stranger openclaw-update status
  expect "as JSON" says '"whole": false' as stranger openclaw-update status --json
  expect "a member sees it, too" says "last update .*: updated" as member openclaw-update status
  expect "with all there is to know" says '"whole": true' as member openclaw-update status --json
  expect "the history needs no root" says 'installed .* for the first time' as member openclaw-update history
  expect "openclaw-health needs none either" ends_with 0 as stranger openclaw-health
  expect "in JSON" says '"ready": true' as stranger openclaw-health --json
  expect "a state that cannot be written to is no readiness for its user" ends_with 1 as stranger openclaw-health --writable
  expect "and is no obstacle to life" ends_with 0 as stranger openclaw-health --live
  expect "a file system with less room than asked for is none either" ends_with 1 \
    machine_run host openclaw-health --min-free 999T
}

updates() {
  expect "a member asks for what is newer" ends_with 1 as member openclaw-update check
  expect "and sees it in the status" says "newest +$(standin good)" as member openclaw-update status
  expect "a dry run says the same" says "$(standin good)" as member openclaw-update --dry-run
  expect "a stranger may not ask" ends_with 2 as stranger openclaw-update check
  expect "nor update, and hears who may" says 'openclaw-operators' as stranger openclaw-update
  expect "which is a status of its own" may_not 77 stranger openclaw-update
  expect "a member updates" ends_with 0 as member openclaw-update
  expect "and the new version serves" gateway_serves_version good
  expect "nothing newer is left" ends_with 0 as member openclaw-update check
  expect "a named version, older than this one, is refused to a member" may_not 3 member openclaw-update --to "$(standin old)"
}

is_limited() {
  local word
  for word in "--force" "rollback" "hold" "pin 2026.9.6" "unpin" "prune" "adopt" "recover" "snapshot list" "--channel beta"; do
    # shellcheck disable=SC2086 # several words
    expect "openclaw-update $word is root's" may_not 77 member openclaw-update $word
  done
  expect "a member restarts the gateway" as member systemctl restart openclaw-gateway.service
  quietly wait_for 60 gateway_is_ready "$port"
  for word in stop kill reload mask disable; do
    expect "but has no $word" denied member systemctl "$word" openclaw-gateway.service
  done
  expect "and no other unit" denied member systemctl restart systemd-journald.service
  expect "none of the workers" denied member systemctl start openclaw-fetch@x.service
  expect "nor a setting of a unit" denied member systemctl set-property --runtime openclaw-update.service CPUWeight=1
  for word in openclaw-update openclaw-update@9.9.9 openclaw-gateway openclaw-update-check@x; do
    expect "no unit of that name is made on the spot: $word" denied member \
      systemd-run --unit="$word" --wait touch /made-by-a-member
  done
  expect "a stranger does not restart it" denied stranger systemctl restart openclaw-gateway.service
}

is_held() {
  quietly machine_run host openclaw-update hold --for 1h "release party"
  expect "a hold holds for a member, by a status of its own" may_not 4 member openclaw-update --to "$(standin slow)"
  expect "who sees the reason" says 'on hold +release party' as member openclaw-update status
  quietly machine_run host openclaw-update unhold
  quietly machine_run host openclaw-update pin "$(standin good)"
  expect "so does a pin" may_not 4 member openclaw-update --to "$(standin slow)"
  expect "and what is pinned is up to date" ends_with 0 as member openclaw-update
  quietly machine_run host openclaw-update unpin
}

is_told() {
  # shellcheck disable=SC2016 # the command's own
  standin_setting host notify command 'logger --tag notified "$(id --user): $(cat)"'
  expect "an update that fails is rolled back" ends_with 1 as member openclaw-update --to "$(standin exits)"
  expect "and a command hears of it, without rights" \
    wait_for 30 says 'notified.* [1-9][0-9]*: .*"outcome":"rolled-back"' machine_run host journalctl --no-pager -t notified
  standin_setting host notify command 'exit 3'
  expect "a command that fails changes no outcome" ends_with 1 update_to host "$(standin exits)" --force
  expect "and its unit has failed, by name" wait_for 30 machine_run host systemctl is-failed openclaw-update-notify@rolled-back
  quietly machine_run host systemctl mask --runtime openclaw-update-notify@.service
  expect "nor does a unit that cannot be started" ends_with 1 update_to host "$(standin exits)" --force
  expect "  which the journal of the update names" says 'openclaw-update-notify@rolled-back.service' \
    machine_run host journalctl --no-pager --identifier=openclaw-update --lines=30
  quietly machine_run host systemctl unmask --runtime openclaw-update-notify@.service
  expect "the gateway serves" gateway_serves_version good
  expect "a member sees why" says "last update .*rolled-back .*ended" as member openclaw-update status
  expect "a stranger sees that" says "last update .*: rolled-back" as stranger openclaw-update status
  expect "and not why" not says "last update .*ended" as stranger openclaw-update status
}

look_after_it() {
  has_users
  sees
  updates
  is_limited
  is_held
  is_told
}

with_suite look_after_it
