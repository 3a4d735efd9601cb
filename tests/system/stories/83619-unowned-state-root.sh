#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Report 83619: where the state folder is writable but somebody else's (fsGroup, fixed mounts), OpenClaw 2026.5.12 dies of
# a chmod in all that touches its approvals: on the command line, and in the gateway for each exec.
# shellcheck source=story.sh
source "$(dirname "$0")/../story.sh"

version=2026.5.12
stage_deps=/usr/libexec/openclaw/openclaw-stage-deps
allocate_port port
story "a state folder that is not ours ($version)"

mapfile -t layers < <(openclaw_layers "$version")
quietly machine_start m83619 "$suite" "${layers[@]}"
quietly gateway_account m83619
quietly gateway_config m83619 "$port" "$only_telegram"
quietly gateway_unit m83619 "$version" "$port"
quietly machine_run m83619 sh -c 'chown -R root:openclaw "$1" && chmod 2775 "$1" && chmod 660 "$1/openclaw.json"' \
  sh "$gateway_home/.openclaw"

allow_uptime() {
  machine_run_as m83619 openclaw "$@" openclaw approvals allowlist add /usr/bin/uptime
}

ask_gateway_for_approvals() {
  machine_run_as m83619 openclaw env OPENCLAW_GATEWAY_TOKEN="$gateway_token" openclaw approvals get --gateway
}

without_the_suite() {
  expect "without the suite, a command cannot be allowed" not allow_uptime
  expect "because of a chmod" says "EPERM: operation not permitted, chmod '$gateway_home/.openclaw'" allow_uptime
  quietly gateway_start m83619
  expect "the gateway becomes ready" gateway_wait_ready "$port" "$patience"
  expect "but cannot say what is allowed" not ask_gateway_for_approvals
  expect "for the same reason" says "exec.approvals.get .*EPERM: operation not permitted, chmod" gateway_log m83619
  quietly gateway_stop m83619
}

with_the_suite() {
  quietly suite_set_up m83619
  expect "with the suite, it can" allow_uptime "$stage_deps" --
  expect "and again, on what it made" allow_uptime "$stage_deps" --
  printf '[Service]\nExecStart=\nExecStart=%s -- /usr/bin/node %s gateway --port %s\n' \
    "$stage_deps" "$gateway_package/dist/index.js" "$port" |
    quietly machine_put m83619 "/etc/systemd/system/$gateway_unit_name.d/60-entrypoint.conf"
  quietly machine_run m83619 systemctl daemon-reload
  expect "the gateway starts" gateway_start m83619
  expect "and becomes ready" gateway_wait_ready "$port" "$patience"
  expect "with the configuration that it had" gateway_serves m83619 telegram
  expect "and says what is allowed" says /usr/bin/uptime ask_gateway_for_approvals
  expect "the folder is still its owner's, with the mode that it had" owner_and_mode 'root:openclaw 2775'
}

owner_and_mode() {
  [[ $(machine_run m83619 stat --format='%U:%G %a' "$gateway_home/.openclaw") == "$1" ]]
}

without_suite without_the_suite
with_suite with_the_suite
