#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Killed at any system call, a staging leaves what was staged before usable, and the next run completes it.
# Every system call that changes the file system is a point; each is tried on a copy of the same state.
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

calls=mkdirat,mkdir,openat,openat2,linkat,symlinkat,renameat,renameat2,rename,unlinkat,unlink,fchmod,fchmodat,fsync,syncfs,ftruncate,write
printf '{}' >"$work/openclaw.json"
fake_npm
new_state scratch

# What must hold after every kill, before anything is repaired.
old_plugin_still_usable() {
  local root
  for root in "$1"/plugin-runtime-deps/openclaw-2026.4.26-*; do
    [[ $(cat "$root/node_modules/dep-old/index.js") == "module.exports = 'dep-old';" ]] || return 1
    [[ $(cat "$root/node_modules/dep-old/lib/8.js") == "dep-old 8" ]] || return 1
  done
}

everything_usable() {
  local root
  old_plugin_still_usable "$1" || return 1
  for root in "$1"/plugin-runtime-deps/openclaw-2026.4.26-*; do
    [[ $(cat "$root/node_modules/dep-new/lib/8.js") == "dep-new 8" ]] || return 1
  done
  # No folder of a run that died, no second closure of the same content.
  [[ -z $(find "$1" -maxdepth 4 \( -name '.staging-*' -o -name '.openclaw-systemd-*' -o -name '.plugin-view-*' \)) ]]
}

# How often the program makes such calls in an undisturbed run.
count_calls() {
  new_state count
  cp -a "$work/before/." "$work/count/"
  as_gateway strace --quiet=all --output="$work/scratch/trace" --trace="$calls" \
    "$install_deps" --settings "$work/helpers.ini" --state-dir "$work/count" --package-root "$work/package" \
    --config "$work/openclaw.json" --quiet
  grep --count '^[a-z]' "$work/scratch/trace"
}

fake_package 2026.4.26 old:dep-old
new_state before
stage "$work/before" --quiet
fake_package 2026.4.26 old:dep-old new:dep-new
points=$(count_calls)
printf '# %s system calls that change something\n' "$points"

every=${EVERY:-1} tried=0 broken=0
for ((point = ${FIRST:-1}; point <= points; point += every)); do
  chmod -R u+w "$work/now" 2>/dev/null || true
  rm -rf "$work/now"
  cp -a "$work/before" "$work/now"
  as_gateway strace --quiet=all --output=/dev/null --trace="$calls" --inject="$calls:signal=KILL:when=$point" \
    "$install_deps" --settings "$work/helpers.ini" --state-dir "$work/now" --package-root "$work/package" \
    --config "$work/openclaw.json" --quiet >/dev/null 2>&1 || true
  tried=$((tried + 1))
  if ! old_plugin_still_usable "$work/now"; then
    broken=$((broken + 1))
    printf '# killed at call %s: what was staged before is gone\n' "$point"
  elif ! stage "$work/now" --quiet || ! everything_usable "$work/now"; then
    broken=$((broken + 1))
    printf '# killed at call %s: the next run does not complete it\n' "$point"
  fi
done
expect "killed at each of $tried points, old dependencies stay usable and the next run completes" [ "$broken" = 0 ]
exit "$failed"
