#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A gateway that OpenClaw's installer made as a user's own unit, kept as one: adopted, updated, refused and rolled back,
# healed by the watchdog, given back byte for byte; and an account without OpenClaw, which gets one.
# Takes 250 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"
# shellcheck source=../user_manager.sh
source "$(dirname "$0")/../user_manager.sh"

allocate_port port
story "a gateway stays a unit of the user's own, and is updated as one"

# as_visitor CMD...: somebody without a service manager, from a shell that cron might have started.
as_visitor() {
  machine_run host setpriv --reuid=visitor --regid=visitor --init-groups env --ignore-environment HOME=/home/visitor \
    PATH=/usr/bin:/bin "$@"
}

refused() {
  quietly machine_run host useradd --create-home --uid 1001 --shell /bin/bash visitor
  expect "without linger it is refused, with the command that turns it on" \
    says 'loginctl enable-linger visitor' as_visitor openclaw-update --user adopt
  expect "root is told that it is nobody's own" says 'without sudo' machine_run host openclaw-update --user status
  expect "whoever forgets --user hears of it" says 'or --user' as_user openclaw-update status
  expect "the system's scope says whose it is" says 'adopt --from-user claw' machine_run host openclaw-update adopt
  expect "what would be done is told" says 'would be adopted' user_update adopt --dry-run
  expect "which changes nothing" files_of_user_are "$before"
  expect "an update before that is refused, with what to do" says 'openclaw-update --user adopt' not user_update --to "$(standin good)"
}

adopted() {
  expect "it is adopted, from a shell without XDG_RUNTIME_DIR" \
    says 'is adopted' machine_run host setpriv --reuid=claw --regid=claw --init-groups env --ignore-environment \
    HOME=/home/claw PATH=/usr/bin:/bin openclaw-update --user adopt
  expect "the gateway has noticed nothing" runs_alone user
  expect "and its release is nobody else's to read" says '^700 claw$' machine_run host stat --format '%a %U' "$user_updater"
  quietly machine_run host sh -c 'printf "[canary]\nboot = yes\n" >/home/claw/.config/openclaw-helpers/helpers.ini'
}

updated() {
  expect "it is updated, after a canary in a network of its own" says 'canary: ready' user_update --to "$(standin good)"
  expect "  which serves" user_serves good
  expect "status has it" says "^current +$(standin good)" user_update status
  expect "a release that ends at its start is refused by the canary" says 'nothing was touched' user_update --to "$(standin exits)"
  expect "  and the gateway has noticed nothing" user_serves good
  expect "one that dies when it runs live is rolled back" says "^rolled back to $(standin good)" user_update --to "$(standin dies)"
  expect "  to one that serves" user_serves good
  expect "  with commands that are for claw's units" says 'journalctl --user -u openclaw-gateway' user_update status
  expect "it goes back by hand" user_update rollback
  expect "  to one that serves" user_serves old
  expect "what is sealed is as it was sealed" user_update verify
}

# sealed_by_mode: whoever owns it can change it all the same.
sealed_by_mode() {
  local name
  name=$(as_user sh -c "basename $user_updater/releases/$(standin good)-*")
  expect "a release cannot be written by mistake" not as_user sh -c "echo >>$user_updater/releases/$name/package.json"
  quietly as_user sh -c "chmod u+w $user_updater/releases/$name/package.json && echo >>$user_updater/releases/$name/package.json"
  expect "one that was changed is found" says 'package.json' not user_update verify
  expect "  and not promoted" not user_update --to "$(standin good)" --force
  expect "  while the other serves on" user_serves old
  # The folders alone: files are shared with other releases.
  quietly as_user sh -c "find $user_updater/releases/$name -type d -exec chmod u+w {} + && rm -rf $user_updater/releases/$name"
}

# returns_to_old: as an operator does it.
returns_to_old() {
  if [[ $(user_current) != "$(standin old)" ]]; then user_update rollback "$(standin old)"; fi
  user_serves old
}

watched() {
  quietly machine_run host sh -c 'mkdir -p /home/claw/.config/openclaw-helpers/helpers.ini.d && printf \
    "[watchdog]\ninterval = 1s\ndeaf-after = 12s\nfirst-delay = 2s\n" >/home/claw/.config/openclaw-helpers/helpers.ini.d/80-w.ini'
  quietly as_user systemctl --user start openclaw-watchdog
  expect "the watchdog sees that it is well" wait_for 60 says '^gateway ready on' watchdog_says
  quietly as_user systemctl --user kill --kill-whom=main --signal=STOP openclaw-gateway
  expect "  restarts it when it hangs" wait_for 120 says ', 1 restart in the last hour' watchdog_says
  expect "  and it serves again" user_serves old
  quietly as_user systemctl --user stop openclaw-watchdog
  quietly machine_run host rm /home/claw/.config/openclaw-helpers/helpers.ini.d/80-w.ini
}

watchdog_says() { as_user systemctl --user show --property=StatusText --value openclaw-watchdog; }

# profiled: a second gateway of the same user, as OpenClaw's installer makes it for a profile.
profiled() {
  local second=$(( port + 1 ))
  user_unit | sed "s/ $port\$/ $second/; s/PORT=$port/PORT=$second/; s/UNIT=openclaw-gateway/&-work/" | cat - <(
    printf '[Service]\nEnvironment=OPENCLAW_PROFILE=work OPENCLAW_STATE_DIR=/home/claw/.openclaw-work\n') |
    quietly machine_put host /home/claw/.config/systemd/user/openclaw-gateway-work.service 600
  quietly machine_run host sh -c "cp -r /home/claw/.openclaw /home/claw/.openclaw-work &&
    sed -i s/$port/$second/ /home/claw/.openclaw-work/openclaw.json && chown -R claw:claw /home/claw"
  quietly as_user systemctl --user daemon-reload
  quietly as_user systemctl --user start openclaw-gateway-work
  quietly wait_for 60 gateway_is_ready "$second"
  expect "the gateway of a profile is adopted under its name" \
    says 'openclaw-gateway-work.service is adopted' user_update adopt openclaw-gateway-work --gateway work
  expect "  and updated alone" user_update --gateway work --to "$(standin good)"
  expect "  which serves" wait_for 90 gateway_answers_version "$second" "$(standin good)"
  expect "  beside the other one" user_is_serving old
  expect "status has both" says '^name +work' user_update status
  expect "it is given back" user_update --gateway work adopt --undo --force
  quietly as_user systemctl --user stop openclaw-gateway-work
  quietly machine_run host rm -r /home/claw/.openclaw-work /home/claw/.config/systemd/user/openclaw-gateway-work.service
  quietly as_user systemctl --user daemon-reload
}

given_back() {
  quietly machine_run host rm -f /home/claw/.config/openclaw-helpers/helpers.ini
  expect "it is given back" says 'again, as before it was adopted' user_update adopt --undo
  quietly as_user systemctl --user restart openclaw-gateway
  expect "and runs as the installer made it" wait_for 90 gateway_is_ready "$port"
  expect "all files are as they were" files_of_user_are "$before"
}

# installed: for somebody who has no OpenClaw.
installed() {
  quietly as_user systemctl --user disable --now openclaw-gateway
  quietly as_user sh -c 'chmod -R u+w ~/.local/state/openclaw-update && rm -r ~/.npm-global ~/.config/systemd ~/.local'
  quietly as_user sh -c 'mkdir -p ~/.config/systemd/user/openclaw-gateway.service.d ~/.config/openclaw-helpers'
  printf '[Service]\nExecStart=\nExecStart=node %%h/.local/state/openclaw-update/current/dist/index.js gateway --port %s\n' \
    "$port" | machine_put host /home/claw/.config/systemd/user/openclaw-gateway.service.d/port.conf
  printf '[gateway]\nport = %s\n' "$port" | machine_put host /home/claw/.config/openclaw-helpers/helpers.ini
  quietly machine_run host chown -R claw:claw /home/claw/.config
  quietly as_user systemctl --user daemon-reload
  expect "an account without OpenClaw gets one" says "^installed $(standin good)" user_update --to "$(standin good)"
  expect "  which serves, as a unit of its own" user_serves good
  expect "  and is updated" user_update --to "$(standin slow)"
  expect "  which serves" user_serves slow
}

keeps_it() {
  user_gateway
  before=$(files_of_user)
  refused
  adopted
  updated
  sealed_by_mode
  quietly returns_to_old
  watched
  profiled
  given_back
  installed
}

with_suite keeps_it
