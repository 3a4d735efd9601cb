#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# OpenClaw as its operators have it: of pnpm 10 and 12, of bun, found by a login shell's profile, of nvm, fnm, mise, volta,
# asdf and Homebrew. Each gateway is adopted while it runs, started from its release, and given back; those of pnpm 12, bun
# and nvm are updated, too. What a logout and the removal of a Node break is said, or does not break any more.
# Takes 300 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"
# shellcheck source=../operators.sh
source "$(dirname "$0")/../operators.sh"

allocate_port port
story "installations as operators have them, each adopted and given back, with a stand-in"
current=/var/lib/openclaw-update/current

unit_is() {
  machine_run host systemctl "$1" "claw-$2"
}

pid_of() {
  machine_run host systemctl show --property=MainPID --value "claw-$1"
}

is_still() {
  [[ $(pid_of "$1") == "$2" ]]
}

# serves LAYOUT NAME: that release, as it says itself.
serves() {
  local version
  version=$(standin "$2")
  machine_run host systemctl is-active "claw-$1" && gateway_is_ready "$port" && gateway_answers_version "$port" "$version"
}

# runs_from LAYOUT FOLDER: the script that the Node of the unit has.
runs_from() {
  says " $2/" machine_run host sh -c 'for pid in $(cat "/sys/fs/cgroup$(systemctl show --property=ControlGroup \
    --value "$1")/cgroup.procs"); do tr "\0" " " <"/proc/$pid/cmdline"; echo; done' sh "claw-$1"
}

# unit_files: all of the administrator's, with content, mode and owner.
unit_files() {
  machine_run host sh -c 'find /etc/systemd/system -printf "%p %m %u %g %l\n" | sort
    find /etc/systemd/system -type f -exec sha256sum {} + | sort'
}

unit_files_are() {
  diff <(printf '%s\n' "$1") <(unit_files)
}

# starts LAYOUT: its operator has it so, and it serves.
starts() {
  quietly "operator_${1//-/_}"
  quietly unit_is start "$1"
  expect "$1: a gateway serves" wait_for 60 serves "$1" old
  before=$(unit_files)
}

# is_adopted LAYOUT [PATTERN]: adopt says that, too.
is_adopted() {
  local pid
  pid=$(pid_of "$1")
  expect "  adopted" says "${2:-is adopted}" machine_run host openclaw-update adopt "claw-$1"
  expect "  the gateway has not noticed" is_still "$1" "$pid"
  quietly unit_is restart "$1"
  expect "  it serves from the release" wait_for 60 serves "$1" old
  expect "  which its process shows" runs_from "$1" "$current"
}

is_updated() {
  expect "  updated" update_to host "$(standin good)"
  expect "  it serves the new release" serves "$1" good
}

# is_rolled_back LAYOUT: to what can be given back.
is_rolled_back() {
  expect "  rolled back" machine_run host openclaw-update rollback
  expect "  it serves the old release" serves "$1" old
}

# is_given_back LAYOUT FOLDER [OPTION...]: its package is in a folder of that kind.
is_given_back() {
  local layout=$1 folder=$2
  shift 2
  expect "  given back" machine_run host openclaw-update adopt --undo "$@"
  expect "  the unit files are as they were" unit_files_are "$before"
  quietly unit_is restart "$layout"
  expect "  the old gateway serves" wait_for 60 serves "$layout" old
  expect "  from where it was installed" runs_from "$layout" "$folder"
}

# ends LAYOUT: its port is the next one's.
ends() {
  quietly unit_is stop "$1"
}

# comes_and_goes LAYOUT FOLDER [updated]
comes_and_goes() {
  starts "$1"
  is_adopted "$1"
  if [[ -n ${3:-} ]]; then
    is_updated "$1"
    is_rolled_back "$1"
  fi
  is_given_back "$1" "$2"
  ends "$1"
}

# --- those about which there is more to tell

by_a_login_shell() {
  starts login
  quietly unit_is stop login
  expect "  not running, it is not guessed at" says 'start it, and then adopt it' machine_run host openclaw-update adopt claw-login
  quietly unit_is start login
  wait_for 60 serves login old
  is_adopted login 'gets EDITOR, PATH no more from the profile of its login shell'
  is_given_back login /home/login/.npm-global/bin
  ends login
}

# Without a package under test: what an operator of fnm meets at the next boot.
logs_out() {
  quietly machine_start host "$suite" "$(node_layer 24)"
  quietly standin_registry_start host "$(standin_registry_port "$port")"
  starts fnm
  quietly operator_fnm_logout
  quietly unit_is restart fnm
  expect "  after a logout it does not start any more" wait_for 30 unit_is is-failed fnm
  quietly machine_stop host
}

of_fnm() {
  local node=/home/fnm/.local/share/fnm/node-versions/v$operators_node/installation/bin/node
  starts fnm
  is_adopted fnm "may be gone after a logout.* started with $node"
  quietly operator_fnm_logout
  quietly unit_is restart fnm
  expect "  after a logout it starts" wait_for 60 serves fnm old
  quietly operator_fnm_login
  is_given_back fnm "$(operator_fnm_shell)"
  ends fnm
}

# As the note says.
let_workers_see_node() {
  local worker prefix=/home/nvm/.nvm/versions/node/v$operators_node
  for worker in openclaw-fetch openclaw-finish; do
    printf '[Service]\nProtectHome=tmpfs\nBindReadOnlyPaths=-%s/bin -%s/lib/node_modules\n' "$prefix" "$prefix" |
      machine_put host "/etc/systemd/system/$worker@.service.d/60-node.conf"
  done
  machine_run host systemctl daemon-reload
}

hide_node_from_workers() {
  machine_run host rm -r /etc/systemd/system/openclaw-fetch@.service.d /etc/systemd/system/openclaw-finish@.service.d
  machine_run host systemctl daemon-reload
}

of_nvm() {
  local prefix=/home/nvm/.nvm/versions/node/v$operators_node pid
  starts nvm
  is_adopted nvm "ProtectHome=tmpfs.*BindReadOnlyPaths=-$prefix/bin -$prefix/lib/node_modules"
  pid=$(pid_of nvm)
  expect "  no update begins while the workers do not see its Node" \
    says "$prefix/bin/node" update_to host "$(standin good)"
  expect "  the gateway ran on" is_still nvm "$pid"
  quietly let_workers_see_node
  is_updated nvm
  node_is_removed
  quietly hide_node_from_workers
  is_given_back nvm "$prefix/lib/node_modules/openclaw"
  ends nvm
}

# nvm uninstall, which takes along what was installed by its npm -g.
node_is_removed() {
  local prefix=/home/nvm/.nvm/versions/node/v$operators_node
  quietly machine_run host systemctl start openclaw-watchdog
  quietly machine_run host mv "$prefix" /root/removed
  quietly unit_is restart nvm
  expect "  its Node is removed, and it does not start" wait_for 30 unit_is is-failed nvm
  expect "  the watchdog says why, and where to read on" wait_for 60 watchdog_says 'does not exist.*Node in openclaw-update'
  expect "  an update says so, too" says "$prefix/bin/node .*node=" update_to host "$(standin slow)"
  expect "  it is not given back to what is not there" \
    says 'no OpenClaw package at .*overrides this' machine_run host openclaw-update adopt --undo
  quietly another_node
  expect "  with another Node, as the manual has it, it starts" wait_for 60 serves nvm good
  is_rolled_back nvm
  quietly machine_run host systemctl stop openclaw-watchdog
  quietly no_other_node
  quietly machine_run host mv /root/removed "$prefix"
}

watchdog_says() {
  says "$1" machine_run host journalctl --no-pager --output=cat --unit=openclaw-watchdog
}

another_node() {
  printf '[Service]\nExecStart=\nExecStart=/usr/bin/node %s/dist/index.js gateway --port %s\n' "$current" "$port" |
    machine_put host /etc/systemd/system/claw-nvm.service.d/60-node.conf
  printf '[gateway]\nnode = /usr/bin/node\n' | machine_put host /etc/openclaw/helpers.ini.d/60-node.ini
  machine_run host systemctl daemon-reload
  unit_is start nvm
}

no_other_node() {
  machine_run host rm /etc/systemd/system/claw-nvm.service.d/60-node.conf /etc/openclaw/helpers.ini.d/60-node.ini
  machine_run host systemctl daemon-reload
}

operators_have_them() {
  quietly standin_machine host "$port" "$(operators_layer)"
  comes_and_goes pnpm-10 '/home/pnpm-10/.local/share/pnpm/global/5/.pnpm/openclaw@[^ ]*'
  comes_and_goes pnpm-12 '/home/pnpm-12/.local/share/pnpm/bin/../global/v11/[0-9a-f]*/node_modules/openclaw' updated
  comes_and_goes bun /home/bun/.bun/bin updated
  by_a_login_shell
  of_nvm
  of_fnm
  comes_and_goes mise '/home/mise/.local/share/mise/installs/npm-openclaw/[^ ]*'
  comes_and_goes volta /home/volta/.volta/tools/image/packages/openclaw/bin
  comes_and_goes asdf "/home/asdf/.asdf/installs/nodejs/$operators_node/bin"
  comes_and_goes linuxbrew /home/linuxbrew/.linuxbrew/bin
  expect "nothing is left over" update_has_no_leftovers host
}

without_suite logs_out
with_suite operators_have_them
