#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Killed at any system call, the guard of a container's volume loses nothing: the next start of the same image finishes
# what it began, and a start of the image that ran before finds its own state as it left it.
# Every system call of both programs of the entrypoint that changes the file system is a point. In memory: a kill is no
# power cut, and each start flushes its file system.
place=/dev/shm
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

calls=mkdirat,mkdir,openat2,renameat,renameat2,rename,unlinkat,unlink,fchmod,fchmodat,fsync,fdatasync,syncfs,ftruncate,write,pwrite64
for program in openclaw-stage-deps openclaw-guard-state; do
  install --mode=755 "${PROGRAMS:-$repository/build/dev/src/tools}/$program" "$work/$program"
done
printf '[gateway]\nnode = /bin/sh\n' >"$work/helpers.ini"

# image VERSION SCHEMA: an OpenClaw that knows that schema of its database, and answers when it is asked about one.
image() {
  mkdir -p "$work/$1/dist"
  printf '{"name":"openclaw","version":"%s"}' "$1" >"$work/$1/package.json"
  cat >"$work/$1/openclaw.mjs" <<ANSWER
found=\$(od -An -tu1 -j63 -N1 "\$3" | tr -d ' ')
status=exact
[ "\$found" -le $2 ] || status=incompatible
[ "\$found" -ge $2 ] || status=migration-required
printf '{"schema":"openclaw.state-schema-preflight.v1","targetVersion":$2,"foundVersion":%s,"status":"%s"}' "\$found" "\$status"
ANSWER
}

# entrypoint VOLUME VERSION [TRACER...]: one start of that image's container.
entrypoint() {
  local volume=$1 version=$2
  shift 2
  as_gateway HOME="$volume" "$@" "$work/openclaw-stage-deps" --guard-state --settings "$work/helpers.ini" \
    --package-root "$work/$version" -- /bin/true
}

# What a running OpenClaw of that version and schema does to the volume.
run_openclaw() {
  local volume=$1 version=$2 schema=$3
  entrypoint "$volume" "$version" >/dev/null 2>&1 || return 1
  as_gateway mkdir -p "$volume/.openclaw/state"
  as_gateway sqlite3 "$volume/.openclaw/state/openclaw.sqlite" \
    "CREATE TABLE IF NOT EXISTS said(text); INSERT INTO said VALUES('$version'); PRAGMA user_version=$schema"
  as_gateway sh -c "printf '{\"meta\":\"%s\"}' $version >$volume/.openclaw/openclaw.json"
}

# is_state_of VOLUME VERSION SCHEMA WORDS: what that version had left, whole.
is_state_of() {
  local volume=$1 version=$2 schema=$3 words=$4 database=$1/.openclaw/state/openclaw.sqlite
  [[ $(sqlite3 "$database" 'PRAGMA integrity_check') == ok ]] || return 1
  [[ $(sqlite3 "$database" 'PRAGMA user_version') == "$schema" ]] || return 1
  [[ $(sqlite3 "$database" 'SELECT group_concat(text) FROM said') == "$words" ]] || return 1
  [[ $(cat "$volume/.openclaw/openclaw.json") == "{\"meta\":\"$version\"}" ]]
}

# Does any file below hold what the newer version wrote last?
newer_state_is_somewhere() {
  local database
  while read -r database; do
    [[ $(sqlite3 "$database" 'SELECT group_concat(text) FROM said' 2>/dev/null) != 2026.9.5,2026.9.6 ]] || return 0
  done < <(find "$1" -name openclaw.sqlite)
  return 1
}

new_state scratch
image 2026.9.5 17
image 2026.9.6 18
new_state before
run_openclaw "$work/before" 2026.9.5 17
run_openclaw "$work/before" 2026.9.6 18
is_state_of "$work/before" 2026.9.6 18 2026.9.5,2026.9.6

fresh() {
  chmod -R u+w "$work/now" 2>/dev/null || true
  rm -rf "$work/now"
  cp -a "$work/before" "$work/now"
}

fresh
entrypoint "$work/now" 2026.9.5 strace --quiet=all --output="$work/scratch/trace" --trace="$calls" >/dev/null 2>&1
points=$(grep --count '^[a-z]' "$work/scratch/trace")
printf '# %s system calls that change something\n' "$points"
expect "an older image gets its state back" is_state_of "$work/now" 2026.9.5 17 2026.9.5
expect "and what the newer one had left is kept" newer_state_is_somewhere "$work/now"

every=${EVERY:-1} tried=0 broken=0
for ((point = ${FIRST:-1}; point <= points; point += every)); do
  for then in 2026.9.5 2026.9.6; do
    fresh
    entrypoint "$work/now" 2026.9.5 strace --quiet=all --output=/dev/null --trace="$calls" \
      --inject="$calls:signal=KILL:when=$point" >/dev/null 2>&1 || true
    tried=$((tried + 1))
    if ! newer_state_is_somewhere "$work/now"; then
      broken=$((broken + 1))
      printf '# killed at call %s: what the newer image had left is gone\n' "$point"
    fi
    entrypoint "$work/now" "$then" >"$work/start.log" 2>&1 || {
      broken=$((broken + 1))
      printf '# killed at call %s: %s does not start: %s\n' "$point" "$then" "$(tail -n 1 "$work/start.log")"
      continue
    }
    # Once the older image's start is recorded, the newer one comes to the older state: it is the one that ran.
    case $then in
      2026.9.5) right() { is_state_of "$work/now" 2026.9.5 17 2026.9.5; } ;;
      2026.9.6) right() { is_state_of "$work/now" 2026.9.6 18 2026.9.5,2026.9.6 || is_state_of "$work/now" 2026.9.5 17 2026.9.5; } ;;
    esac
    if ! right || ! newer_state_is_somewhere "$work/now"; then
      broken=$((broken + 1))
      printf '# killed at call %s: %s does not find its state\n' "$point" "$then"
    fi
  done
done
expect "killed at each of $tried points, the state is the old one or the new one, and nothing is lost" [ "$broken" = 0 ]
exit "$failed"
