#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two tenants on one host, each a template unit's instance with a user of its own. Both are adopted with a name. One is
# updated and the other serves on; a release that fails is rolled back for one alone; neither's user finds anything of
# the other's updates; the watchdog heals one and leaves the other; both are given back.
# Takes 300 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
allocate_port bob_port
declare -A ports=([alice]=$port [bob]=$bob_port)
updater=/var/lib/openclaw-update
story "two gateways of two users on one host, with a stand-in"

update_of() {
  local tenant=$1
  shift
  machine_run host openclaw-update --gateway "$tenant" "$@"
}

pid_of() {
  machine_run host systemctl show --property=MainPID --value "claw@$1"
}

is_still() {
  [[ $(pid_of "$1") == "$2" ]]
}

serves() {
  local version
  version=$(standin "$2")
  gateway_is_ready "${ports[$1]}" && gateway_answers_version "${ports[$1]}" "$version"
}

# tenant NAME: a user, a state, a configuration, and a file with the port, as a host for several people has it.
tenant() {
  local name=$1
  machine_run host useradd --system --user-group --create-home --home-dir "/srv/$name" --shell /usr/sbin/nologin "$name"
  machine_run host chmod 700 "/srv/$name"
  machine_run host install -d --owner="$name" --group="$name" --mode=700 "/srv/$name/.openclaw"
  machine_run host cat /var/lib/openclaw/.openclaw/openclaw.json |
    jq --argjson port "${ports[$name]}" '.gateway.port = $port' |
    machine_put host "/srv/$name/.openclaw/openclaw.json" 600
  machine_run host chown "$name:$name" "/srv/$name/.openclaw/openclaw.json"
  printf '# of this tenant\nCLAW_PORT="%s"   \n' "${ports[$name]}" | machine_put host "/etc/claw/$name.env" 640
}

the_host() {
  quietly standin_machine host "$port"
  quietly machine_run host npm install --global --registry "$(standin_registry "$port")" "openclaw@$(standin old)"
  machine_put host /etc/systemd/system/claw@.service <<'UNIT'
[Unit]
Description=Gateway of %i

[Service]
User=%i
Group=%i
WorkingDirectory=~
Environment=HOME=/srv/%i
EnvironmentFile=/etc/claw/%i.env
ExecStart=/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js \
    gateway --port ${CLAW_PORT}
ProtectSystem=strict
ReadWritePaths=/srv/%i
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
UNIT
  machine_run host systemctl daemon-reload
  local name
  for name in alice bob; do
    quietly tenant "$name"
    quietly machine_run host systemctl start "claw@$name"
    expect "the gateway of $name serves" wait_for 60 serves "$name" old
  done
}

adoption() {
  local name pid
  for name in alice bob; do
    pid=$(pid_of "$name")
    expect "$name is adopted" machine_run host openclaw-update adopt "claw@$name" --gateway "$name"
    expect "  and has not noticed" is_still "$name" "$pid"
    quietly machine_run host systemctl restart "claw@$name"
    expect "  it serves from its own link" wait_for 60 serves "$name" old
    expect "  which its unit names" says "gateways/$name/current/dist/index.js" machine_run host systemctl cat "claw@$name"
  done
  expect "a second adoption of the same unit is refused" not machine_run host openclaw-update adopt claw@alice --gateway carol
  expect "  and has made no gateway of that name" not says carol machine_run host openclaw-update status
  expect "an update without a name is refused, and says which there are" \
    says 'alice, bob.*--gateway alice' machine_run host openclaw-update
  expect "a mistyped name is none" says 'did you mean alice' update_of alcie status
  expect "both have one release between them" \
    says '^1$' machine_run host sh -c "ls -d $updater/releases/*/ | wc -l"
}

one_is_updated() {
  local pid
  pid=$(pid_of bob)
  expect "alice is updated" update_of alice --to "$(standin good)"
  expect "  and serves the new release" serves alice good
  expect "bob has not noticed" is_still bob "$pid"
  expect "  and serves the old one" serves bob old
  expect "status shows both" \
    status_has ".gateways | map({(.name): (.current | split(\"-\")[0])}) | add ==
      {alice: \"$(standin good)\", bob: \"$(standin old)\"}"
  expect "what the journal says of it names the gateway" \
    says "$(standin good)" machine_run host journalctl --no-pager --output=cat OPENCLAW_GATEWAY=alice
}

# Neither by reading nor by listing: folders, requests, results, journal.
nothing_is_seen() {
  local place
  for place in "$updater/gateways/alice" /run/openclaw-workers-alice "$updater/gateways/alice/transactions"; do
    expect "bob's user cannot look into $place" not machine_run_as host bob ls "$place"
    expect "  nor write there" not machine_run_as host bob touch "$place/x"
    expect "  and root can" machine_run host ls "$place"
  done
  expect "nor can he hold up another's update" not machine_run_as host bob flock --nonblock "$updater/gateways/store.lock" true
  expect "the journal of alice's workers is not his" \
    not says openclaw machine_run_as host bob journalctl --no-pager --output=cat OPENCLAW_GATEWAY=alice
}

one_fails() {
  local pid
  pid=$(pid_of alice)
  expect "bob's update to a release that exits is rolled back" ends_with 1 update_of bob --to "$(standin exits)"
  expect "  and the old one serves" serves bob old
  expect "alice has not noticed" is_still alice "$pid"
  expect "the version is quarantined for bob" \
    status_has '.gateways[] | select(.name == "bob") | any(.quarantine[]; .version == $value)' "$(standin exits)"
  expect "  and for nobody else" \
    status_has '.gateways[] | select(.name == "alice") | .quarantine == []'
  expect "bob's next step names him" says 'openclaw-update --gateway bob status' update_of bob rollback 2026.1.1
}

both_at_once() {
  update_of alice rollback >>"$story_log" 2>&1 &
  local other=$!
  expect "bob is updated while alice is rolled back" update_of bob --to "$(standin good)"
  expect "  which ends well, too" wait "$other"
  expect "bob serves the new release" serves bob good
  expect "alice serves the old one" serves alice old
  expect "nothing is left over" update_has_no_leftovers host
  expect "nor in their own folders" \
    not machine_run host sh -c "ls -d $updater/gateways/*/open /run/openclaw-workers-*/* 2>/dev/null"
}

they_are_watched() {
  quietly machine_run host systemctl restart openclaw-watchdog
  expect "the watchdog watches both" \
    wait_for 60 says 'alice: .*ready.*bob: .*ready' machine_run host systemctl show -p StatusText openclaw-watchdog
  local pid
  pid=$(pid_of alice)
  printf '[watchdog]\ndeaf-after = 8s\ninterval = 2s\n' | machine_put host /etc/openclaw/gateways.d/bob.ini
  quietly machine_run host systemctl reload openclaw-watchdog
  local frozen
  frozen=$(pid_of bob)
  machine_run host kill -STOP "$frozen"
  expect "a deaf gateway of bob's is restarted" wait_for 150 bob_is_another "$frozen"
  expect "  and serves" wait_for 60 serves bob good
  expect "alice's is left alone" is_still alice "$pid"
}

bob_is_another() {
  local pid
  pid=$(pid_of bob)
  [[ $pid != 0 && $pid != "$1" ]]
}

both_are_given_back() {
  local name
  expect "bob returns to what npm has installed first" update_of bob rollback
  for name in alice bob; do
    expect "$name is given back" update_of "$name" adopt --undo
    expect "  to the last file" \
      not machine_run host sh -c "find /etc/systemd/system /etc/tmpfiles.d -name '*openclaw-update*' | grep -E '(@|-)$name'"
    quietly machine_run host systemctl restart "claw@$name"
    expect "  and serves as before" wait_for 60 serves "$name" old
    expect "  from npm's package" says '/usr/lib/node_modules/openclaw' machine_run host systemctl show -p ExecStart "claw@$name"
  done
}

tenants_are_apart() {
  the_host
  adoption
  one_is_updated
  nothing_is_seen
  one_fails
  both_at_once
  they_are_watched
  both_are_given_back
}

with_suite tenants_are_apart
