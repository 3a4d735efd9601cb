#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The three reports that came from containers, each with the image of its version, first as it is and then with the
# entrypoint of contrib/container: a volume full of stale links (#75108), the lock of a former container whose process had
# the same number (#75028), and a volume of another owner (#83619).
# SUITE_DEB names the package; `tests/run containers` calls this. Takes about ten minutes, with the registry.
# shellcheck source=tests/system/story.sh
source "$(dirname "${BASH_SOURCE[0]}")/story.sh"
# shellcheck source=tests/system/images.sh
source "$(dirname "${BASH_SOURCE[0]}")/images.sh"

links=2026.4.29-beta.1 links_before=2026.4.26 locks=2026.4.26 chmods=2026.5.12
allocate_port gateway_port

# What is staged comes from the registry.
reach_the_registry() {
  local certificates
  registry_npmrc >"$work/npmrc"
  chmod 644 "$work/npmrc"
  network=(--network host --volume "$work/npmrc:/usr/etc/npmrc:ro")
  certificates=$(registry_ca_file)
  [[ -z $certificates ]] || network+=(--volume "$certificates:$certificates:ro")
}

# unguarded VERSION [CMD...]: the base image as it is, in the background.
unguarded() {
  "${podman[@]}" run --detach --name gateway --hostname "host-$1" "${network[@]}" "${like_compose[@]}" --user 1000:1000 \
    --env HOME=/data --env OPENCLAW_NO_AUTO_UPDATE=1 "localhost/openclaw-base:$1" "${@:2}"
}

gateway_command=(node /app/dist/index.js gateway --port "$gateway_port")

# new_volume [FILTER]: an empty one, but for a config.
new_volume() {
  rm -rf --one-file-system "$volume"
  install --directory --owner=1000 --group=1000 "$volume" "$volume/.openclaw"
  gateway_config_json "$gateway_port" "$@" |
    install --owner=1000 --group=1000 --mode=600 /dev/stdin "$volume/.openclaw/openclaw.json"
}

serves() {
  local loaded
  loaded=$("${podman[@]}" logs gateway 2>&1 | plugins_of_log)
  printf 'loaded: %s\n' "$loaded"
  grep --quiet --line-regexp --fixed-strings "$1" <<<"$loaded"
}

ends() {
  quietly stops_cleanly
  quietly remove
}

# staged_roots VERSION: prints where it has its dependencies, for OpenClaw and for the suite.
staged_roots() {
  find "$volume" -maxdepth 4 -type d -path "*/plugin-runtime-deps/openclaw-$1-*" -prune
}

make_stale() {
  local root
  while read -r root; do
    rm -r "$root/dist/agents"
    ln -s /app/dist/agents "$root/dist/agents"
    chown -h 1000:1000 "$root/dist/agents"
    printf 'stale: %s\n' "$root"
  done < <(staged_roots "$links")
}

stale_links() { find "$volume" -type l -lname '/app/*' -path "*/openclaw-$links-*"; }
has_no_stale_links() { [[ -z $(stale_links) ]]; }

is_no_folder_of_links() {
  new_volume "$only_telegram"
  quietly container "$links_before" "${gateway_command[@]}"
  expect "$links_before serves from the volume" becomes_ready
  ends
  quietly unguarded "$links" "${gateway_command[@]}"
  expect "$links serves from the same volume" becomes_ready
  expect "with Telegram" serves telegram
  ends
  expect "a link of a former image is left in what it staged" make_stale
  quietly unguarded "$links" "${gateway_command[@]}"
  expect "without the suite, it calls itself ready" becomes_ready
  expect "and serves no plugin" not serves telegram
  expect "since it writes through the link into the image" wait_for "$patience" said \
    '(EROFS|EACCES).*copyfile .*dist/agents/\.openclaw-mirror-'
  ends
  quietly container "$links" "${gateway_command[@]}"
  expect "with the suite, it becomes ready" becomes_ready
  expect "and serves Telegram" serves telegram
  ends
  expect "links are left in what it staged itself, too" make_stale
  quietly container "$links" "${gateway_command[@]}"
  expect "it becomes ready" becomes_ready
  expect "and serves Telegram" serves telegram
  expect "and no link into the image is left in its folder" not test -L "$(staged_roots "$links" | grep --invert-match /.openclaw/)/dist/agents"
  ends
}

# leave_lock: that of process 1 of a container of yesterday, as this version makes it.
leave_lock() {
  local root
  while read -r root; do
    install --directory --owner=1000 --group=1000 "$root/.openclaw-runtime-deps.lock"
    printf '{"pid": 1, "createdAtMs": %s000}\n' "$(( $(date +%s) - 86400 ))" |
      install --owner=1000 --group=1000 /dev/stdin "$root/.openclaw-runtime-deps.lock/owner.json"
    printf 'locked: %s\n' "$root"
  done < <(staged_roots "$locks")
}

is_no_lock_of_the_dead() {
  new_volume "$only_telegram"
  quietly unguarded "$locks" "${gateway_command[@]}"
  expect "$locks serves from a volume" becomes_ready
  ends
  quietly container "$locks" "${gateway_command[@]}"
  expect "with the suite, too" becomes_ready
  ends
  expect "a container that was process 1 leaves its lock" leave_lock
  quietly unguarded "$locks" "${gateway_command[@]}"
  expect "without the suite, the next one, which is process 1, too, is not ready after 20 s" not wait_for 20 is_ready
  quietly remove
  quietly leave_lock
  quietly container "$locks" "${gateway_command[@]}"
  expect "with the suite, it becomes ready" timed becomes_ready
  note "after $elapsed s"
  expect "and serves Telegram" serves telegram
  ends
}

owner_and_mode() { [[ $(stat --format='%u:%g %a' "$volume/.openclaw") == "$1" ]]; }

# allow ENTRYPOINT...: a command that touches the approvals, on a volume of group 2000.
allow() {
  "${podman[@]}" run --rm --network none "${like_compose[@]}" --user 1000:1000 --group-add 2000 --env HOME=/data "$@" \
    node /app/openclaw.mjs approvals allowlist add /usr/bin/uptime
}

is_no_volume_of_others() {
  new_volume '{gateway}'
  chown -R 0:2000 "$volume"
  chmod 2775 "$volume" "$volume/.openclaw"
  chmod 660 "$volume/.openclaw/openclaw.json"
  expect "on a volume with fsGroup, a command of $chmods fails" not allow "localhost/openclaw-base:$chmods"
  expect "because of a chmod" says "EPERM: operation not permitted, chmod '/data/.openclaw'" allow "localhost/openclaw-base:$chmods"
  expect "with the suite, it succeeds" allow "localhost/openclaw-guarded:$chmods"
  expect "and again" allow "localhost/openclaw-guarded:$chmods"
  like_compose+=(--group-add 2000)
  network=(--network none)
  quietly container "$chmods" "${gateway_command[@]}"
  expect "the gateway becomes ready" becomes_ready
  expect "the folder is still its owner's, with the mode that it had" owner_and_mode '0:2000 2775'
  ends
}

story "Reports that came from containers: $links, $locks, $chmods"
images_begin
reach_the_registry
for version in "$links_before" "$links" "$chmods"; do
  expect "a base image with $version is made" base_image "$version"
  expect "the Containerfile makes an image of it" guarded_image "$version"
done
is_no_folder_of_links
is_no_lock_of_the_dead
is_no_volume_of_others
