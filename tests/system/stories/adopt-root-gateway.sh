#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A gateway that runs as root: refused with the command that makes it one of a user; moved, with its state under the same
# path; updated and rolled back as that user; given back, with root's files byte for byte as they were and what was written
# since kept beside them.
# Takes 120 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
story "a gateway that runs as root becomes one of a user, and root's again"
copy=/var/lib/openclaw-homes/claw

# gateway_of_root: as many have it: npm -g, a unit without User=, everything in /root.
gateway_of_root() {
  quietly standin_machine host "$port"
  quietly machine_run host npm install --global --registry="$(standin_registry "$port")" "openclaw@$(standin old)"
  gateway_home=/root quietly gateway_config host "$port" \
    '.channels = {} | .plugins = {entries: {echo: {enabled: true}}} | .agents.defaults.workspace = "/root/work"'
  quietly machine_run host chown -R root:root /root/.openclaw
  printf 'notes\n' | quietly machine_put host /root/work/notes.md 600
  printf 'key\n' | quietly machine_put host /root/.ssh/id_ed25519 600
  quietly machine_run host chmod 700 /root /root/.ssh
  quietly machine_put host /etc/systemd/system/claw.service <<UNIT
[Service]
ExecStart=/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway --port $port
Environment=HOME=/root
UNIT
  quietly machine_run host systemctl daemon-reload
  quietly machine_run host systemctl start claw
  expect "a gateway runs as root" runs_as root old
}

# runs_as USER NAME: of the unit's process, which is ready and that release.
runs_as() {
  local pid
  wait_for 60 gateway_is_ready "$port" && gateway_answers_version "$port" "$(standin "$2")" || return 1
  pid=$(machine_run host systemctl show --property=MainPID --value claw)
  [[ $(machine_run host ps -o user= -p "$pid") == "$1" ]]
}

# files_of_root: everything of root's and of the administrator's units, with content, mode, owner and time.
files_of_root() {
  machine_run host sh -c 'find /root/.openclaw /root/work /root/.ssh /etc/systemd/system -type d -printf "%p %m %u %g\n" -o \
    -printf "%p %m %u %g %T@ %l\n" | sort; find /root/.openclaw /root/work /root/.ssh /etc/systemd/system -type f \
    -exec sha256sum {} + | sort'
}

files_are_as() {
  diff <(printf '%s\n' "$1") <(files_of_root)
}

# in_its_view CMD...: as the gateway's process sees the files, and as root.
in_its_view() {
  local pid
  pid=$(machine_run host systemctl show --property=MainPID --value claw)
  machine_run host nsenter --target "$pid" --mount "$@"
}

starts_in() {
  machine_run host cat "$1/.openclaw/starts.log"
}

refused_as_root() {
  expect "openclaw-update adopt refuses it and names the command" \
    says 'openclaw-update adopt --to-user openclaw claw.service' machine_run host openclaw-update adopt claw.service
  expect "which says what it would do" \
    says 'would copy /root/work to /var/lib/openclaw-homes/openclaw/work' \
    machine_run host openclaw-update adopt --to-user openclaw --dry-run claw.service
  expect "and that the gateway has to be stopped" \
    says 'systemctl stop claw.service, then repeat the command' \
    machine_run host openclaw-update adopt --to-user claw claw.service
  expect "which has noticed nothing" runs_as root old
}

moved() {
  quietly machine_run host systemctl stop claw
  before=$(files_of_root)
  expect "stopped, it is moved" machine_run host openclaw-update adopt --to-user claw claw.service
  expect "and starts" machine_run host systemctl start claw
  expect "as the user" runs_as claw old
  expect "with the state where it has always been" says 'notes' in_its_view cat /root/work/notes.md
  expect "without what else is root's" not in_its_view ls /root/.ssh
  expect "its database has both starts" [ "$(starts_in "$copy" | wc -l)" = 2 ]
  expect "nobody else may look at it" says '^700 claw claw$' machine_run host stat --format='%a %U %G' "$copy"
  expect "OpenClaw's command line finds it as adopt says" says '"ok":true' machine_run host \
    systemd-run -qPG --wait -p User=claw -E HOME=/root -E OPENCLAW_GATEWAY_PORT="$port" \
    -p BindPaths="$copy:/root" node /var/lib/openclaw-update/current/openclaw.mjs health --json
}

updated() {
  expect "it is updated" timed update_to host "$(standin good)"
  note "that took $elapsed s"
  expect "as the user" runs_as claw good
  expect "its snapshot is beside its state" \
    says '/openclaw.json$' machine_run host find "$copy/snapshots" -name openclaw.json
  expect "it is rolled back" machine_run host openclaw-update rollback
  expect "as the user" runs_as claw old
}

given_back() {
  expect "it is not given back while it runs" \
    says 'systemctl stop claw.service' machine_run host openclaw-update adopt --undo
  expect "and runs on" runs_as claw old
  quietly machine_run host systemctl stop claw
  expect "stopped, it is given back" says "kept in $copy.kept" machine_run host openclaw-update adopt --undo
  expect "all that is root's is byte for byte as it was" files_are_as "$before"
  expect "the user that was made for it is gone" not machine_run host id claw
  expect "what it wrote since is root's alone" says '^700 root root$' machine_run host stat --format='%a %U %G' "$copy.kept"
  expect "and complete" [ "$(starts_in "$copy.kept" | wc -l)" = 4 ]
  expect "it starts" machine_run host systemctl start claw
  expect "as root" runs_as root old
  expect "with root's state" [ "$(starts_in /root | wc -l)" = 2 ]
}

moves_it() {
  gateway_of_root
  refused_as_root
  moved
  updated
  given_back
  expect "nothing is left over" update_has_no_leftovers host
}

with_suite moves_it
