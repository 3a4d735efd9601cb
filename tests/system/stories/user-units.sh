#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A gateway that OpenClaw's installer made as a user's own unit, kept as one: adopted, updated, refused and rolled back,
# killed and its service manager restarted in the middle, healed by the watchdog, given back byte for byte; and an account
# without OpenClaw, which gets one.
# Takes 450 s where two others run beside it.
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
state_folder=/home/claw/.local/state/openclaw-update

update() { as_user openclaw-update --user "$@"; }

# user_current: prints the version that current names.
user_current() {
  as_user sh -c "readlink $state_folder/current | sed 's|^releases/||; s|-[0-9a-f]*\$||'"
}

# is_serving VERSION: claw's gateway does, and it is that version.
is_serving() {
  gateway_answers_version "$port" "$(standin "$1")" && runs_alone user && [[ $(user_current) == "$(standin "$1")" ]]
}
serves() { wait_for 90 is_serving "$1"; }

# files_of_user: of the installer's, with content, mode and owner. What systemctl enable or disable leaves are links.
files_of_user() {
  machine_run host sh -c 'find /home/claw/.config /home/claw/.openclaw/openclaw.json /home/claw/.npm-global \
    -printf "%p %m %u %g %l\n" | sort; find /home/claw/.config /home/claw/.openclaw/openclaw.json -type f -exec sha256sum {} + | sort;
    find /etc/systemd /etc/openclaw -printf "%p %m %l\n" | sort'
}

files_are_as() {
  diff <(printf '%s\n' "$1") <(files_of_user)
}

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
  expect "what would be done is told" says 'would be adopted' update adopt --dry-run
  expect "which changes nothing" files_are_as "$before"
  expect "an update before that is refused, with what to do" says 'openclaw-update --user adopt' not update --to "$(standin good)"
}

adopted() {
  expect "it is adopted, from a shell without XDG_RUNTIME_DIR" \
    says 'is adopted' machine_run host setpriv --reuid=claw --regid=claw --init-groups env --ignore-environment \
    HOME=/home/claw PATH=/usr/bin:/bin openclaw-update --user adopt
  expect "the gateway has noticed nothing" runs_alone user
  expect "and its release is nobody else's to read" says '^700 claw$' machine_run host stat --format '%a %U' "$state_folder"
  quietly machine_run host sh -c 'printf "[canary]\nboot = yes\n" >/home/claw/.config/openclaw-helpers/helpers.ini'
}

updated() {
  expect "it is updated, after a canary in a network of its own" says 'canary: ready' update --to "$(standin good)"
  expect "  which serves" serves good
  expect "status has it" says "^current +$(standin good)" update status
  expect "a release that ends at its start is refused by the canary" says 'nothing was touched' update --to "$(standin exits)"
  expect "  and the gateway has noticed nothing" serves good
  expect "one that dies when it runs live is rolled back" says "^rolled back to $(standin good)" update --to "$(standin dies)"
  expect "  to one that serves" serves good
  expect "  with commands that are for claw's units" says 'journalctl --user -u openclaw-gateway' update status
  expect "it goes back by hand" update rollback
  expect "  to one that serves" serves old
  expect "what is sealed is as it was sealed" update verify
}

# sealed_by_mode: whoever owns it can change it all the same.
sealed_by_mode() {
  local name
  name=$(as_user sh -c "basename $state_folder/releases/$(standin good)-*")
  expect "a release cannot be written by mistake" not as_user sh -c "echo >>$state_folder/releases/$name/package.json"
  quietly as_user sh -c "chmod u+w $state_folder/releases/$name/package.json && echo >>$state_folder/releases/$name/package.json"
  expect "one that was changed is found" says 'package.json' not update verify
  expect "  and not promoted" not update --to "$(standin good)" --force
  expect "  while the other serves on" serves old
  # The folders alone: files are shared with other releases.
  quietly as_user sh -c "find $state_folder/releases/$name -type d -exec chmod u+w {} + && rm -rf $state_folder/releases/$name"
}

# The records of the journal that an update gets to.
states=(plan fetch stage validate canary snapshot stop promote start verify commit rollback)

# target_for STATE: the other one of both, or one that fails.
target_for() {
  if [[ $1 == rollback ]]; then standin dies; elif [[ $(user_current) == "$(standin good)" ]]; then standin old; else standin good; fi
}

# killed_at STATE [OPTION...]: of kill-at-record, as root of the machine.
killed_at() {
  local state=$1 target
  shift
  target=$(target_for "$state")
  update --to "$target" --force >/dev/null 2>&1 &
  machine_run host /root/kill-at-record --folder "$state_folder" "$@" "$state" || { kill $!; return 1; }
  wait $! || true
}

is_ended() {
  ! as_user systemctl --user --quiet is-active 'openclaw-update*.service' && not as_user test -e "$state_folder/open"
}

# one_serves: whichever of both releases.
one_serves() { is_serving old || is_serving good; }

ends_well() {
  wait_for 90 one_serves && wait_for 60 is_ended && update verify
}

killed() {
  local state
  machine_put host /root/kill-at-record 755 <"$(dirname "$0")/../kill-at-record"
  for state in "${states[@]}"; do
    expect "killed when it has recorded $state" killed_at "$state"
    expect "  it ends well" ends_well
  done
  for state in stop promote verify; do
    expect "killed, and its recovery too, when it has recorded $state" killed_at "$state" --again
    expect "  it ends well" ends_well
  done
}

# The service manager is restarted under an update, and the machine shut down.
torn_away() {
  local state
  for state in stage stop promote verify; do
    update --to "$(target_for "$state")" --force >/dev/null 2>&1 &
    expect "the service manager is restarted when it has recorded $state" machine_run host sh -c \
      '/root/kill-at-record --folder "$0" --nobody "$1" && systemctl restart user@1000.service' "$state_folder" "$state"
    wait $! || true
    expect "  it ends well" ends_well
  done
  for state in snapshot promote; do
    update --to "$(target_for "$state")" --force >/dev/null 2>&1 &
    expect "a shutdown when it has recorded $state" machine_run host /root/kill-at-record --folder "$state_folder" --nobody "$state"
    quietly machine_shut_down host
    wait $! || true
    quietly machine_boot host
    quietly machine_run host systemctl start standin-registry
    expect "  it ends well after the boot" ends_well
  done
}

# returns_to_old: as an operator does it.
returns_to_old() {
  if [[ $(user_current) != "$(standin old)" ]]; then update rollback "$(standin old)"; fi
  serves old
}

watched() {
  quietly machine_run host sh -c 'mkdir -p /home/claw/.config/openclaw-helpers/helpers.ini.d && printf \
    "[watchdog]\ninterval = 1s\ndeaf-after = 12s\nfirst-delay = 2s\n" >/home/claw/.config/openclaw-helpers/helpers.ini.d/80-w.ini'
  quietly as_user systemctl --user start openclaw-watchdog
  expect "the watchdog sees that it is well" wait_for 60 says '^gateway ready on' watchdog_says
  quietly as_user systemctl --user kill --kill-whom=main --signal=STOP openclaw-gateway
  expect "  restarts it when it hangs" wait_for 120 says ', 1 restart in the last hour' watchdog_says
  expect "  and it serves again" serves old
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
    says 'openclaw-gateway-work.service is adopted' update adopt openclaw-gateway-work --gateway work
  expect "  and updated alone" update --gateway work --to "$(standin good)"
  expect "  which serves" wait_for 90 gateway_answers_version "$second" "$(standin good)"
  expect "  beside the other one" is_serving old
  expect "status has both" says '^name +work' update status
  expect "it is given back" update --gateway work adopt --undo --force
  quietly as_user systemctl --user stop openclaw-gateway-work
  quietly machine_run host rm -r /home/claw/.openclaw-work /home/claw/.config/systemd/user/openclaw-gateway-work.service
  quietly as_user systemctl --user daemon-reload
}

given_back() {
  quietly machine_run host rm -f /home/claw/.config/openclaw-helpers/helpers.ini
  expect "it is given back" says 'again, as before it was adopted' update adopt --undo
  quietly as_user systemctl --user restart openclaw-gateway
  expect "and runs as the installer made it" wait_for 90 gateway_is_ready "$port"
  expect "all files are as they were" files_are_as "$before"
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
  expect "an account without OpenClaw gets one" says "^installed $(standin good)" update --to "$(standin good)"
  expect "  which serves, as a unit of its own" serves good
  expect "  and is updated" update --to "$(standin slow)"
  expect "  which serves" serves slow
}

keeps_it() {
  user_gateway
  before=$(files_of_user)
  refused
  adopted
  updated
  sealed_by_mode
  killed
  torn_away
  quietly returns_to_old
  watched
  profiled
  given_back
  installed
}

with_suite keeps_it
