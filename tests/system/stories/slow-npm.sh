#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A package client may need longer than systemd grants a unit to start. Where operators call it in an ExecStartPre= of
# their own, systemd kills it half-way, at each start anew. The suite's hook asks for more time as long as there is
# progress.
# shellcheck source=story.sh
source "$(dirname "$0")/../story.sh"

version=2026.4.26
allocate_port port
story "npm is slower than TimeoutStartSec= ($version)"

mapfile -t layers < <(openclaw_layers "$version")
quietly machine_start mslow "$suite" "${layers[@]}"
quietly gateway_account mslow
quietly gateway_config mslow "$port" "$only_telegram"

# make_npm_slow: npm in the machine says for 12 s that it works, then does.
make_npm_slow() {
  local npm=/usr/lib/node_modules/npm/bin
  machine_run mslow mv "$npm/npm-cli.js" "$npm/npm-cli-in-fact.js"
  machine_put mslow "$npm/npm-cli.js" 755 <<'JS'
#!/usr/bin/env node
let left = 12
const timer = setInterval(() => {
  process.stderr.write(`npm http fetch GET 200 a package, ${left} to go\n`)
  if (--left > 0) return
  clearInterval(timer)
  require('./npm-cli-in-fact.js')
}, 1000)
JS
}

# says_what_it_does: is there a status for `systemctl status` while the hook still runs?
says_what_it_does() {
  local state
  state=$(machine_run mslow systemctl show --property=ActiveState,StatusText "$gateway_unit_name")
  printf '%s\n' "$state"
  grep --quiet --line-regexp ActiveState=activating <<<"$state" && grep --quiet '^StatusText=..*' <<<"$state"
}

without_the_suite() {
  quietly gateway_unit mslow "$version" "$port" TimeoutStartSec=5 'ExecStartPre=/usr/bin/npm --version' Restart=no
  expect "without the suite, a slow npm fails the start" not timed gateway_start mslow
  note "after $elapsed s"
  expect "because its time is up" says 'start-pre operation timed out' \
    machine_run mslow journalctl --no-pager --unit="$gateway_unit_name"
}

with_the_suite() {
  quietly gateway_unit mslow "$version" "$port" TimeoutStartSec=5 Restart=no
  quietly suite_set_up mslow
  printf '[packages]\nclient = npm\n' | quietly machine_put mslow /etc/openclaw/helpers.ini.d/60-npm.ini
  quietly machine_run mslow systemctl reset-failed "$gateway_unit_name"
  quietly machine_run mslow systemctl start --no-block "$gateway_unit_name"
  expect "with the suite, the unit tells what it waits for" wait_for 20 says_what_it_does
  expect "and the same npm is waited for" wait_for 90 machine_run mslow systemctl is-active "$gateway_unit_name"
  expect "the gateway becomes ready" gateway_wait_ready "$port" "$patience"
  expect "and serves Telegram" gateway_serves mslow telegram
  expect "and ran no package manager" gateway_ran_no_npm mslow
}

make_npm_slow
without_suite without_the_suite
with_suite with_the_suite
