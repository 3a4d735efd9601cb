#!/usr/bin/env bash
# Report 75108: a mirror that holds symlinks into the read-only package, as earlier releases made them, fails each plugin
# of OpenClaw 2026.4.29-beta.1. The gateway starts without any, and calls itself ready.
# shellcheck source=tests/system/story.sh
source "$(dirname "$0")/../story.sh"

version=2026.4.29-beta.1
allocate_port port
story "symlinks of an earlier mirror ($version)"

mapfile -t layers < <(openclaw_layers "$version"; gateway_home_layer "$version")
quietly machine_start m75108 "$suite" "${layers[@]}"
quietly gateway_account m75108
quietly gateway_config m75108 "$port" "$only_telegram"
quietly gateway_unit m75108 "$version" "$port"
root=$(machine_run m75108 sh -c "echo $gateway_home/.openclaw/plugin-runtime-deps/openclaw-*")

# make_stale PATH: what a release that mirrored by symlink left there.
make_stale() {
  machine_run_as m75108 openclaw sh -c 'rm -r "$1" && ln -s "$2" "$1"' sh "$root/dist/$1" "$gateway_package/dist/$1"
}

without_the_suite() {
  quietly gateway_start m75108
  expect "what an earlier start staged is taken up" timed gateway_wait_ready "$port" 60
  note "ready after $elapsed s"
  expect "and Telegram is served" gateway_serves m75108 telegram
  quietly gateway_stop m75108

  quietly make_stale agents
  quietly gateway_start m75108
  expect "without the suite, a symlink later, the gateway calls itself ready" gateway_wait_ready "$port" 60
  expect "and has failed to initialise Telegram" gateway_says m75108 'plugin\(s\) failed to initialize \(validation: telegram'
  expect "because it wrote through the symlink into the package" \
    gateway_says m75108 "(EROFS|EACCES).*copyfile .*dist/agents/\.openclaw-mirror-"
  expect "so that it serves no plugin" not gateway_serves m75108 telegram
  quietly gateway_stop m75108
}

without_the_suite
