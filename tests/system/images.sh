# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the cache and the layers come from story.sh
# Images of OpenClaw as contrib/container builds them, run by podman on one volume. The base images come from mmdebstrap
# and npm. To be sourced after story.sh; `images_begin` first.

images_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d "$cache/containers.XXXXXX")
# Images and volumes of its own, so that nothing of this host's is touched. crun does not start where cgroups are of both
# versions, and runc does.
run=$(mktemp -d /run/containers.XXXXXX)   # podman wants a short one
podman=(podman --root "$work/storage" --runroot "$run" --runtime runc --cgroup-manager cgroupfs)
volume=$work/volume
# As compose.yaml has them, but that nobody is reached. Without limits of its own podman asks for more than a host may have.
network=(--network none)
like_compose=(--no-healthcheck --ulimit nofile=4096:4096 --ulimit nproc=1024:1024 --read-only --cap-drop all
  --security-opt no-new-privileges --tmpfs '/tmp:size=512m,mode=1777' --volume "$volume:/data")
gateway_port=18789

images_begin() {
  trap containers_end EXIT
  chmod 755 "$work"
}

containers_end() {
  local status=$? mounted
  "${podman[@]}" rm --all --force --time 0 >/dev/null 2>&1 || true
  ! mountpoint --quiet "$work/base" || umount "$work/base"
  # What it has mounted itself.
  while read -r mounted; do umount "$mounted"; done < <(findmnt --noheadings --raw --output TARGET | grep --extended-regexp "^($work|$run)/" | sort -r)
  rm -rf --one-file-system "$work" "$run"
  (exit "$status")
  story_end
}

# base_image VERSION [LAYER...]: a Debian with Node, and OpenClaw in /app; from the registry, unless the layers have it.
base_image() {
  local lower layer status=0
  local -a layers=("${@:2}")
  (( $# > 1 )) || mapfile -t layers < <(openclaw_layers "$1")
  lower=$(machine_image bookworm)
  for layer in "${layers[@]}"; do lower=$layer:$lower; done
  mkdir -p "$work/base" "$work/upper" "$work/overlay"
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/overlay" "$work/base"
  tar --create --directory="$work/base" --one-file-system --transform 'flags=rh;s,^\./usr/lib/node_modules/openclaw,./app,' . |
    "${podman[@]}" import --quiet - "localhost/openclaw-base:$1" || status=$?
  umount "$work/base"
  rm -rf --one-file-system "$work/upper" "$work/overlay"
  return "$status"
}

# guarded_image VERSION: as contrib/container/README.md says, but for where the base comes from.
guarded_image() {
  mkdir -p "$work/context"
  cp "$images_source/contrib/container/Containerfile" "${SUITE_DEB%/*}"/openclaw-helpers_*.deb "$work/context/"
  "${podman[@]}" build --quiet --format docker --network host --build-arg "BASE=localhost/openclaw-base:$1" \
    --tag "localhost/openclaw-guarded:$1" "$work/context"
}

# container VERSION [CMD...]: starts one in the background.
container() {
  "${podman[@]}" run --detach --name gateway --hostname "host-$1" "${network[@]}" "${like_compose[@]}" "localhost/openclaw-guarded:$1" "${@:2}"
}

inside() {
  "${podman[@]}" exec gateway "$@"
}

is_ready() {
  inside node -e 'fetch(`http://127.0.0.1:${process.argv[1]}/readyz`).then((answer) => answer.json())
    .then((it) => process.exit(it.ready === true ? 0 : 1), () => process.exit(1))' "$gateway_port"
}

becomes_ready() {
  wait_for "$patience" is_ready || { "${podman[@]}" logs gateway; return 1; }
}

remove() {
  "${podman[@]}" rm --force --time 0 gateway
}

stops_cleanly() {
  "${podman[@]}" stop --time 300 gateway
  # 137 would be a kill: then no signal has reached OpenClaw.
  [[ $("${podman[@]}" inspect --format '{{.State.ExitCode}}' gateway) =~ ^(0|143)$ ]]
}

said() {
  "${podman[@]}" logs gateway 2>&1 | grep --extended-regexp "$1"
}
