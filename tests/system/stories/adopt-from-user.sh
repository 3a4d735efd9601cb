#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A gateway that OpenClaw's installer made as a user's own unit: refused without that user's manager; moved to a hardened
# system unit as that user; kept from coming back; updated; put back where the system unit does not start; killed in the
# middle, there and back; given back byte for byte.
# Takes 200 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"
# shellcheck source=../user_manager.sh
source "$(dirname "$0")/../user_manager.sh"

allocate_port port
story "a gateway that is a user's own unit becomes a system unit, and the user's again"
mark=/var/lib/openclaw-update/moved/1000-openclaw-gateway.service

user_serves() { standin_serves_as user; }
system_serves() { standin_serves_as system && gateway_answers_version "$port" "$(standin "${1:-old}")"; }

adopt() { machine_run host openclaw-update adopt --from-user claw "$@"; }

main_process() { machine_run host systemctl show --property=MainPID --value openclaw-gateway; }

refused() {
  expect "a user without a manager is refused, and linger named" \
    says 'loginctl enable-linger visitor' machine_run host openclaw-update adopt --from-user visitor
  expect "a profile that is not there is not found" \
    says 'has no user unit openclaw-gateway-work.service' adopt --profile work
  expect "what would be done is told" says "would stop claw's user unit openclaw-gateway.service" adopt --dry-run
  expect "  with what it could not do any more" says "can no longer access claw's session" adopt --dry-run
  expect "  and what the config names" says 'ReadWritePaths=-/home/claw/work' adopt --dry-run
  expect "which changes nothing" files_of_user_are "$before"
  expect "and the gateway has noticed nothing" user_serves
}

moved() {
  expect "it is moved" timed adopt
  note "that took $elapsed s"
  expect "the system unit serves, as claw" system_serves
  expect "  as that user" says '^claw$' machine_run host ps -o user= -p "$(main_process)"
  expect "  without a capability" says '^CapBnd:.0+$' machine_run host grep CapBnd "/proc/$(main_process)/status"
  expect "  without another home" not machine_run host nsenter --target "$(main_process)" --mount ls /home/visitor
  expect "  without claw's session" not machine_run host nsenter --target "$(main_process)" --mount ls /run/user/1000
  expect "  with a home that it can read alone" not machine_run host nsenter --target "$(main_process)" --mount \
    setpriv --reuid=claw --clear-groups touch /home/claw/.bashrc
  expect "  and a state and a workspace that it writes" machine_run host nsenter --target "$(main_process)" --mount \
    setpriv --reuid=claw --clear-groups touch /home/claw/.openclaw/x /home/claw/work/x
  note "$(machine_run host systemd-analyze security openclaw-gateway --no-pager | tail -n 1)"
  expect "systemctl --user start refuses" not as_user systemctl --user start openclaw-gateway
  user_unit | quietly machine_put host /home/claw/.config/systemd/user/openclaw-gateway.service 600
  quietly machine_run host chown -R claw:claw /home/claw/.config
  quietly as_user systemctl --user daemon-reload
  expect "  also a unit that is written anew" not as_user systemctl --user restart openclaw-gateway
  expect "and the system's serves on" system_serves
}

rebooted() {
  quietly machine_shut_down host
  quietly machine_boot host
  quietly machine_run host systemctl start standin-registry
  expect "a boot brings up the system's alone" "$1_serves"
}

updated() {
  expect "it is updated" update_to host "$(standin good)"
  expect "  as the system's" system_serves good
  expect "and rolled back" machine_run host openclaw-update rollback
  expect "  as the system's" system_serves old
}

given_back() {
  expect "it is given back" says "claw's user unit openclaw-gateway.service runs again" machine_run host openclaw-update adopt --undo
  expect "the user's serves" user_serves
  expect "all files are as they were" files_of_user_are "$before"
}

put_back() {
  quietly machine_run host mv /usr/libexec/openclaw/openclaw-stage-deps /usr/libexec/openclaw/away
  expect "where the system unit does not start, that is said" says 'not adopted, and no file of it is left' adopt
  expect "  the user's serves again" user_serves
  expect "  and all files are as they were" files_of_user_are "$before"
  quietly machine_run host mv /usr/libexec/openclaw/away /usr/libexec/openclaw/openclaw-stage-deps
}

# killed_when FILE CMD...: kill -9 as soon as the file is there.
killed_when() {
  local file=$1
  shift
  machine_run host sh -c '"$@" & p=$!; for i in $(seq 3000); do [ -e "$0" ] && break; sleep 0.01; done
    kill -KILL $p; wait $p; [ $? = 137 ]' "$file" "$@"
}

# is_started_again: whichever of both runs.
is_started_again() {
  quietly machine_run host pkill -KILL -u claw node
  sleep 1
  wait_for 60 one_serves
}

killed() {
  expect "killed before anything is changed over" killed_when /var/lib/openclaw-update/adoption.json \
    openclaw-update adopt --from-user claw
  expect "  one gateway serves" one_serves
  quietly machine_run host openclaw-update adopt --undo
  expect "killed when it is only wished" killed_when "${mark/moved/to-move}" openclaw-update adopt --from-user claw
  expect "  one gateway serves" wait_for 60 one_serves
  expect "  and is started again when it dies" is_started_again
  quietly machine_run host openclaw-update adopt --undo
  expect "killed when the mark is written" killed_when "$mark" openclaw-update adopt --from-user claw
  expect "  one gateway serves" one_serves
  rebooted system
  expect "killed before the way back has begun" killed_when "${mark/moved/to-return}" openclaw-update adopt --undo
  expect "  one gateway serves" wait_for 60 one_serves
  expect "  and is started again when it dies" is_started_again
  quietly machine_run host sh -c 'openclaw-update adopt --undo; exec openclaw-update adopt --from-user claw'
  expect "killed on the way back" killed_when "${mark/moved/returned}" openclaw-update adopt --undo
  expect "  the user's serves" wait_for 60 user_serves
  quietly machine_run host openclaw-update adopt --undo
  expect "  and all files are as they were" files_of_user_are "$before"
}

moves_it() {
  user_gateway
  quietly machine_run host useradd --create-home --uid 1001 --shell /bin/bash visitor
  quietly machine_run host chmod 700 /home/visitor
  before=$(files_of_user)
  refused
  moved
  rebooted system
  updated
  given_back
  put_back
  killed
  expect "nothing is left over" update_has_no_leftovers host
}

with_suite moves_it
