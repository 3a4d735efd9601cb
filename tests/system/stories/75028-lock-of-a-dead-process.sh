#!/usr/bin/env bash
# Report 75028: a lock that a dead process left, whose number another process has by now, keeps OpenClaw 2026.4.26
# waiting for five minutes.
# shellcheck source=tests/system/story.sh
source "$(dirname "$0")/../story.sh"

version=2026.4.26
allocate_port port
story "the lock of a process that is no more ($version)"

mapfile -t layers < <(openclaw_layers "$version"; gateway_home_layer "$version")
quietly machine_start m75028 "$suite" "${layers[@]}"
quietly gateway_account m75028
quietly gateway_config m75028 "$port" "$only_telegram"
quietly gateway_unit m75028 "$version" "$port"

# leave_lock ROOT: names process 1, which lives and never held it.
leave_lock() {
  machine_run_as m75028 openclaw sh -c '
    mkdir "$1/.openclaw-runtime-deps.lock"
    printf "{\n  \"pid\": 1,\n  \"createdAtMs\": %s000\n}\n" "$(( $(date +%s) - 86400 ))" \
      >"$1/.openclaw-runtime-deps.lock/owner.json"' sh "$1"
}

root=$(machine_run m75028 sh -c "echo $gateway_home/.openclaw/plugin-runtime-deps/openclaw-*")
quietly leave_lock "$root"
quietly gateway_start m75028
  expect "what an earlier start staged is taken up" timed gateway_wait_ready "$port" 40
  note "ready after $elapsed s"
quietly gateway_log m75028
