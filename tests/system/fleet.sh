#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Many machines: contrib/ansible over ssh, from this host to five machines in a network namespace of their own. Three
# install OpenClaw, one has a user unit that is moved, one has two units that are adopted, one of them with a name. The
# stand-in imitates OpenClaw and its registry. After that, a rollout to very many hosts that are only folders.
# SUITE_DEB names the package; `tests/run fleet` calls this. The machines take about half an hour. FLEET_HOSTS="50 100 200" are
# the numbers of hosts that are simulated, each host with eight seconds of computing, so these take as long again on a fast
# host and hours on a slow one; FLEET_ONLY=machines or simulation leaves out the other half.
# shellcheck source=tests/system/story.sh
source "$(dirname "${BASH_SOURCE[0]}")/story.sh"
# shellcheck source=tests/system/update.sh
source "$(dirname "${BASH_SOURCE[0]}")/update.sh"
# shellcheck source=tests/system/standin.sh
source "$(dirname "${BASH_SOURCE[0]}")/standin.sh"

source_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
fleet_packages=(openssh-server python3 python3-apt polkitd libpam-systemd dbus-user-session)
read -ra numbers <<<"${FLEET_HOSTS:-50 100 200}"

# What has to be downloaded is, before this goes on where there is no network but loopback.
if [[ -z ${FLEET_NAMESPACE:-} ]]; then
  machine_image "$suite" >/dev/null
  suite_dependencies "$suite" >/dev/null
  suite_dependencies "$suite" "${fleet_packages[@]}" >/dev/null
  node_layer 24 >/dev/null
  registry_npmrc >/dev/null
  exec unshare --net env FLEET_NAMESPACE=made "$0"
fi
ip link set lo up

hosts=(host-1 host-2 host-3 host-4 host-5)
declare -A ports=([host-1]=20000 [host-2]=20200 [host-3]=20400 [host-4]=20600 [host-5]=20800 [alice]=21000)
registry_port=29999
registry=http://127.0.0.1:$registry_port/
work=$(mktemp -d "${TMPDIR:-/var/tmp}/openclaw-systemd-fleet.XXXXXX")
output=$work/output
report=$work/report
registry_process=

fleet_end() {
  local status=$?
  set +e
  [[ -z $registry_process ]] || kill "$registry_process"
  rm -rf --one-file-system "$work"
  (exit "$status")
  story_end
}

# --- the control machine

control_set_up() {
  local node host
  node=$(node_layer 24)
  ansible-galaxy collection install "$source_root/contrib/ansible" --collections-path "$work/collections"
  ssh-keygen -q -t ed25519 -N '' -f "$work/key"
  cat >"$work/ansible.cfg" <<CFG
[defaults]
collections_path = $work/collections
interpreter_python = /usr/bin/python3
localhost_warning = no
internal_poll_interval = 0.02
display_skipped_hosts = no
[ssh_connection]
pipelining = true
ssh_args = -o ControlMaster=auto -o ControlPersist=20s -o UserKnownHostsFile=$work/known_hosts -o IdentityFile=$work/key -o IdentitiesOnly=yes -o ConnectTimeout=5
control_path_dir = $work/ssh
CFG
  setpriv --pdeathsig KILL "$node/usr/bin/node" "$standin_folder/registry.mjs" "$registry_port" >"$work/registry.log" 2>&1 &
  registry_process=$!
  wait_for 30 port_in_use "$registry_port"
}

# fleet_inventory: as a site would write it.
fleet_inventory() {
  local host
  printf '[openclaw]\n'
  for host in "${hosts[@]}"; do
    printf '%s ansible_host=127.0.2.%s ansible_user=root\n' "$host" "${host#host-}"
  done
  printf '\n[openclaw:vars]\nopenclaw_rollout_report_file=%s\n' "$report"
  mkdir -p "$work/group_vars" "$work/host_vars" "$work/configs"
  cat >"$work/group_vars/openclaw.yml" <<VARS
openclaw_source: deb
openclaw_debs:
$(for deb in "${SUITE_DEB%/*}"/openclaw-helpers_*.deb "${SUITE_DEB%/*}"/openclaw-systemd_*.deb; do printf '  - %s\n' "$deb"; done)
openclaw_site_settings:
  packages: {registry: "$registry"}
  update: {settle: 3s, ready-timeout: 1min}
  canary: {boot: false}
openclaw_settings: "{{ openclaw_site_settings }}"
openclaw_operators: [anna]
openclaw_rollout_settle: 5
openclaw_rollout_busy_delay: 3
VARS
  for host in host-1 host-2 host-3; do
    fleet_config "${ports[$host]}" >"$work/configs/$host.json"
    cat >"$work/host_vars/$host.yml" <<VARS
openclaw_settings: "{{ openclaw_site_settings | combine({'gateway': {'port': ${ports[$host]}}}) }}"
openclaw_gateways:
  - from: install
    version: $(standin old)
    config: $work/configs/$host.json
VARS
  done
  cat >"$work/host_vars/host-4.yml" <<VARS
openclaw_gateways:
  - {from: user, user: claw, timer: true}
VARS
  cat >"$work/host_vars/host-5.yml" <<VARS
openclaw_gateways:
  - {from: unit, unit: claw.service}
  - {from: unit, unit: claw-alice.service, name: alice, timer: true, settings: {update: {keep: 4}}}
VARS
}

fleet_config() {
  jq --null-input --argjson port "$1" --arg token "$gateway_token" \
    '{gateway: {mode: "local", port: $port, auth: {mode: "token", token: $token}}, channels: {},
      plugins: {entries: {echo: {enabled: true}}}}'
}

# play PLAYBOOK [OPTION...]: what it prints is in $output, too.
play() {
  local status=0
  ( cd "$work" && ANSIBLE_CONFIG=$work/ansible.cfg setpriv --pdeathsig TERM \
      ansible-playbook -i "$work/inventory" "openclaw.systemd.$1" "${@:2}" ) >"$output" 2>&1 </dev/null || status=$?
  cat "$output"
  return "$status"
}

# rolls VERSION [OPTION...]: a rollout to the stand-in of that name.
rolls() {
  rm -f "$report"
  play rolling -e "openclaw_rollout_version=$(standin "$1")" "${@:2}"
}

# recap_is WORD NUMBER: on every host that the last play names.
recap_is() {
  local found
  found=$(sed --quiet '/^PLAY RECAP/,$p' "$output" | grep --only-matching "\\b$1=[0-9]*" | sort -u)
  printf 'found: %s\n' "$found"
  [[ $found == "$1=$2" ]]
}

report_says() {
  cat "$report"
  grep --quiet --extended-regexp "$1" "$report"
}

# --- the machines

# fleet_machine HOST: with sshd on an address of its own, Node, and what its gateway is before the suite comes.
fleet_machine() {
  local host=$1 address=127.0.2.${1#host-} layer node
  layer=$(suite_dependencies "$suite" "${fleet_packages[@]}")
  node=$(node_layer 24)
  machine_start "$host" "$suite" "$layer" "$node"
  printf 'ListenAddress %s\nPermitRootLogin prohibit-password\n' "$address" | machine_put "$host" /etc/ssh/sshd_config.d/fleet.conf
  machine_put "$host" /root/.ssh/authorized_keys 600 <"$work/key.pub"
  machine_run "$host" sh -c 'systemctl disable --quiet --now ssh.socket 2>/dev/null; systemctl enable --quiet ssh; systemctl restart ssh'
  printf '%s %s\n' "$address" "$(cut -d' ' -f1,2 "$machines/$host/root/etc/ssh/ssh_host_ed25519_key.pub")" >>"$work/known_hosts"
  machine_run "$host" useradd --create-home anna
  # What shares the address of others needs a port of its own.
  printf '[Service]\nTimeoutStopSec=60\nExecStart=\n%s %s\n' \
    'ExecStart=node /var/lib/openclaw-update/current/dist/index.js gateway --port' "${ports[$host]}" |
    case $host in host-[123]) machine_put "$host" /etc/systemd/system/openclaw-gateway.service.d/port.conf ;; *) cat >/dev/null ;; esac
}

# adopted_machine: OpenClaw by npm -g, in two system units with users of their own.
adopted_machine() {
  local unit
  fleet_machine host-5
  machine_run host-5 npm install --global --registry "$registry" "openclaw@$(standin old)"
  for unit in claw claw-alice; do
    machine_run host-5 useradd --create-home --shell /bin/bash "$unit"
    fleet_config "$(port_of_unit "$unit")" | machine_put host-5 "/home/$unit/.openclaw/openclaw.json" 600
    machine_run host-5 chown -R "$unit:$unit" "/home/$unit"
    machine_put host-5 "/etc/systemd/system/$unit.service" <<UNIT
[Service]
User=$unit
WorkingDirectory=~
ExecStart=/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway --port $(port_of_unit "$unit")
Restart=on-failure
[Install]
WantedBy=multi-user.target
UNIT
  done
  machine_run host-5 sh -c 'systemctl daemon-reload && systemctl enable --quiet --now claw claw-alice'
  wait_for 60 gateway_is_ready "${ports[host-5]}" && wait_for 60 gateway_is_ready "${ports[alice]}"
}

port_of_unit() {
  case $1 in claw-alice) printf '%s\n' "${ports[alice]}" ;; claw) printf '%s\n' "${ports[host-5]}" ;; esac
}

# user_machine: OpenClaw in the home of claw, in a unit of that user's own service manager.
user_machine() {
  fleet_machine host-4
  machine_run host-4 useradd --create-home --uid 1100 --shell /bin/bash claw
  machine_run host-4 systemd-run --quiet --wait loginctl enable-linger claw
  wait_for 30 as_claw systemctl --user is-system-running --wait
  machine_run host-4 npm install --global --prefix=/home/claw/.npm-global --registry="$registry" "openclaw@$(standin old)"
  fleet_config "${ports[host-4]}" | machine_put host-4 /home/claw/.openclaw/openclaw.json 600
  machine_put host-4 /home/claw/.config/systemd/user/openclaw-gateway.service 600 <<UNIT
[Service]
ExecStart=/usr/bin/node /home/claw/.npm-global/lib/node_modules/openclaw/dist/index.js gateway --port ${ports[host-4]}
Environment=HOME=/home/claw
Environment=OPENCLAW_GATEWAY_PORT=${ports[host-4]}
Restart=always
[Install]
WantedBy=default.target
UNIT
  machine_run host-4 chown -R claw:claw /home/claw
  as_claw systemctl --user daemon-reload
  as_claw systemctl --user enable --now openclaw-gateway
  wait_for 60 gateway_is_ready "${ports[host-4]}"
}

as_claw() {
  machine_run host-4 setpriv --reuid=claw --regid=claw --init-groups env --ignore-environment HOME=/home/claw USER=claw \
    PATH=/usr/local/bin:/usr/bin:/bin XDG_RUNTIME_DIR=/run/user/1100 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1100/bus "$@"
}

# state_of HOST: all that a play could change: packages, settings, units, releases, holds, and the gateway's process. What
# `openclaw-update status` has published for others is written anew whenever root asks.
state_of() {
  machine_run "$1" sh -c '
    dpkg-query --show
    find /etc /var/lib/openclaw-update /usr/local -xdev \( -type f -o -type l \) ! -name "*.lock" ! -name lock ! -name "ld.so.cache" \
      ! -path "/var/lib/openclaw-update/status*" \
      -printf "%p %s %m %u %l %T@\n" 2>/dev/null | sort
    systemctl show --property=Id --property=MainPID --property=UnitFileState --property=ActiveState openclaw-gateway claw claw-alice \
      openclaw-update.timer openclaw-update-gateway@alice.timer openclaw-watchdog'
}

states() {
  local host
  for host in "${@:-${hosts[@]}}"; do printf -- '--- %s\n' "$host"; state_of "$host"; done
}

# are_as_before: nothing of the hosts has changed since $work/before was written.
are_as_before() {
  diff "$work/before" <(states)
}

# releases_of HOST...: what their gateways start.
releases_of() {
  local host
  for host in "$@"; do machine_run "$host" sh -c 'cd /var/lib/openclaw-update && ls releases && readlink current'; done
}

releases_are() {
  diff <(printf '%s\n' "$1") <(releases_of "${@:2}")
}

# are_as_before_but_held HOST...
are_as_before_but_held() {
  diff <(grep --invert-match '/hold' "$work/before") <(states "$@" | grep --invert-match '/hold')
}

# serves GATEWAY NAME: the gateway of a host, or alice, answers as that version of the stand-in.
serves() {
  local version
  version=$(standin "$2")
  gateway_wait_ready "${ports[$1]}" 30 && gateway_answers_version "${ports[$1]}" "$version"
}

all_serve() {
  local one
  for one in "${@:2}"; do serves "$one" "$1" || { printf '%s does not serve %s\n' "$one" "$1"; return 1; }; done
}

# hold_of GATEWAY: of a host, or of alice.
hold_of() {
  case $1 in
    alice) machine_run host-5 openclaw-update status --json | jq --raw-output '.gateways[] | select(.name == "alice").hold' ;;
    *) machine_run "$1" openclaw-update status --json | jq --raw-output .hold ;;
  esac
}

hold_says() {
  says "$2" hold_of "$1"
}

# at_work HOST: has an update begun there?
at_work() {
  [[ -e $machines/$1/root/var/lib/openclaw-update/open ]]
}

# --- what is told

machines_come_up() {
  local host
  expect "the collection is installed, on a control machine" control_set_up
  fleet_inventory >"$work/inventory"
  for host in host-1 host-2 host-3; do expect "$host boots, with sshd and Node" fleet_machine "$host"; done
  expect "host-4 has a gateway as a user unit" user_machine
  expect "host-5 has two gateways as system units" adopted_machine
}

gateways_are_set_up() {
  states >"$work/before"
  expect "check mode on hosts without the suite succeeds" play gateways --check
  expect "and changes nothing" are_as_before
  expect "the gateways are set up" play gateways
  expect "host-1 to host-5 and alice serve" all_serve old "${hosts[@]}" alice
  expect "host-4 has its gateway as a system unit" machine_run host-4 systemctl is-active openclaw-gateway
  expect "alice has a timer, and the other gateway of the host has none" says '^active$' \
    machine_run host-5 systemctl is-active openclaw-update-gateway@alice.timer openclaw-update.timer
  expect "an operator is a member of the group" says 'openclaw-operators' machine_run host-1 id anna
  expect "a second run succeeds" play gateways
  expect "and has changed nothing: 0 on each host" recap_is changed 0
  states >"$work/before"
  expect "check mode succeeds there, too" play gateways --check
  expect "and would change nothing: 0 on each host" recap_is changed 0
  expect "which is so" are_as_before
}

rollout_is_rehearsed() {
  states >"$work/before"
  expect "a rollout in check mode succeeds" rolls good --check
  expect "it tells what would be updated" report_says '5  would be updated: host-\[1:5\]'
  expect "and changes nothing" are_as_before
}

fails_on_the_first() {
  local others=(host-2 host-3 host-4 host-5) before
  before=$(releases_of "${others[@]}")
  expect "a release that fails on the first host fails the rollout" not rolls exits
  expect "the report names host, stage and reason" report_says 'host-1 at (start|verify): .*(ended|start)'
  expect "the first host serves the release that it had" serves host-1 old
  expect "the others serve theirs" all_serve old "${others[@]}" alice
  expect "and have no other release" releases_are "$before" "${others[@]}"
  for one in "${others[@]}"; do
    expect "updates of $one are on hold, with the reason" hold_says "$one" "^openclaw[.]systemd[.]rolling stopped the rollout of $(standin exits): host-1 failed at"
  done
  expect "the hold is told in the report" report_says 'on hold now: host-\[2:5\]'
  expect "the same rollout again fails on the first host, without an update" not rolls exits
  expect "because the version is in quarantine there" report_says 'host-1 at plan: .*failed on this host before'
}

rolls_over_all() {
  local rollout
  quietly machine_run host-3 openclaw-update hold "release party"
  rolls good >>"$story_log" 2>&1 &
  rollout=$!
  expect "while another release is rolled out, host-4 begins its update" wait_for 300 at_work host-4
  expect "and is rebooted" machine_shut_down host-4
  quietly machine_boot host-4
  expect "the rollout ends well all the same" wait "$rollout"
  quietly cat "$output"
  expect "all serve the new release, but the one on hold" all_serve good host-1 host-2 host-4 host-5 alice
  expect "which serves the old one" serves host-3 old
  expect "and is listed, with the reason" report_says 'host-3: release party'
  expect "its hold is as it was" hold_says host-3 '^release party$'
  expect "the holds of the rollout before are ended" hold_says host-2 '^null$'
  expect "a second run succeeds" rolls good
  expect "and has changed nothing: 0 on each host" recap_is changed 0
  quietly machine_run host-3 openclaw-update unhold
}

is_killed() {
  local rollout version
  version=$(standin slow)
  ( cd "$work" && ANSIBLE_CONFIG=$work/ansible.cfg exec setsid ansible-playbook -i "$work/inventory" openclaw.systemd.rolling \
    -e "openclaw_rollout_version=$version" -e '{"openclaw_rollout_waves": [1, "100%"]}' ) >>"$story_log" 2>&1 </dev/null &
  rollout=$!
  expect "of a rollout, the second wave begins" wait_for 300 at_work host-2
  expect "and the control process is killed" kill -KILL -- "-$rollout"
  quietly wait "$rollout" || true
  expect "run again, the rollout ends well" rolls slow
  expect "all serve the new release" all_serve slow "${hosts[@]}" alice
  expect "the report is about five hosts" report_says 'to 5 hosts: complete'
}

fails_on_the_third() {
  printf '[update]\nready-timeout = 4s\n' | machine_put host-3 /etc/openclaw/helpers.ini.d/90-impatient.ini
  states host-4 host-5 >"$work/before"
  expect "a release that is not ready in time on the third host fails the rollout" \
    not rolls silent-start -e '{"openclaw_rollout_waves": [1]}'
  expect "the report names it" report_says 'host-3 at verify: '
  expect "the first two serve the new release" all_serve silent-start host-1 host-2
  expect "the third serves the one before" serves host-3 slow
  expect "the others serve it, too" all_serve slow host-4 host-5 alice
  expect "nothing of them has changed but the hold" are_as_before_but_held host-4 host-5
  expect "which names the third host" hold_says host-5 'stopped the rollout of .*: host-3 failed at verify'
  expect "alice is on hold, too" hold_says alice 'stopped the rollout of '
  quietly machine_run host-4 openclaw-update hold "rollout of the new firewall"
  expect "the holds of the rollout can be ended" play unhold
  expect "on a gateway without a name" hold_says host-5 '^null$'
  expect "and on one with a name" hold_says alice '^null$'
  expect "but that of an operator stays" hold_says host-4 '^rollout of the new firewall$'
  quietly machine_run host-4 openclaw-update unhold
  quietly machine_run host-3 rm /etc/openclaw/helpers.ini.d/90-impatient.ini
  expect "with the cause removed, the third is updated by hand" update_to host-3 "$(standin silent-start)" --force
  expect "and the rollout goes on to its end" rolls silent-start
  expect "all serve the new release" all_serve silent-start "${hosts[@]}" alice
  expect "and no hold is left" hold_says host-5 '^null$'
}

# --- very many hosts

# simulated N: that many folders, and an inventory of them.
simulated() {
  local number=$1 host program
  rm -rf "$work/hosts" && mkdir "$work/hosts"
  printf '[openclaw]\n' >"$work/inventory"
  for host in $(seq --equal-width "$number"); do
    mkdir "$work/hosts/host-$host"
    for program in openclaw-update openclaw-health systemctl journalctl; do
      ln -s "$source_root/tests/system/fleet/simulated-host" "$work/hosts/host-$host/$program"
    done
    standin old >"$work/hosts/host-$host/version"
    printf 'host-%s\n' "$host" >>"$work/inventory"
  done
  cat >>"$work/inventory" <<VARS
[openclaw:vars]
ansible_connection=local
ansible_become=false
openclaw_rollout_programs=$work/hosts/{{ inventory_hostname }}
openclaw_rollout_settle=1
openclaw_rollout_report_file=$report
VARS
}

lines_are_at_most() {
  cat "$report"
  (( $(wc -l <"$report") <= $1 )) && (( $(wc --max-line-length <"$report") <= 200 ))
}

# computed CMD...: runs it and sets `computed` to the seconds that processors have worked on it, which other load changes
# less than the time that passes.
computed() {
  local status=0 TIMEFORMAT='%U %S'
  { time "$@" >"$work/said" 2>&1 || status=$?; } 2>"$work/times"
  cat "$work/said"
  computed=$(awk '{ printf "%.1f", $1 + $2 }' "$work/times")
  return "$status"
}

is_rolled_out_to() {
  local number=$1
  quietly simulated "$number"
  expect "a rollout to $number hosts ends well" computed timed rolls good --forks 10
  note "$number hosts: $elapsed s, and $computed s of computing, $(awk -v s="$computed" -v n="$number" 'BEGIN { printf "%.2f", s / n }') s a host; the report has $(wc -l <"$report") lines"
  expect "the report has a few lines" lines_are_at_most 3
}

stops_among() {
  local number=$1 failing held
  quietly simulated "$number"
  failing=$(seq --equal-width "$number" | sed --quiet 3p)
  held=$(seq --equal-width "$number" | sed --quiet "$(( number - 1 ))p")
  standin good >"$work/hosts/host-$failing/fails"
  printf 'release party' >"$work/hosts/host-$held/hold"
  expect "one that fails in the second wave fails the rollout" not rolls good --forks 10
  expect "the report still has a few lines" lines_are_at_most 11
  expect "and names it" report_says "host-$failing at verify: the gateway ended"
  note "$(paste -sd'|' "$report" | sed 's/|/ | /g')"
}

very_many() {
  local number
  rm -rf "$work/group_vars" "$work/host_vars"
  for number in "${numbers[@]}"; do is_rolled_out_to "$number"; done
  stops_among "${numbers[-1]}"
}

real_ones() {
  machines_come_up
  gateways_are_set_up
  rollout_is_rehearsed
  fails_on_the_first
  rolls_over_all
  is_killed
  fails_on_the_third
}

story "Ansible sets up and updates many hosts"
trap fleet_end EXIT
expect "no answer of a host runs commands on the control machine, or takes its files" "$source_root/tests/system/fleet/hostile.sh"
case ${FLEET_ONLY:-} in
  machines) real_ones ;;
  simulation)
    quietly control_set_up
    very_many
    ;;
  *)
    real_ones
    very_many
    ;;
esac
