#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Report 75108: a mirror that holds symlinks into the read-only package, as earlier releases made them, fails each plugin
# of OpenClaw 2026.4.29-beta.1. The gateway starts without any, and calls itself ready.
# Takes 340 s where two others run beside it.
# shellcheck source=story.sh
source "$(dirname "$0")/../story.sh"

version=2026.4.29-beta.1
symlinking_version=2026.4.26
allocate_port port
symlinking_port=
allocate_port symlinking_port
story "symlinks of an earlier mirror ($version)"

# set_up NAME VERSION PORT: a machine where that version has been started before.
set_up() {
  local layers
  mapfile -t layers < <(openclaw_layers "$2"; gateway_home_layer "$2")
  quietly machine_start "$1" "$suite" "${layers[@]}"
  quietly gateway_account "$1"
  quietly gateway_config "$1" "$3" "$only_telegram"
  quietly gateway_unit "$1" "$2" "$3"
}

# staged_root NAME FOLDER: prints where plugin dependencies are staged below that state folder.
staged_root() {
  machine_run "$1" sh -c 'echo "$1"/plugin-runtime-deps/openclaw-*' sh "$2"
}

# make_stale ROOT PATH: what a release that mirrored by symlink left there.
make_stale() {
  machine_run_as m75108 openclaw sh -c 'rm -r "$1" && ln -s "$2" "$1"' sh "$1/dist/$2" "$gateway_package/dist/$2"
}

# links_into_package NAME ROOT: prints how many symlinks below ROOT lead into the package.
links_into_package() {
  machine_run "$1" find "$2" -type l -lname "$gateway_package/*" | wc -l
}

has_no_links_into_package() {
  [[ $(links_into_package "$@") == 0 ]]
}

# folder_identity PATH: prints what changes when the folder is made anew. Of a file it may not: it can be linked anew.
folder_identity() {
  machine_run m75108 stat --format=%i "$1"
}

without_the_suite() {
  local root
  root=$(staged_root m75108 "$gateway_home/.openclaw")
  quietly gateway_start m75108
  expect "what an earlier start staged is taken up" timed gateway_wait_ready "$port" "$patience"
  note "ready after $elapsed s"
  expect "and Telegram is served" gateway_serves m75108 telegram
  quietly gateway_stop m75108

  quietly make_stale "$root" agents
  quietly gateway_start m75108
  expect "without the suite, a symlink later, the gateway calls itself ready" gateway_wait_ready "$port" "$patience"
  expect "and has failed to initialise Telegram" says 'plugin\(s\) failed to initialize \(validation: telegram' gateway_log m75108
  expect "because it wrote through the symlink into the package" \
    says '(EROFS|EACCES).*copyfile .*dist/agents/\.openclaw-mirror-' gateway_log m75108
  expect "so that it serves no plugin" not gateway_serves m75108 telegram
  quietly gateway_stop m75108
}

with_the_suite() {
  local root kept
  quietly suite_set_up m75108
  expect "with the suite, the gateway starts" timed gateway_start m75108
  note "started after $elapsed s"
  expect "and becomes ready" gateway_wait_ready "$port" "$patience"
  expect "and serves Telegram" gateway_serves m75108 telegram
  quietly gateway_stop m75108

  root=$(staged_root m75108 /var/lib/openclaw)
  kept=$(folder_identity "$root/node_modules/grammy")
  quietly make_stale "$root" agents
  expect "a symlink later, it starts" timed gateway_start m75108
  note "started after $elapsed s"
  expect "and becomes ready" gateway_wait_ready "$port" "$patience"
  expect "and serves Telegram" gateway_serves m75108 telegram
  expect "and ran no package manager" gateway_ran_no_npm m75108
  expect "no link into the package is left" has_no_links_into_package m75108 "$root"
  expect "and what was in order is still the same folder" [ "$(folder_identity "$root/node_modules/grammy")" = "$kept" ]
  quietly gateway_stop m75108
}

# A unit without the hook, and a mirror that is stale when the gateway starts: nobody but the watchdog looks.
with_the_watchdog() {
  local root
  root=$(staged_root m75108 /var/lib/openclaw)
  quietly make_stale "$root" agents
  printf '[Service]\nExecStartPre=\n' |
    machine_put m75108 "/etc/systemd/system/$gateway_unit_name.d/zz-no-hook.conf"
  printf '[gateway]\nunit = %s\nport = %s\n[watchdog]\ninterval = 2s\ndeaf-after = 15s\n' "$gateway_unit_name" "$port" |
    machine_put m75108 /etc/openclaw/helpers.ini.d/80-watchdog.ini
  quietly machine_run m75108 systemctl daemon-reload
  quietly gateway_start m75108
  expect "without the hook it calls itself ready again" gateway_wait_ready "$port" "$patience"
  expect "and serves no plugin" not gateway_serves m75108 telegram
  expect "the watchdog is started" machine_run m75108 systemctl start openclaw-watchdog
  expect "and notices it, without a person" wait_for 120 says 'stale-mirror' watchdog_acts
  expect "it says what it does, and why" says 'staging plugin dependencies, then restarting .*75108.*\.openclaw-mirror-' \
    machine_run m75108 journalctl --no-pager --output=cat --unit=openclaw-watchdog
  expect "the gateway serves Telegram again" wait_for "$patience" gateway_serves m75108 telegram
  expect "no link into the package is left" has_no_links_into_package m75108 "$root"
  expect "as the watchdog sees" wait_for 60 says 'gateway ready' \
    machine_run m75108 systemctl show --property=StatusText openclaw-watchdog
  expect "a gateway that is stopped by SIGSTOP" machine_run m75108 systemctl kill --kill-whom=main --signal=STOP "$gateway_unit_name"
  expect "is not ready" not gateway_is_ready "$port"
  expect "and is ready again, without a person" wait_for 240 gateway_is_ready "$port"
  crash_loop "$root"
  quietly machine_run m75108 systemctl stop openclaw-watchdog
  quietly gateway_stop m75108
}

# crash_loop ROOT: the same as the reports have it, of a gateway that a stale mirror ends instead of its plugins.
crash_loop() {
  local acts
  acts=$(watchdog_acts | wc -l)
  quietly gateway_stop m75108
  # Another day: what was staged a minute ago is not staged again.
  quietly machine_run m75108 systemctl stop openclaw-watchdog
  quietly machine_run m75108 find /var/lib/openclaw-watchdog -type f -delete
  quietly machine_run m75108 systemctl start openclaw-watchdog
  quietly make_stale "$1" agents
  machine_put m75108 /usr/local/bin/dies-of-links 755 <<'SH'
#!/bin/sh
if [ -L "$1" ]; then
  echo "Error: EACCES: permission denied, copyfile '$(readlink "$1")/a.js' -> '$1/.openclaw-mirror-1-a.tmp'" >&2
  exit 1
fi
shift
exec "$@"
SH
  printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestartSec=2\nExecStart=\nExecStart=/usr/local/bin/dies-of-links %s /usr/bin/node %s gateway --port %s\n' \
    "$1/dist/agents" "$gateway_package/dist/index.js" "$port" |
    machine_put m75108 "/etc/systemd/system/$gateway_unit_name.d/zz-dies.conf"
  quietly machine_run m75108 systemctl daemon-reload
  expect "a gateway that dies of the stale mirror" machine_run m75108 systemctl start --no-block "$gateway_unit_name"
  expect "dies again and again" wait_for 60 has_restarted 2
  expect "until the watchdog, without a person, stages its dependencies" wait_for 120 has_acted_since "$acts"
  expect "then it serves Telegram" wait_for "$patience" gateway_serves m75108 telegram
  expect "in a real folder" not machine_run m75108 test -L "$1/dist/agents"
}

has_restarted() {
  (( $(machine_run m75108 systemctl show --property=NRestarts --value "$gateway_unit_name") >= $1 ))
}

has_acted_since() {
  [[ $(watchdog_acts | tail -n "+$(( $1 + 1 ))") == *stale-mirror* ]]
}

# watchdog_acts: prints the signature of each act.
watchdog_acts() {
  machine_run m75108 journalctl --no-pager --output=json --unit=openclaw-watchdog |
    jq --raw-output 'select(.OPENCLAW_ACT) | .OPENCLAW_SIGNATURE'
}

# A version that mirrors by symlink itself must get along with the suite all the same.
with_the_suite_where_links_belong() {
  quietly suite_set_up m75108-links
  expect "with the suite, $symlinking_version starts" gateway_start m75108-links
  expect "and becomes ready" gateway_wait_ready "$symlinking_port" "$patience"
  expect "and serves Telegram" gateway_serves m75108-links telegram
  quietly gateway_stop m75108-links
  expect "and starts again over its own links" timed gateway_start m75108-links
  note "started after $elapsed s"
  expect "and becomes ready" gateway_wait_ready "$symlinking_port" "$patience"
  expect "and serves Telegram" gateway_serves m75108-links telegram
  expect "and ran no package manager" gateway_ran_no_npm m75108-links
}

set_up m75108 "$version" "$port"
without_suite without_the_suite
with_suite with_the_suite
with_suite with_the_watchdog
quietly machine_stop m75108

set_up m75108-links "$symlinking_version" "$symlinking_port"
root=$(staged_root m75108-links "$gateway_home/.openclaw")
note "$symlinking_version leaves $(links_into_package m75108-links "$root") symlinks into its package"
expect "without the suite, $symlinking_version leaves symlinks into its package" \
  not has_no_links_into_package m75108-links "$root"
with_suite with_the_suite_where_links_belong
