#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Full disks, read-only stages, hostile and malformed input: a clear error, a non-zero exit, and nothing lost.
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

printf '{}' >"$work/openclaw.json"
fake_npm

# fails_saying STATUS PATTERN CMD...: the exit status and the words of a failure.
fails_saying() {
  local status=$1 pattern=$2 got=0
  shift 2
  "$@" >"$work/said" 2>&1 || got=$?
  cat "$work/said"
  [[ $got == "$status" ]] || { printf 'exit status %s, not %s\n' "$got" "$status"; return 1; }
  grep --quiet --extended-regexp "$pattern" "$work/said"
}

usable() {
  grep --quiet "dep-old 8" "$1"/plugin-runtime-deps/*/node_modules/dep-old/lib/8.js
}

fake_package 2026.4.26 old:dep-old
new_state small
mount -t tmpfs -o size=200k,nr_inodes=120,uid=65534,gid=65534 tmpfs "$work/small"
expect "on a small disk, what fits is staged" stage "$work/small"
fake_package 2026.4.26 old:dep-old new:dep-new more:dep-more other:dep-other last:dep-last
full_disk() {
  local got=0
  stage "$work/small" >"$work/said" 2>&1 || got=$?
  cat "$work/said"
  [[ $got != 0 ]] && grep --quiet --ignore-case --extended-regexp 'no space left|disk' "$work/said"
}
expect "on a full disk, the run fails and says why" full_disk
expect "on a full disk, what was staged before stays usable" usable "$work/small"

fake_package 2026.4.26 old:dep-old
new_state readonly
stage "$work/readonly" --quiet
fake_package 2026.4.26 old:dep-old new:dep-new
read_only() {
  local got=0
  # shellcheck disable=SC2016 # for the shell inside
  unshare --mount sh -c 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"' sh "$work/readonly" \
    setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH=/usr/bin:/bin "$install_deps" \
    --settings "$work/helpers.ini" --state-dir "$work/readonly" --package-root "$work/package" \
    --config "$work/openclaw.json" >"$work/said" 2>&1 || got=$?
  cat "$work/said"
  [[ $got != 0 ]] && grep --quiet 'Read-only file system' "$work/said"
}
expect "in a read-only stage, the run fails and says why" read_only
expect "in a read-only stage, what was staged before stays usable" usable "$work/readonly"

new_state plain
fake_package 2026.4.26 old:dep-old
printf '{ "name": "openclaw", ' >"$work/package/package.json"
expect "a malformed package.json is named" fails_saying 78 'package\.json' stage "$work/plain"

fake_package 2026.4.26 old:dep-old evil:dep-evil
printf '{"dependencies":{"../../x":"1.0.0"}}' >"$work/package/dist/extensions/evil/package.json"
expect "a plugin that reaches out is refused by name, the others are staged" fails_saying 69 'evil.*\.\./\.\./x' stage "$work/plain"
expect "and they are usable" usable "$work/plain"
expect "and nothing was written outside" [ ! -e "$work/x" ]

fake_package 2026.4.26 old:dep-old big:dep-big
truncate --size=100M "$work/package/dist/extensions/big/package.json"
expect "a manifest of 100 MB is refused by name" fails_saying 69 'big' stage "$work/plain"

fake_package 2026.4.26 old:dep-old
printf '[packages]\nclient = yarn\n' >"$work/bad.ini"
expect "a bad value in the settings names file, line and key" fails_saying 78 'bad\.ini.*2.*client' \
  as_gateway "$install_deps" --settings "$work/bad.ini" --state-dir "$work/plain" --package-root "$work/package"
expect "an unknown option is a usage error" fails_saying 64 'frobnicate' stage "$work/plain" --frobnicate
expect "no package at all names what to do" fails_saying 66 'package' \
  as_gateway "$install_deps" --settings "$work/helpers.ini" --state-dir "$work/plain" --package-root "$work/nowhere"
exit "$failed"
