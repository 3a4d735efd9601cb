#!/usr/bin/env bash
# Report 69923: under ProtectSystem=strict, OpenClaw 2026.4.20 cannot install what its plugins need into its own package.
# It goes on without the plugins, and calls itself ready.
# shellcheck source=tests/system/story.sh
source "$(dirname "$0")/../story.sh"

version=2026.4.20
allocate_port port
story "a package that the gateway cannot write to ($version)"

mapfile -t layers < <(openclaw_layers "$version")
quietly machine_start m69923 "$suite" "${layers[@]}"
quietly gateway_set_up m69923 "$version" "$port"

without_the_suite() {
  quietly gateway_start m69923
  expect "without the suite, the gateway calls itself ready" gateway_wait_ready "$port" 90
  expect "and has failed to initialise acpx, browser and slack" \
    gateway_says m69923 'plugin\(s\) failed to initialize \(validation: .*acpx, browser.*slack'
  expect "because npm could not make a folder in the package" gateway_says m69923 'npm error code ENOENT'
  expect "so that it serves no Slack" not gateway_serves m69923 slack
  quietly gateway_stop m69923
}

without_the_suite
