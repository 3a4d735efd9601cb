#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The Quadlet units of contrib/container under systemd 257 and Podman 5.4, in a machine with Debian 13: what systemd makes of
# each way in which a container ends, an update and the way back, a reboot, podman auto-update, and a user without root. The
# images are made by the Containerfile, of a stand-in for OpenClaw (standin/).
# SUITE_DEB names the package; `tests/run containers` calls this. Takes about six minutes.
# shellcheck source=tests/system/story.sh
source "$(dirname "${BASH_SOURCE[0]}")/story.sh"
# shellcheck source=tests/system/user_manager.sh
source "$(dirname "${BASH_SOURCE[0]}")/user_manager.sh"
# shellcheck source=tests/system/images.sh
source "$(dirname "${BASH_SOURCE[0]}")/images.sh"

standin_folder=$(dirname "${BASH_SOURCE[0]}")/standin
units=$images_source/contrib/container
image=localhost/openclaw-guarded

# standin NAME: prints the version that has that name in standin/versions.json.
standin() {
  jq --exit-status --raw-output --arg name "$1" '.[] | select(.name == $name).version' "$standin_folder/versions.json"
}

# standin_layer: prints the folder of a layer with the stand-in where npm would have put OpenClaw.
standin_layer() {
  local package=$work/standin/usr/lib/node_modules/openclaw
  mkdir -p "$package"
  cp -r "$standin_folder/package/." "$package/"
  cp "$standin_folder/versions.json" "$package/dist/"
  version_of_package "$(standin old)" <"$standin_folder/package/package.json" >"$package/package.json"
  rm "$package/.openclaw-lifecycle-pending"   # as its postinstall does
  printf '%s\n' "$work/standin"
}

version_of_package() {
  jq --arg version "$1" '.version = $version'
}

# other_version NAME: an image that differs from the first in its version alone.
other_version() {
  local version
  version=$(standin "$1")
  mkdir -p "$work/$version"
  version_of_package "$version" <"$standin_folder/package/package.json" >"$work/$version/package.json"
  printf 'FROM %s\nCOPY package.json /app/package.json\n' "$image:$(standin old)" >"$work/$version/Containerfile"
  "${podman[@]}" build --quiet --format docker --tag "$image:$version" "$work/$version"
}

images_are_made() {
  local name
  local -a made=("$image:$(standin old)")
  mkdir -p "$work/shared"
  base_image "$(standin old)" "$(node_layer 24)" "$(standin_layer)"
  guarded_image "$(standin old)"
  for name in migrating drains exits exits-78; do
    other_version "$name"
    made+=("$image:$(standin "$name")")
  done
  "${podman[@]}" save --quiet --multi-image-archive --format docker-archive --output "$work/shared/images.tar" "${made[@]}"
  chmod 644 "$work/shared/images.tar"
}

# podman_layer: with Podman and what Debian recommends for users without root.
podman_layer() {
  local root_image depends='podman, crun, netavark, nftables, iproute2, catatonit, passt, uidmap, dbus-user-session, libpam-systemd, docker-registry'
  root_image=$(machine_image trixie)
  build_once "layers/podman-trixie-$(sha256sum <<<"$depends" | cut -c1-12)" suite_dependencies_build "$root_image" "$depends"
}

podman_machine() {
  mkdir -p "$work/containers" "$work/home"
  # Podman's overlays cannot lie on the machine's, its networks shall not be this host's, and a container in a container
  # needs what nspawn keeps from programs.
  machine_options=(--private-network --capability=all '--system-call-filter=add_key keyctl bpf'
    --bind=/dev/net/tun --bind="$work/containers:/var/lib/containers" --bind="$work/home:/home" --bind="$work/shared:/srv")
  SUITE_DEB='' machine_start host trixie "$(podman_layer)"
  # The controllers of a host with cgroups of both versions are not the machine's.
  printf '[containers]\npids_limit = 0\ndefault_ulimits = ["nofile=4096:4096", "nproc=1024:1024"]\n' |
    machine_put host /etc/containers/containers.conf
  machine_run host podman load --quiet --input /srv/images.tar
}

# As "Podman under systemd" says, but for the image.
units_are_installed() {
  machine_put host /etc/containers/systemd/openclaw.container <"$units/openclaw.container"
  machine_put host /etc/containers/systemd/openclaw-state.volume <"$units/openclaw-state.volume"
  printf 'OPENCLAW_GATEWAY_TOKEN=none\n' | machine_put host /etc/openclaw/container.env 600
  has_image old
  machine_run host systemctl start openclaw-state-volume
}

# has_image NAME: what the page says for an update, up to the restart.
has_image() {
  machine_run host sed -i "s|^Image=.*|Image=$image:$(standin "$1")|" /etc/containers/systemd/openclaw.container
  machine_run host systemctl daemon-reload
}

restarts() { machine_run host systemctl restart openclaw; }
stops() { machine_run host timeout 60 systemctl stop openclaw; }

# is STATE: the unit's; "inactive" is an end that systemd considers clean.
is() { says "^$1\$" machine_run host systemctl is-active openclaw; }

runs_version() {
  says "release $(standin "$1")\$" machine_run host podman exec openclaw openclaw-health
}

becomes_ready_as() { wait_for 60 runs_version "$1"; }

restarts_so_far() { says "^$1\$" machine_run host systemctl show --property=NRestarts --value openclaw; }

status_was() { says "^$1\$" machine_run host systemctl show --property=ExecMainStatus --value openclaw; }

unit_said() { says "$1" machine_run host journalctl --no-pager --output=cat --unit=openclaw; }

starts_again() { wait_for 60 restarts_so_far "$1" && becomes_ready_as old; }

host_name() { machine_run host podman exec openclaw cat /proc/sys/kernel/hostname; }

kill_container() { machine_run host podman kill --signal "$1" openclaw; }

# In the place of OpenClaw a program that does not catch SIGTERM, as OpenClaw does not while it starts.
without_handler() {
  printf '[Container]\nExec=sleep 600\n' | machine_put host /etc/containers/systemd/openclaw.container.d/sleeps.conf
  machine_run host systemctl daemon-reload
  machine_run host systemctl start openclaw
  wait_for 30 says '^sleep 600' machine_run host podman top openclaw args   # the entrypoint does catch it
}
with_handler() { machine_run host rm -r /etc/containers/systemd/openclaw.container.d; }

# schema_is NUMBER: of the database in the volume.
schema_is() {
  [[ $(sqlite3 "file:$work/containers/storage/volumes/openclaw-state/_data/.openclaw/state/openclaw.sqlite?mode=ro" \
    'PRAGMA user_version') == "$1" ]]
}

# A registry of the machine's own.
registry_image=localhost:5000/openclaw-guarded:stable

takes_images_from_a_registry() {
  printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: /var/lib/docker-registry}}\nhttp: {addr: "127.0.0.1:5000"}\n' |
    machine_put host /etc/docker/registry/config.yml   # Debian's wants a password
  machine_run host systemctl restart docker-registry
  wait_for 30 says . machine_run host ss --no-header --listening --tcp 'sport = :5000'
  printf '[[registry]]\nlocation = "localhost:5000"\ninsecure = true\n' |
    machine_put host /etc/containers/registries.conf.d/registry.conf
  printf '[Container]\nImage=%s\nAutoUpdate=registry\nNotify=healthy\nHealthInterval=2s\n' "$registry_image" |
    machine_put host /etc/containers/systemd/openclaw.container.d/registry.conf
  is_published old
  machine_run host systemctl daemon-reload
  restarts
}

# is_published NAME: the image that the tag of the registry means from now on.
is_published() {
  machine_run host podman push --quiet "$image:$(standin "$1")" "$registry_image"
}

# auto_update WORD [OPTION]: does Podman say that of the container's update?
auto_update() {
  says "^$1\$" machine_run host podman auto-update --format '{{.Updated}}' "${@:2}"
}

# serves_at_once NAME: podman auto-update and systemctl have waited for that already.
serves_at_once() { runs_version "$1"; }

# user_has_units: claw has what the page says for a user without root, after the system's unit is gone.
user_has_units() {
  machine_run host systemctl stop openclaw
  machine_run host rm -r /etc/containers/systemd
  machine_run host systemctl daemon-reload
  machine_run host chmod 666 /dev/net/tun   # as it is where nspawn has not bound it
  user_make
  as_user podman load --quiet --input /srv/images.tar
  user_put .config/containers/systemd/openclaw.container <<<"$(
    sed "s|^Image=.*|Image=$image:$(standin old)|" "$units/openclaw.container")"
  user_put .config/containers/systemd/openclaw-state.volume <"$units/openclaw-state.volume"
  user_put .config/openclaw/container.env <<<OPENCLAW_GATEWAY_TOKEN=none
  as_user systemctl --user daemon-reload
}

# Not by opening /dev/stdin: that of root's pipe is root's.
# shellcheck disable=SC2016 # that shell expands it
user_put() {
  as_user sh -c 'umask 077 && mkdir -p "${1%/*}" && cat >"$1"' sh "/home/claw/$1"
}

user_becomes_ready() {
  wait_for 60 says 'release ' as_user podman exec openclaw openclaw-health
}

user_is_inactive() { says '^inactive$' as_user systemctl --user is-active openclaw; }

# The machine uses what containers_end removes.
machine_then_containers_end() {
  local status=$?
  set +e
  machines_close
  (exit "$status")
  containers_end
}

boots_again() { machine_shut_down host && machine_boot host; }

story "The units of contrib/container under systemd"
images_begin
trap machine_then_containers_end EXIT
expect "the Containerfile makes the images" images_are_made
expect "a machine with Podman boots" podman_machine
expect "the units are installed" units_are_installed
expect "the gateway starts" restarts
expect "and becomes ready" becomes_ready_as old
expect "Podman's health check passes" machine_run host podman healthcheck run openclaw
expect "its words are in the unit's journal" unit_said 'http server listening'

name=$(host_name)
expect "its process is killed" kill_container KILL
expect "it is started again" starts_again 1
expect "under the same host name, by which OpenClaw knows that the lease is its own" test "$(host_name)" == "$name"
expect "it ends with 0" kill_container TERM
expect "it is started again" starts_again 2

expect "an update has another tag in Image=" has_image migrating
expect "it restarts" restarts
expect "and becomes ready" becomes_ready_as migrating
expect "the guard has kept the state" unit_said "are kept in /data/snapshots/guard-[0-9]+-$(standin old)"
expect "the databases are migrated" schema_is 2
expect "the way back is the former tag" has_image old
expect "it restarts" restarts
expect "and becomes ready" becomes_ready_as old
expect "on its own databases" schema_is 1

expect "after a reboot" boots_again
expect "it becomes ready by itself" becomes_ready_as old

expect "it is stopped" stops
expect "which is no failure" is inactive
expect "what does not catch SIGTERM" without_handler
expect "is stopped as well" stops
expect "which is no failure, either" is inactive
with_handler

expect "a version that needs 12 s to end" has_image drains
expect "starts" restarts
expect "and becomes ready" becomes_ready_as drains
expect "it is stopped" stops
expect "and was not killed" status_was 0

expect "an image that ends with 78" has_image exits-78
expect "is started" restarts
expect "has failed" wait_for 30 is failed
expect "with that status" status_was 78
sleep 15   # Restart= would come after 10
expect "and is not started again" restarts_so_far 0

expect "the image comes from a registry, and a start has to become healthy" takes_images_from_a_registry
expect "the gateway is ready when systemctl returns" serves_at_once old
expect "nothing newer is there" auto_update false
expect "another image is published" is_published migrating
expect "podman auto-update --dry-run shows it" auto_update pending --dry-run
expect "podman auto-update starts it" auto_update true
expect "and has waited until it is ready" serves_at_once migrating
expect "one is published that ends with 1" is_published exits
expect "podman auto-update goes back" auto_update 'rolled back'
expect "to the image that ran before" serves_at_once migrating

expect "a user without root has the units" user_has_units
expect "starts the gateway" as_user systemctl --user start openclaw
expect "and it becomes ready" user_becomes_ready
expect "on a volume that is the container's user's" as_user podman exec openclaw openclaw-health --writable
expect "after a reboot" boots_again
expect "it becomes ready without a login" user_becomes_ready
expect "it is stopped" as_user systemctl --user stop openclaw
expect "which is no failure" user_is_inactive
