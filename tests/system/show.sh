#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A real OpenClaw 2026.4.20 under a hardened unit, first without the suite, then with it; and an update of a real
# 2026.9.5 that is rolled back, then one that is not: what a person wants to see.
# SUITE_DEB names the package. tests/show calls this.
# shellcheck source=tests/system/story.sh
source "$(dirname "${BASH_SOURCE[0]}")/story.sh"
# shellcheck source=tests/system/update.sh
source "$(dirname "${BASH_SOURCE[0]}")/update.sh"

version=2026.4.20
allocate_port port
say() { printf '\n%s\n' "$*"; }
show() { sed 's/^/    /'; }

story "OpenClaw $version under ProtectSystem=strict"
mapfile -t layers < <(openclaw_layers "$version")
say "Booting a disposable machine with systemd ..."
quietly machine_start show "$suite" "${layers[@]}"
quietly gateway_set_up show "$version" "$port"
machine_run show systemctl --version | head -n 1 | show

say "1. Without openclaw-systemd: systemctl start openclaw-gateway.service"
quietly gateway_start show
expect "OpenClaw calls itself ready" gateway_wait_ready "$port" 120
gateway_log show | grep --extended-regexp 'failed to initialize|npm error (code|path)|ready \(' | cut -c1-160 | head -n 6 | show || true
expect "but Slack is not served" not gateway_serves show slack
quietly gateway_stop show

say "2. Installing openclaw-systemd and its drop-in, then the same command"
quietly suite_set_up show
printf '%s\n' "drop-in: /etc/systemd/system/openclaw-gateway.service.d/50-stage-deps.conf" | show
expect "the gateway starts, its plugin dependencies staged by the hook" timed gateway_start show
note "that took $elapsed s; the sandbox is as tight as before"
expect "OpenClaw is ready" gateway_wait_ready "$port" 120
gateway_log show | grep --extended-regexp 'plugins? complete|ready \(' | cut -c1-200 | show
expect "and serves Slack, Telegram and Discord" gateway_serves show slack telegram discord
quietly gateway_stop show

say "3. What openclaw-install-deps says of it"
machine_run show openclaw-install-deps --check | show

say "4. The next start has nothing to stage"
expect "it starts without a package manager" timed gateway_start show
note "the hook and the start of the process took $elapsed s"
quietly gateway_stop show
quietly machine_stop show

old=2026.9.5 new=$(openclaw_newest)
say "5. A machine without OpenClaw: openclaw-update --to $old"
quietly update_machine show "$port"
expect "OpenClaw $old is installed and serves" timed update_to show "$old"
note "that took $elapsed s"

say "6. A gateway that does not become ready in time (ready-timeout=2s, which is too short): openclaw-update --to $new"
printf '[update]\nready-timeout = 2s\n' | machine_put show /etc/openclaw/helpers.ini.d/70-show.ini
update_to show "$new" 2>&1 | show || true
expect "the update was rolled back" outcome_is show rolled-back
expect "the gateway serves, and says that it is $old" gateway_answers_version "$port" "$old"
machine_run show openclaw-update status | show

say "7. With the time that it needs: openclaw-update --to $new --force"
quietly machine_run show rm /etc/openclaw/helpers.ini.d/70-show.ini
update_to show "$new" --force 2>&1 | show || true
expect "the gateway was updated" outcome_is show updated
expect "it serves, and says that it is $new" gateway_answers_version "$port" "$new"
machine_run show openclaw-update history | show
