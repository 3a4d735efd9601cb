#!/usr/bin/env bash
# OpenClaw's own installer makes the gateway: `openclaw onboard --install-daemon`, from a package in the user's ~/.npm-global.
# It becomes a hardened system unit of that user, is updated and rolled back, and is given back byte for byte.
# Takes 900 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../user_manager.sh
source "$(dirname "$0")/../user_manager.sh"

from=2026.9.5 to=2026.9.6
allocate_port port
story "a gateway that onboard --install-daemon made becomes a system unit ($from to $to)"
mapfile -t layers < <(openclaw_layers "$from")
package=/home/claw/.npm-global/lib/node_modules/openclaw

# as_claw CMD...: as in a login of claw's.
as_claw() {
  machine_run host setpriv --reuid=claw --regid=claw --init-groups env --ignore-environment HOME=/home/claw USER=claw \
    LOGNAME=claw SHELL=/bin/bash PATH=/home/claw/.npm-global/bin:/usr/local/bin:/usr/bin:/bin \
    XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus "$@"
}

onboarded() {
  quietly machine_start host "$suite" "${layers[@]}" "$(bun_layer)" "$(user_manager_layer "$suite")"
  quietly machine_run host useradd --create-home --uid 1000 --shell /bin/bash claw
  quietly machine_run host sh -c "install -d /home/claw/.npm-global/lib/node_modules /home/claw/.npm-global/bin &&
    cp -a /usr/lib/node_modules/openclaw $package && rm -r /usr/lib/node_modules/openclaw && rm -f /usr/bin/openclaw &&
    ln -s ../lib/node_modules/openclaw/openclaw.mjs /home/claw/.npm-global/bin/openclaw && chown -R claw:claw /home/claw"
  quietly machine_run host loginctl enable-linger claw
  quietly wait_for 30 as_claw systemctl --user is-system-running --wait
  expect "the installer of $from makes a gateway" as_claw openclaw onboard --non-interactive --accept-risk --mode local \
    --auth-choice skip --gateway-port "$port" --gateway-auth token --gateway-token "$gateway_token" --gateway-bind loopback \
    --skip-channels --skip-skills --skip-search --skip-hooks --skip-ui --skip-health --install-daemon
  expect "it runs as a unit of claw's own" wait_for "$patience" serves_as user "$from"
  note "$(as_claw systemctl --user show --property=ExecStart --value openclaw-gateway | sed 's/ ; .*//')"
}

state_of() {
  if [[ $1 == user ]]; then
    as_claw systemctl --user is-active openclaw-gateway || true
  else
    machine_run host systemctl is-active openclaw-gateway || true
  fi
}

# serves_as user|system VERSION: that one of both runs and answers, and the other does not.
serves_as() {
  local other=system
  [[ $1 == system ]] && other=user
  gateway_answers_version "$port" "$2" && [[ $(state_of "$1") == active && $(state_of "$other") != active ]]
}

# files_of_claw: what the installer made, with content, mode and owner; what a running gateway writes is not among it, nor
# the copy that `openclaw gateway install` makes of a unit.
files_of_claw() {
  machine_run host sh -c 'find /home/claw/.config /home/claw/.npm-global ! -name "*.bak" -printf "%p %m %u %g %l\n" | sort
    find /home/claw/.config -type f ! -name "*.bak" -exec sha256sum {} + | sort
    find /home/claw/.npm-global -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum
    find /etc/systemd -printf "%p %m %l\n" | sort'
}

files_are_as() {
  diff <(printf '%s\n' "$1") <(files_of_claw)
}

main_process() { machine_run host systemctl show --property=MainPID --value openclaw-gateway; }

moved() {
  quietly machine_install_suite host
  suite_overrides host
  before=$(files_of_claw)
  expect "what would be done is told" says "would stop claw's own openclaw-gateway.service" \
    machine_run host openclaw-update adopt --from-user claw --dry-run
  expect "it is moved" timed machine_run host openclaw-update adopt --from-user claw
  note "that took $elapsed s"
  expect "the system unit serves $from" wait_for "$patience" serves_as system "$from"
  expect "  as claw" says '^claw$' machine_run host ps -o user= -p "$(main_process)"
  expect "  and answers over RPC" as_claw openclaw health --json
  note "$(machine_run host systemd-analyze security openclaw-gateway --no-pager | tail -n 1)"
  expect "the installer does not bring the other one back" not as_claw openclaw gateway install --force
  expect "  and the system's serves on" wait_for "$patience" serves_as system "$from"
}

updated() {
  expect "it is updated" timed machine_run host openclaw-update --to "$to"
  note "that took $elapsed s"
  expect "  as the system's" wait_for "$patience" serves_as system "$to"
  expect "and rolled back" machine_run host openclaw-update rollback
  expect "  as the system's" wait_for "$patience" serves_as system "$from"
}

given_back() {
  expect "it is given back" says "claw's own openclaw-gateway.service runs again" machine_run host openclaw-update adopt --undo
  expect "the user's serves $from" wait_for "$patience" serves_as user "$from"
  expect "what the installer made is as it was, byte for byte" files_are_as "$before"
  expect "nothing is left over" update_has_no_leftovers host
}

moves_it() {
  onboarded
  moved
  updated
  given_back
}

with_suite moves_it
