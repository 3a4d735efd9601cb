# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # machines and what they need come from the story
# Machines in which users have service managers of their own.

# shellcheck source=cache.sh
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
# shellcheck source=machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

# user_manager_layer SUITE: prints the folder of a layer with what starts them: pam_systemd, and a bus. It lies on what the
# package under test depends on, since both have dpkg's list of packages in them.
user_manager_layer() {
  local image depends=''
  image=$(machine_image "$1")
  ! suite_present || depends=$(suite_dependencies "$1")
  build_once "layers/user-manager-$1${depends:+-${depends##*-}}" user_manager_layer_build "${depends:+$depends:}$image"
}

user_manager_layer_build() (
  layer=$1 image=$2 nspawn=()
  work=$(mktemp -d "$cache/user-manager.XXXXXX")
  mkdir "$work/work" "$work/root"
  trap 'umount "$work/root" && rm -rf --one-file-system "$work"' EXIT
  mount -t overlay overlay -o "lowerdir=$image,upperdir=$layer,workdir=$work/work" "$work/root"
  nspawn_command "$work/root" --pipe
  "${nspawn[@]}" /bin/sh -ec '
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install --yes --no-install-recommends libpam-systemd dbus-user-session
    apt-get clean
    rm -rf /var/lib/apt/lists/*' </dev/null
)

# What follows is about the machine "host" of a story, and its user claw.

user_packages=/home/claw/.npm-global   # the folder of the package client, or of the version manager
user_package=$user_packages            # the folder, in that one or the same, without which OpenClaw is gone
user_path=/home/claw/.npm-global/bin:/usr/local/bin:/usr/bin:/bin

# user_make: makes claw, whose service manager outlasts every session.
user_make() {
  machine_run host useradd --create-home --uid 1000 --shell /bin/bash claw
  # From within: to logind of systemd 257, a caller from outside of the machine's control groups is nobody.
  machine_run host systemd-run --quiet --wait loginctl enable-linger claw
  wait_for 30 as_user systemctl --user is-system-running --wait
}

# as_user CMD...: as in a login of claw's.
as_user() {
  machine_run host setpriv --reuid=claw --regid=claw --init-groups env --ignore-environment HOME=/home/claw USER=claw \
    LOGNAME=claw SHELL=/bin/bash PATH="$user_path" \
    XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus "$@"
}

# state_of user|system: of the gateway that is claw's own unit, or the system's.
state_of() {
  if [[ $1 == user ]]; then
    as_user systemctl --user is-active openclaw-gateway || true
  else
    machine_run host systemctl is-active openclaw-gateway || true
  fi
}

# runs_alone user|system: that one of both runs, and the other does not.
runs_alone() {
  local other=system
  [[ $1 == system ]] && other=user
  printf 'user: %s, system: %s\n' "$(state_of user)" "$(state_of system)"
  [[ $(state_of "$1") == active && $(state_of "$other") != active ]]
}

# user_unit: as the installer of 2026.9.5 writes it, for a package in ~/.npm-global and the story's $port.
user_unit() {
  cat <<UNIT
[Unit]
Description=OpenClaw Gateway
After=network-online.target
Wants=network-online.target
StartLimitBurst=10
StartLimitIntervalSec=300

[Service]
ExecStart=/usr/bin/node --max-old-space-size=8192 /home/claw/.npm-global/lib/node_modules/openclaw/dist/index.js gateway --port $port
Restart=always
RestartSec=5
RestartPreventExitStatus=78
TimeoutStopSec=330
TimeoutStartSec=30
SuccessExitStatus=0 143
OOMPolicy=continue
KillMode=mixed
Environment=HOME=/home/claw
Environment=TMPDIR=/tmp
Environment=PATH=/usr/bin:/home/claw/.npm-global/bin:/usr/local/bin:/bin
Environment=NODE_OPTIONS=
Environment=OPENCLAW_GATEWAY_PORT=$port
Environment=OPENCLAW_SYSTEMD_UNIT=openclaw-gateway.service
Environment="OPENCLAW_WINDOWS_TASK_NAME=OpenClaw Gateway"
Environment=OPENCLAW_SERVICE_MARKER=openclaw
Environment=OPENCLAW_SERVICE_KIND=gateway

[Install]
WantedBy=default.target
UNIT
}

# user_gateway: of the stand-in, as `openclaw onboard --install-daemon` of 2026.9.5 leaves it; nothing of the system's.
user_gateway() {
  local layer
  layer=$(user_manager_layer "$suite")
  quietly standin_machine host "$port" "$layer"
  quietly machine_run host rm -r /etc/systemd/system/openclaw-gateway.service.d /etc/openclaw/helpers.ini.d/60-port.ini
  quietly machine_run host systemctl daemon-reload
  quietly user_make
  quietly machine_run host npm install --global --prefix=/home/claw/.npm-global \
    --registry="$(standin_registry "$port")" "openclaw@$(standin old)"
  gateway_home=/home/claw quietly gateway_config host "$port" \
    '.channels = {} | .plugins = {entries: {echo: {enabled: true}}} | .agents.entries.main.workspace = "/home/claw/work"'
  user_unit | quietly machine_put host /home/claw/.config/systemd/user/openclaw-gateway.service 600
  quietly machine_run host mkdir -p /home/claw/work /home/claw/.cache /home/claw/.ssh
  quietly machine_run host chown -R claw:claw /home/claw
  quietly as_user systemctl --user daemon-reload
  quietly as_user systemctl --user enable --now openclaw-gateway
  expect "a gateway runs as a unit of claw's own" wait_for 90 gateway_is_ready "$port"
}

# standin_serves_as user|system: the stand-in is ready, one of both units runs, and the other does not.
standin_serves_as() {
  wait_for 90 gateway_is_ready "$port" && runs_alone "$1"
}

one_serves() { standin_serves_as user || standin_serves_as system; }

# files_of_user: of the stand-in's gateway, with content, mode and owner. What systemctl enable or disable leaves are links.
files_of_user() {
  machine_run host sh -c 'find /home/claw/.config /home/claw/.openclaw/openclaw.json /home/claw/.npm-global \
    -printf "%p %m %u %g %l\n" | sort; find /home/claw/.config /home/claw/.openclaw/openclaw.json -type f -exec sha256sum {} + | sort;
    find /etc/systemd /etc/openclaw -printf "%p %m %l\n" | sort'
}

files_of_user_are() {
  diff <(printf '%s\n' "$1") <(files_of_user)
}

# Where the stand-in's gateway stays a user unit:
user_updater=/home/claw/.local/state/openclaw-update

user_update() { as_user openclaw-update --user "$@"; }

# user_current: prints the version that current names.
user_current() {
  as_user sh -c "readlink $user_updater/current | sed 's|^releases/||; s|-[0-9a-f]*\$||'"
}

# user_is_serving NAME: claw's gateway does, and it is that version.
user_is_serving() {
  gateway_answers_version "$port" "$(standin "$1")" && runs_alone user && [[ $(user_current) == "$(standin "$1")" ]]
}
user_serves() { wait_for 90 user_is_serving "$1"; }

# A gateway that OpenClaw's own installer makes, of the version $from: `onboarded LAYOUT` boots a machine, has the package
# installed as one client or version manager does it, and runs `openclaw onboard --install-daemon`. The layouts:

# npm_global: `npm install --global` with the prefix ~/.npm-global.
npm_global_layers() { openclaw_layers "$from"; }
npm_global() {
  machine_run host sh -c 'cd /home/claw && mkdir -p .npm-global/lib/node_modules .npm-global/bin &&
    mv /usr/lib/node_modules/openclaw .npm-global/lib/node_modules/ && rm /usr/bin/openclaw &&
    ln -s ../lib/node_modules/openclaw/openclaw.mjs .npm-global/bin/openclaw && chown -R claw:claw .npm-global'
}

# nvm: Node, npm and the package in ~/.nvm/versions/node/vN, and no Node of the system's.
nvm_layers() { openclaw_layers "$from"; }
nvm() {
  local prefix=/home/claw/.nvm/versions/node/v${node_versions[$(node_for "$from")]}
  # shellcheck disable=SC2034 # for stories
  user_packages=/home/claw/.nvm user_package=$prefix/lib/node_modules/openclaw
  user_path=$prefix/bin:/usr/local/bin:/usr/bin:/bin
  machine_run host sh -c 'mkdir -p "$1/bin" "$1/lib/node_modules" && mv /usr/bin/node "$1/bin/" && rm -f /usr/bin/openclaw /usr/bin/npm /usr/bin/npx &&
    mv /usr/lib/node_modules/* "$1/lib/node_modules/" && ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/bin/npm" &&
    ln -s ../lib/node_modules/openclaw/openclaw.mjs "$1/bin/openclaw" && chown -R claw:claw /home/claw/.nvm' sh "$prefix"
}

# pnpm: `pnpm add --global` of pnpm 12: a shim, and links into a store that all packages share.
pnpm_layers() {
  node_layer "$(node_for "$from")"
  operators_layer
}
pnpm() {
  local pnpm=/home/claw/.local/share/pnpm
  # shellcheck disable=SC2034 # for stories
  user_packages=$pnpm user_package=$pnpm user_path=$pnpm/bin:/usr/local/bin:/usr/bin:/bin
  registry_npmrc | machine_put host /home/claw/.npmrc
  machine_run host chown claw:claw /home/claw/.npmrc
  as_user env PNPM_HOME=$pnpm /opt/tools/pnpm-12/pnpm add --global --allow-build=openclaw "openclaw@$from"
}

onboarded() {
  local layout=$1 layers
  mapfile -t layers < <("${layout}_layers")
  quietly machine_start host "$suite" "${layers[@]}" "$(bun_layer)" "$(user_manager_layer "$suite")"
  quietly user_make
  quietly "$layout"
  expect "the installer of $from makes a gateway" as_user openclaw onboard --non-interactive --accept-risk --mode local \
    --auth-choice skip --gateway-port "$port" --gateway-auth token --gateway-token "$gateway_token" --gateway-bind loopback \
    --skip-channels --skip-skills --skip-search --skip-hooks --skip-ui --skip-health --install-daemon
  expect "it runs as a unit of claw's own" wait_for "$patience" serves_as user "$from"
  note "$(as_user systemctl --user show --property=ExecStart --value openclaw-gateway | sed 's/ ; .*//')"
}

# serves_as user|system VERSION: that one of both runs and answers, and the other does not.
serves_as() {
  gateway_answers_version "$port" "$2" && runs_alone "$1"
}

# files_of_claw: what the installer made, with content, mode and owner; what a running gateway writes is not among it, nor
# the copy that `openclaw gateway install` makes of a unit.
files_of_claw() {
  machine_run host sh -c 'find /home/claw/.config "$1" ! -name "*.bak" -printf "%p %m %u %g %l\n" | sort
    find /home/claw/.config -type f ! -name "*.bak" -exec sha256sum {} + | sort
    find "$1" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum
    find /etc/systemd -printf "%p %m %l\n" | sort' sh "$user_packages"
}

files_are_as() {
  diff <(printf '%s\n' "$1") <(files_of_claw)
}
