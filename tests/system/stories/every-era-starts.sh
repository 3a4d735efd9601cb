#!/usr/bin/env bash
# Where OpenClaw expects what its plugins need has changed six times. Whatever the version, with the suite the gateway
# starts complete, runs no package manager, and does so again when the registry is out of reach.
# Usage: every-era-starts.sh [VERSION...]
# shellcheck source=tests/system/story.sh
source "$(dirname "$0")/../story.sh"

versions=("$@")
(( $# > 0 )) || versions=(2026.4.20 2026.4.22 2026.4.26 2026.4.29-beta.1 2026.4.29 2026.5.12 2026.9.6)
configured=(slack telegram discord)

story "every era of plugin dependencies"

era_without_the_suite() {
  local version=$1 machine=$2 port=$3
  quietly registry_unreachable "$machine"
  quietly gateway_start "$machine"
  expect "$version: without the suite and a registry it is not complete in 30 s" \
    not gateway_is_complete "$machine" "$port" 30 "${configured[@]}"
  quietly gateway_log "$machine"
  quietly gateway_stop "$machine"
  quietly registry_reachable "$machine"
}

# registry_unreachable NAME: npm in the machine meets a closed port, and does not try for long.
registry_unreachable() {
  printf 'registry=http://127.0.0.1:9/\nfetch-retries=0\n' | machine_put "$1" /usr/etc/npmrc
}

registry_reachable() {
  registry_npmrc | machine_put "$1" /usr/etc/npmrc
}

for version in "${versions[@]}"; do
  machine=era-${version//./-}
  allocate_port port
  mapfile -t layers < <(openclaw_layers "$version")
  quietly machine_start "$machine" "$suite" "${layers[@]}"
  quietly gateway_set_up "$machine" "$version" "$port" TimeoutStopSec=5
  era_without_the_suite "$version" "$machine" "$port"
  quietly machine_stop "$machine"
done
