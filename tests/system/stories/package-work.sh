#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What dpkg does to a machine on which gateways run: installs, upgrades, removes and purges the packages. It stops no
# gateway, refuses what would take away from one what it needs, and leaves no link to a unit that is gone.
# Takes 120 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
story "packages are upgraded and removed under gateways that run"
own_port=$(( port + 5 )) own_pid='' pid=''

# dpkg_says STATUS PATTERN WORD...: how dpkg ends, and what it says.
dpkg_says() {
  local wanted=$1 pattern=$2 output status=0
  shift 2
  output=$(machine_run host env DEBIAN_FRONTEND=noninteractive dpkg "$@" 2>&1) || status=$?
  printf '%s\nexit status %s\n' "$output" "$status"
  (( status == wanted )) && grep --quiet --extended-regexp "$pattern" <<<"$output"
}

package_state() {
  machine_run host dpkg-query --show --showformat='${Package} ${Status} ${Version}\n' 'openclaw-*'
}

# A newer version of what is installed, with nothing else changed.
newer_packages() {
  machine_run host sh -ec '
    mkdir -p /root/newer
    for deb in /root/suite/*.deb; do
      dpkg-deb --raw-extract "$deb" /root/unpacked
      sed -i "s/^Version: .*/Version: 99/; s/openclaw-helpers (= [^)]*)/openclaw-helpers (= 99)/" /root/unpacked/DEBIAN/control
      dpkg-deb --build /root/unpacked /root/newer >/dev/null
      rm -r /root/unpacked
    done
    ls /root/newer'
}

# pid_of UNIT
pid_of() {
  machine_run host systemctl show --property=MainPID --value "$1"
}

# Both gateways, the shipped unit's and the operator's own, are the processes that they were.
gateways_are_untouched() {
  printf 'shipped: %s, own: %s\n' "$(pid_of openclaw-gateway)" "$(pid_of own)"
  [[ $(pid_of openclaw-gateway) == "$pid" && $(pid_of own) == "$own_pid" ]] && (( pid > 0 && own_pid > 0 ))
}

# links_of_units: those that are switched on.
links_of_units() {
  machine_run host find /etc/systemd -type l -path '*.wants/*' -name '*openclaw*' | sort
}

# no_link_leads_nowhere: of what concerns us, but for drop-ins, which systemd takes for none then.
no_link_leads_nowhere() {
  local lost
  lost=$(machine_run host find /etc/systemd /usr/lib/systemd -xtype l -name '*openclaw*' ! -name '*.conf')
  printf '%s\n' "$lost"
  [[ -z $lost ]]
}

# The operator's own unit starts the hook by the drop-in of the package, as the README says it.
own_unit() {
  machine_put host /etc/systemd/system/own.service <<UNIT
[Service]
User=openclaw
ExecStart=/usr/bin/node -e "require('http').createServer((q, r) => r.end('own')).listen($own_port, '127.0.0.1')"
StateDirectory=own
Environment=HOME=/var/lib/own
UNIT
  machine_run host sh -ec 'mkdir -p /etc/systemd/system/own.service.d
    ln -s /usr/share/openclaw-systemd/openclaw-gateway.service.d/50-stage-deps.conf /etc/systemd/system/own.service.d/
    ln -s /usr/share/openclaw-systemd/openclaw-gateway.service.d/60-await-ready.conf /etc/systemd/system/own.service.d/
    systemctl daemon-reload'
}

sets_up() {
  update_to host "$(standin old)"
  own_unit
  # It is not OpenClaw, so the hook has no package to stage for, and says so.
  printf '[Service]\nExecStartPre=\nExecStartPost=\n' | machine_put host /etc/systemd/system/own.service.d/70-for-now.conf
  machine_run host systemctl daemon-reload
  machine_run host systemctl start own openclaw-watchdog
  machine_run host systemctl enable --now openclaw-update.timer
  machine_run host systemctl enable openclaw-gateway
  pid=$(pid_of openclaw-gateway) own_pid=$(pid_of own)
  newer_packages
}

is_installed() {
  quietly standin_machine host "$port"
  expect "after the installation, what heals is switched on" says 'openclaw-watchdog.service' links_of_units
  expect "and what ends an interrupted update" says 'openclaw-update-recover.service' links_of_units
  expect "no timer is" not says 'timer' links_of_units
  expect "and nothing runs" not says 'openclaw' machine_run host systemctl list-units --state=active --plain --no-legend \
    'openclaw-*.service' 'openclaw-*.timer' 'openclaw-*.path'
}

upgrade() {
  dpkg_says "$1" "$2" --install /root/newer/openclaw-helpers_99_amd64.deb /root/newer/openclaw-systemd_99_amd64.deb
}

is_upgraded() {
  local watchdog
  quietly machine_run host systemctl start --no-block "openclaw-update@$(standin slow).service"
  quietly wait_for 30 says 'at work' machine_run host openclaw-update status
  expect "while an update is at work, the upgrade is refused, and the unit is named" \
    upgrade 1 "not upgraded while .*openclaw-update@$(standin slow).service"
  expect "the package is as it was" says 'openclaw-systemd [a-z]+ ok installed 0' package_state
  quietly wait_for 120 update_is_settled
  pid=$(pid_of openclaw-gateway)
  watchdog=$(pid_of openclaw-watchdog)
  expect "afterwards it is upgraded" upgrade 0 'Setting up openclaw-systemd \(99\)'
  expect "the gateways are the processes that they were" gateways_are_untouched
  expect "the watchdog is another one" watchdog_is_another_than "$watchdog"
}

update_is_settled() {
  not machine_run host test -e /var/lib/openclaw-update/open &&
    [[ -z $(machine_run host systemctl list-units --plain --no-legend --state=activating 'openclaw-update*.service') ]]
}

watchdog_is_another_than() {
  local now
  now=$(pid_of openclaw-watchdog)
  printf '%s, before %s\n' "$now" "$1"
  [[ $now != "$1" ]] && (( now > 0 ))
}

remove() {
  dpkg_says "$1" "$2" --remove openclaw-systemd
}

is_not_removed() {
  quietly machine_run host sh -c 'echo 20261129T000000Z-0000 >/var/lib/openclaw-update/open'
  expect "while an update is open, the removal is refused, with the command that ends it" \
    remove 1 'complete it with: openclaw-update recover'
  quietly machine_run host rm /var/lib/openclaw-update/open
  expect "where the gateway runs in the package's unit, too" \
    remove 1 'systemctl disable --now openclaw-gateway.service'
  quietly machine_run host sh -c 'mkdir -p /var/lib/openclaw-update/gateways/alice
    echo "{\"moved_unit\": {\"user\": \"alice\"}}" >/var/lib/openclaw-update/gateways/alice/adoption.json'
  expect "and where a gateway was moved from a user's own unit, by its name" \
    remove 1 'openclaw-update --gateway alice adopt --undo'
  quietly machine_run host rm -r /var/lib/openclaw-update/gateways/alice
  expect "all of that has changed nothing" says 'openclaw-systemd [a-z]+ ok installed 99' package_state
  expect "nor stopped anything" gateways_are_untouched
  expect "the watchdog runs" machine_run host systemctl is-active openclaw-watchdog
}

is_removed() {
  local before
  before=$(links_of_units)
  quietly machine_run host systemctl disable --now openclaw-gateway
  expect "with the gateway of its unit stopped, it is removed" remove 0 'Removing openclaw-systemd'
  expect "the operator's own gateway is the process that it was" process_is own "$own_pid"
  expect "no process of the package is left" not says '/openclaw-(watchdog|update)' machine_run host ps -e -o args
  expect "no link leads to a unit that is gone" no_link_leads_nowhere
  expect "nothing is switched on" not says openclaw links_of_units
  expect "the releases are there" machine_run host test -d "/var/lib/openclaw-update/current/dist"
  comes_back "$before"
}

process_is() {
  [[ $(pid_of "$1") == "$2" ]] && (( $2 > 0 ))
}

# comes_back LINKS
comes_back() {
  expect "installed again" dpkg_says 0 'Setting up' --install /root/newer/openclaw-systemd_99_amd64.deb
  expect "what was switched on is so again, but for the gateway, which was switched off" \
    links_are "$(grep --invert-match openclaw-gateway.service <<<"$1")"
  expect "the gateway of the package's unit starts" machine_run host systemctl start openclaw-gateway
  expect "and serves the release of before" wait_for 60 gateway_is_ready "$port"
  quietly machine_run host systemctl stop openclaw-gateway
}

links_are() {
  local now
  now=$(links_of_units)
  diff <(printf '%s\n' "$1") <(printf '%s\n' "$now")
}

helpers() {
  dpkg_says "$1" "$2" --purge openclaw-systemd openclaw-helpers
}

own_starts() {
  machine_run host systemctl restart own && machine_run host systemctl is-active own
}

leaves_a_unit_of_ones_own_whole() {
  quietly machine_run host rm /etc/systemd/system/own.service.d/70-for-now.conf
  quietly machine_run host sh -ec 'cd /etc/systemd/system/own.service.d; rm 50-stage-deps.conf
    cp /usr/share/openclaw-systemd/openclaw-gateway.service.d/50-stage-deps.conf .; systemctl daemon-reload'
  expect "where a copy of the drop-in starts the hook, the removal is refused, and the file is named" \
    helpers 1 '/etc/systemd/system/own.service.d/50-stage-deps.conf'
  quietly machine_run host sh -ec 'cd /etc/systemd/system/own.service.d; rm 50-stage-deps.conf
    ln -s /usr/share/openclaw-systemd/openclaw-gateway.service.d/50-stage-deps.conf .; systemctl daemon-reload'
  expect "where it is a link to the package's file, all is purged" helpers 0 'Purging configuration files for openclaw-helpers'
  expect "the operator's own gateway is the process that it was" process_is own "$own_pid"
  quietly machine_run host systemctl daemon-reload
  expect "and starts again without the hook" own_starts
  expect "no configuration of the package is left" not machine_run host test -e /etc/openclaw/helpers.ini
  expect "the releases and the gateway's state are there" \
    machine_run host test -d /var/lib/openclaw-update/current/dist -a -d /var/lib/openclaw/.openclaw
  expect "no link leads to a unit that is gone" no_link_leads_nowhere
}

packages_are_worked_on() {
  is_installed
  quietly sets_up
  is_upgraded
  is_not_removed
  is_removed
  leaves_a_unit_of_ones_own_whole
}

with_suite packages_are_worked_on
