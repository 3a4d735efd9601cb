#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Images that follow one another on one volume, as contrib/container builds them, run by podman: a real OpenClaw 2026.9.5,
# 2026.9.6, and 2026.9.5 again. The base images come from mmdebstrap and npm. The state is onboarded, and has credentials
# that OpenClaw cannot use until a doctor has moved them.
# SUITE_DEB names the package; `tests/run containers` calls this. Takes about ten minutes.
# shellcheck source=tests/system/story.sh
source "$(dirname "${BASH_SOURCE[0]}")/story.sh"
# shellcheck source=tests/system/images.sh
source "$(dirname "${BASH_SOURCE[0]}")/images.sh"

old=2026.9.5 new=2026.9.6 old_schema=17 new_schema=18

# ends_with STATUS: the container ends by itself.
ends_with() {
  local status
  status=$("${podman[@]}" wait gateway)
  "${podman[@]}" logs gateway
  [[ $status == "$1" ]]
}

# second_container STATUS: one on the same volume, beside the first, ends with that.
second_container() {
  local status=0
  "${podman[@]}" run --rm "${network[@]}" "${like_compose[@]}" \
    --entrypoint '["/usr/libexec/openclaw/openclaw-stage-deps","--guard-state","--guard-wait","1s","--package-root","/app","--"]' \
    "localhost/openclaw-guarded:$new" true || status=$?
  [[ $status == "$1" ]]
}

# onboarded VERSION: as step 4 of contrib/container/README.md, without a terminal.
onboarded() {
  "${podman[@]}" run --rm "${network[@]}" "${like_compose[@]}" "localhost/openclaw-guarded:$1" node /app/dist/index.js onboard \
    --no-install-daemon --non-interactive --accept-risk --mode local --auth-choice skip --skip-health
}

# What an earlier version has left of an agent, and a doctor moves into the agent's database.
credentials=.openclaw/agents/main/agent/auth-profiles.json
has_credentials() {
  install --directory --owner=1000 --group=1000 --mode=700 "$volume/.openclaw/agents/main/agent" &&
    printf '{"version":1,"profiles":{"anthropic:default":{"type":"api_key","provider":"anthropic","key":"sk-ant-none"}}}' |
    install --owner=1000 --group=1000 --mode=600 /dev/stdin "$volume/$credentials"
}

wants_its_doctor() {
  wait_for "$patience" said 'requires legacy credential migration; .*run openclaw doctor --fix'
}

does_not_want_its_doctor() {
  sleep 20   # it has said so after 3 s, where it did
  ! said 'requires legacy credential migration'
}

schema_is() {
  [[ $(sqlite3 "file:$volume/.openclaw/state/openclaw.sqlite?mode=ro" 'PRAGMA user_version') == "$1" ]]
}

guard_says() {
  jq --exit-status "$1" "$volume/state-guard/report.json"
}

is_first_process() {
  inside cat /proc/1/cmdline | tr '\0' ' ' | grep --extended-regexp '(node|openclaw)'
  inside sh -c 'ls -l /proc/1/fd' | grep state-guard/lock
}

story "Images on one volume: $old, $new, $old"
images_begin
install --directory --owner=1000 --group=1000 "$volume"
for version in "$old" "$new"; do
  expect "a base image with $version is made" base_image "$version"
  expect "the Containerfile makes an image of it" guarded_image "$version"
done

expect "$old is onboarded on an empty volume" onboarded "$old"
expect "an earlier version has left credentials of an agent" has_credentials
expect "$old starts on it" container "$old"
expect "and becomes ready, with a read-only root and no capability" becomes_ready
expect "process 1 is OpenClaw itself, and holds the volume" is_first_process
expect "it cannot use the credentials until a doctor has moved them" wants_its_doctor
expect "it has made its database" schema_is "$old_schema"
expect "a second container does not work on the volume, and ends with 75" second_container 75
expect "and the first goes on" is_ready
expect "it stops on its signal" stops_cleanly
expect "and is removed" remove

expect "$new starts on that volume" container "$new"
expect "and becomes ready" becomes_ready
expect "the guard has kept what $old had left" said "are kept in /data/snapshots/guard-[0-9]+-$old"
expect "and has run the doctor of $new" said "doctor --fix of OpenClaw $new has migrated the state"
expect "which has ended well" jq --exit-status '.outcome == "done"' "$volume/state-guard/migration.json"
expect "and has moved the credentials" test ! -e "$volume/$credentials"
expect "which $new can use" does_not_want_its_doctor
expect "and knew that $new would migrate the databases" guard_says '.databases == "migrating"'
expect "$new has migrated the database" schema_is "$new_schema"
expect "it stops on its signal" stops_cleanly
expect "and is removed" remove

expect "$old starts once more" container "$old"
expect "and becomes ready" becomes_ready
expect "its own database is back" schema_is "$old_schema"
expect "and the credentials are where it looks for them" test -s "$volume/$credentials"
expect "and the log says where the newer state is" said "set-aside/1"
expect "which is there" test -e "$(find "$volume/snapshots" -path '*/set-aside/1/state/state/openclaw.sqlite' -print -quit)"
expect "it stops on its signal" stops_cleanly
expect "and is removed" remove

expect "$new starts again" container "$new"
expect "and becomes ready" becomes_ready
expect "it stops on its signal" stops_cleanly
expect "and is removed" remove
rm -rf "$volume"/snapshots
expect "without a snapshot $old starts" container "$old"
expect "and ends with 78" ends_with 78
expect "naming the version to start" said "start the image of OpenClaw $new"
expect "the database is as it was" schema_is "$new_schema"
expect "it is removed" remove
