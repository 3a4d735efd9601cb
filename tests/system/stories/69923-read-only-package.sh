#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Report 69923: under ProtectSystem=strict, OpenClaw 2026.4.20 cannot install what its plugins need into its own package.
# It goes on without the plugins, and calls itself ready.
# Takes 180 s where two others run beside it.
# shellcheck source=story.sh
source "$(dirname "$0")/../story.sh"

version=2026.4.20
allocate_port port
story "a package that the gateway cannot write to ($version)"

mapfile -t layers < <(openclaw_layers "$version")
quietly machine_start m69923 "$suite" "${layers[@]}"
quietly gateway_set_up m69923 "$version" "$port"
configured=(acpx browser slack telegram discord)

without_the_suite() {
  quietly gateway_start m69923
  expect "without the suite, the gateway calls itself ready" gateway_wait_ready "$port" "$patience"
  expect "and has failed to initialise acpx, browser and slack" \
    says 'plugin\(s\) failed to initialize \(validation: acpx, browser, .*slack' gateway_log m69923
  expect "because npm could not make a folder in the package" says 'npm error code ENOENT' gateway_log m69923
  expect "so that it serves no Slack" not gateway_serves m69923 slack
  quietly gateway_stop m69923
}

with_the_suite() {
  quietly suite_set_up m69923
  expect "with the suite, the gateway starts" timed gateway_start m69923
  note "started, with all dependencies staged, after $elapsed s"
  expect "and becomes ready" timed gateway_wait_ready "$port" "$patience"
  note "ready after $elapsed s more"
  expect "and serves what is configured" gateway_serves m69923 "${configured[@]}"
  expect "and ran no package manager" gateway_ran_no_npm m69923
  quietly gateway_stop m69923

  quietly registry_unreachable m69923
  expect "a second start has nothing to stage" timed gateway_start m69923
  note "started after $elapsed s"
  expect "and becomes ready without a registry" gateway_wait_ready "$port" "$patience"
  expect "and serves what is configured" gateway_serves m69923 "${configured[@]}"
  expect "the package itself is as it was" package_is_untouched
}

# package_is_untouched: what is written to a file of a lower layer shows up in the machine's own.
package_is_untouched() {
  not test -e "$machines/m69923/upper$gateway_package"
}

without_suite without_the_suite
with_suite with_the_suite
