#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From nothing: a Debian with its own npm, whose Node no OpenClaw of today starts on. The README's commands bring a gateway
# that was updated and rolled back, and that is watched.
# Takes 420 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"

allocate_port port
story "a Debian without OpenClaw and without a Node that fits"

# What `apt install openclaw-systemd` brings with it by its Recommends.
debian_npm_layer() {
  local image depends
  image=$(machine_image "$suite")
  # Under it, since each layer has a list of what is installed.
  depends=$(suite_dependencies "$suite")
  build_once "layers/debian-npm-$(basename "$depends")" debian_npm_build "$depends:$image"
}

debian_npm_build() (
  layer=$1 lower=$2 nspawn=()
  work=$(mktemp -d "$cache/debian-npm.XXXXXX")
  mkdir "$work/work" "$work/root"
  trap 'umount "$work/root" && rm -rf --one-file-system "$work"' EXIT
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$layer,workdir=$work/work" "$work/root"
  nspawn_command "$work/root" --pipe
  "${nspawn[@]}" /bin/sh -ec 'export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install --yes --no-install-recommends npm
    apt-get clean
    rm -rf /var/lib/apt/lists/*' </dev/null
)

installed() {
  local npm
  npm=$(debian_npm_layer)
  quietly machine_start host "$suite" "$npm"
  # Debian's npm reads what is for all users from another place than that of the registry.
  registry_npmrc | quietly machine_put host /etc/npmrc
  expect "the packages are installed" machine_install_suite host
  note "Node of this Debian: $(machine_run host node --version), npm $(machine_run host npm --version)"
  quietly suite_overrides host
  quietly update_on_port host "$port"
  quietly machine_run host install -d --owner=openclaw --group=openclaw --mode=700 /var/lib/openclaw
  gateway_home=/var/lib/openclaw quietly gateway_config host "$port" "$only_telegram"
}

# gateway_runs_on_node_of_its_release
gateway_runs_on_node_of_its_release() {
  local pid
  pid=$(machine_run host systemctl show --property=MainPID --value openclaw-gateway)
  machine_run host readlink "/proc/$pid/exe" | tee /dev/stderr | grep --quiet "/releases/$1-.*/.openclaw-systemd/node$"
}

from_nothing() {
  installed
  expect "openclaw-update --dry-run says what it would do" says 'would switch .* to 2026' \
    machine_run host openclaw-update --dry-run --to 2026.9.5
  expect "openclaw-update installs 2026.9.5" timed update_to host 2026.9.5
  note "installed after $elapsed s"
  expect "which is ready" wait_for 60 gateway_is_ready "$port"
  expect "on a Node of its release" gateway_runs_on_node_of_its_release 2026.9.5
  expect "it is started at the next boot" machine_run host systemctl enable openclaw-gateway.service
  expect "it is updated to 2026.9.6" timed update_to host 2026.9.6
  note "updated after $elapsed s"
  expect "on a Node of that release" gateway_runs_on_node_of_its_release 2026.9.6
  expect "it is rolled back" machine_run host openclaw-update rollback
  expect "to the Node, too" gateway_runs_on_node_of_its_release 2026.9.5
  expect "the watchdog starts" machine_run host systemctl start openclaw-watchdog
  expect "and finds it ready" machine_run host /usr/libexec/openclaw/openclaw-watchdog --once --wait=1min
}

with_suite from_nothing
