#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Where OpenClaw expects what its plugins need has changed six times. Whatever the version, with the suite the gateway
# starts complete, runs no package manager itself, and does so again when the registry is out of reach.
# Usage: every-era-starts.sh [VERSION...]
# STORY_SAMPLE=N: the oldest, the newest, and as many of the others as make N; STORY_SEED draws the same again.
# Takes 900 s where two others run beside it.
# shellcheck source=story.sh
source "$(dirname "$0")/../story.sh"

versions=("$@")
(( $# > 0 )) || versions=(2026.4.20 2026.4.22 2026.4.26 2026.4.29-beta.1 2026.4.29 2026.5.12 "$(openclaw_newest)")
configured=(slack telegram discord)
seed=${STORY_SEED:-$(( RANDOM * 32768 + RANDOM ))}
if (( $# == 0 && ${STORY_SAMPLE:-0} > 2 )); then
  mapfile -t drawn < <(printf '%s\n' "${versions[@]:1:${#versions[@]}-2}" |
    shuf --head-count=$(( STORY_SAMPLE - 2 )) --random-source=<(yes "$seed") | sort --version-sort)
  versions=("${versions[0]}" "${drawn[@]}" "${versions[-1]}")
fi

story "every era of plugin dependencies"
note "${versions[*]}; seed $seed"

without_the_suite() {
  quietly registry_unreachable "$machine"
  quietly gateway_start "$machine"
  expect "$version: without the suite and a registry it is not complete in 30 s" \
    not gateway_is_complete "$machine" "$port" 30 "${configured[@]}"
  quietly gateway_log "$machine"
  quietly gateway_stop "$machine"
  quietly registry_reachable "$machine"
}

with_the_suite() {
  quietly suite_set_up "$machine"
  expect "$version: with the suite it starts" timed gateway_start "$machine"
  note "started, with all dependencies staged, after $elapsed s"
  expect "$version: and becomes ready" timed gateway_wait_ready "$port" "$patience"
  note "ready after $elapsed s more"
  expect_what_is_configured
  expect "$version: and ran no package manager" gateway_ran_no_npm "$machine"
  quietly gateway_log "$machine"
  quietly gateway_stop "$machine"

  quietly registry_unreachable "$machine"
  expect "$version: without a registry it starts again" timed gateway_start "$machine"
  note "started after $elapsed s"
  expect "$version: and becomes ready" gateway_wait_ready "$port" "$patience"
  expect_what_is_configured
  expect "$version: and ran no package manager" gateway_ran_no_npm "$machine"
  quietly gateway_log "$machine"
}

# From 5.2 on, Slack and Discord are packages of their own, and the registry has none for 2026.5.12.
expect_what_is_configured() {
  case $version in
    2026.5.12)
      expect "$version: and serves what there is, and its log names what there is not" serves_or_names slack telegram discord
      ;;
    *) expect "$version: and serves what is configured" gateway_serves "$machine" "${configured[@]}" ;;
  esac
}

serves_or_names() {
  local plugin
  for plugin in "$@"; do
    gateway_serves "$machine" "$plugin" || says "^plugin $plugin: " gateway_log "$machine" || return 1
  done
}

bun=$(bun_layer)
for version in "${versions[@]}"; do
  machine=era-${version//./-}
  allocate_port port
  mapfile -t layers < <(openclaw_layers "$version")
  # With bun, the faster client; npm is that of the other stories.
  quietly machine_start "$machine" "$suite" "${layers[@]}" "$bun"
  # Some versions are deaf to SIGTERM while npm works for them.
  quietly gateway_set_up "$machine" "$version" "$port" TimeoutStopSec=5
  without_suite without_the_suite
  with_suite with_the_suite
  quietly machine_stop "$machine"
done
