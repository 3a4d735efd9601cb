#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A gateway on a package that others use, too: npm of somebody's timer that replaces it, another unit that runs it, and
# OpenClaw's own automatic update. They are named, and not run into. Afterwards a plugin's link leads into a version of nvm
# that was removed, and the unit loses what switches the automatic update off: status names both, and its next step works.
# Takes 90 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
story "a gateway whose package others replace, run and update is adopted"
silent_port=$(( port + 5 ))
link=/home/claw/.openclaw/npm/projects/echo/node_modules/echo/node_modules/openclaw

# unit_of NAME PORT: starts the package of npm -g as the user claw.
unit_of() {
  machine_put host "/etc/systemd/system/$1.service" <<UNIT
[Service]
User=claw
ExecStart=/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway --port $2
Environment=HOME=/home/$1
UNIT
}

gateways_on_one_package() {
  quietly standin_machine host "$port"
  quietly machine_run host npm install --global --registry="$(standin_registry "$port")" "openclaw@$(standin old)"
  quietly machine_run host useradd --create-home claw
  for name in claw other; do
    gateway_home=/home/$name quietly gateway_config host "$port" \
      '.channels = {} | .plugins = {entries: {echo: {enabled: true}}} | .update.auto.enabled = true'
    quietly machine_run host chown -R claw: "/home/$name"
  done
  quietly unit_of claw "$port"
  quietly unit_of other $(( port + 20 ))
  quietly machine_run host systemctl daemon-reload
  quietly machine_run host systemctl start claw other
  expect "two gateways run from one package" wait_for 60 gateway_is_ready "$port"
}

# npm_hangs PREFIX: as root's timer would run it, at a registry that says nothing.
npm_hangs() {
  quietly machine_run host systemd-run --unit=silent node -e "net.createServer(() => {}).listen($silent_port, '127.0.0.1')"
  quietly wait_for 30 port_in_use "$silent_port"
  quietly machine_run host systemd-run --unit=nightly --setenv=HOME=/root \
    npm install --global --prefix="$1" --registry="http://127.0.0.1:$silent_port/" openclaw@latest
  quietly wait_for 30 says 'npm install openclaw' machine_run host ps -e -o args
}

npm_ends() {
  quietly machine_run host systemctl stop nightly silent
}

others_are_named() {
  npm_hangs /usr
  expect "while npm of somebody's timer replaces the package, it is not copied" \
    ends_with 75 machine_run host openclaw-update adopt claw.service
  expect "and process, user and command are named" \
    says 'being replaced by process [0-9]+ of user root \(npm install --global openclaw\)' \
    machine_run host openclaw-update adopt claw.service
  expect "nothing is written" not machine_run host ls /etc/systemd/system/claw.service.d
  npm_ends
  npm_hangs /opt/elsewhere
  expect "the same command for another prefix stands in nobody's way" \
    machine_run host openclaw-update adopt --dry-run claw.service
  npm_ends
  expect "the other unit that runs the package is named" says 'other.service \(process [0-9]+\) runs ' \
    machine_run host openclaw-update adopt --dry-run claw.service
  expect "and OpenClaw's automatic update, with what is done about it" \
    says 'update.auto.enabled is on in /home/claw/.*the drop-in sets OPENCLAW_NO_AUTO_UPDATE=1' \
    machine_run host openclaw-update adopt --dry-run claw.service
}

status_says() {
  says "$1" machine_run host openclaw-update status
}

adopted() {
  expect "it is adopted" machine_run host openclaw-update adopt claw.service
  expect "until it is started again, status tells of the automatic update" \
    status_says 'own updates .*systemctl restart claw.service'
  quietly machine_run host systemctl restart claw
  expect "it serves from the release" wait_for 60 gateway_is_ready "$port"
  expect "and status has nothing to tell of it" not status_says 'own updates|plugin link'
  printf '[Service]\nEnvironment=\nEnvironment=HOME=/home/claw\n' |
    quietly machine_put host /etc/systemd/system/claw.service.d/60-lost.conf
  quietly machine_run host systemctl daemon-reload
  expect "if the unit loses the variable, status names it with the next step" \
    status_says 'own updates .*does not set OPENCLAW_NO_AUTO_UPDATE: .*systemctl edit claw.service'
  quietly machine_run host rm /etc/systemd/system/claw.service.d/60-lost.conf
  quietly machine_run host systemctl daemon-reload
}

# plugin_of_nvm: as OpenClaw's installer has left it, with a link into the tree that it ran from.
plugin_of_nvm() {
  local folder=/home/claw/.openclaw/npm/projects/echo
  printf '{"dependencies":{"echo":"1.0.0"}}' | machine_put host "$folder/package.json"
  printf '{"name":"echo","version":"1.0.0","openclaw":{"extensions":["./index.js"]},"peerDependencies":{"openclaw":"*"}}' |
    machine_put host "$folder/node_modules/echo/package.json"
  printf '{"id":"echo"}' | machine_put host "$folder/node_modules/echo/openclaw.plugin.json"
  machine_run host mkdir -p "$(dirname "$link")"
  machine_run host ln -s /home/claw/.nvm/versions/node/v22.1.0/lib/node_modules/openclaw "$link"
  machine_run host chown -hR claw: /home/claw/.openclaw
}

# follow_the_step: does what status says mends it.
follow_the_step() {
  local step
  step=$(machine_run host openclaw-update status --json | jq --raw-output '.mends_plugin_links')
  printf '%s\n' "$step"
  machine_run host sh -c "${step%% mends it*}"
}

links_are_named() {
  quietly plugin_of_nvm
  expect "a plugin's link into a version of nvm that is gone is named" \
    status_says "plugin link echo: $link points to /home/claw/.nvm/.*, which does not exist"
  expect "in JSON, too" status_has 'any(.plugin_links[]; .plugin == "echo")'
  expect "the step that status names is followed" follow_the_step
  expect "the link leads into the release" status_has '.plugin_links == []'
}

beside_others() {
  gateways_on_one_package
  others_are_named
  adopted
  links_are_named
}

with_suite beside_others
