# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A small OpenClaw, a package client without network, and the programs under test, for tests that break things.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
install_deps=${INSTALL_DEPS:-$repository/build/dev/src/tools/openclaw-install-deps}
work=$(mktemp -d "${place:-/var/tmp}/openclaw-systemd-crash.XXXXXX")
chmod 755 "$work"
# Where an unprivileged user finds it: a clone may lie in /root.
install --mode=755 "$install_deps" "$work/openclaw-install-deps"
install_deps=$work/openclaw-install-deps
trap 'cleanup' EXIT
passed=0 failed=0

cleanup() {
  ! mountpoint --quiet "$work/small" || umount "$work/small"
  chmod -R u+w "$work" && rm -rf --one-file-system "$work"
  printf '%s passed, %s failed\n' "$passed" "$failed"
}

expect() {
  local sentence=$1
  shift
  if "$@" >"$work/expect.log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok - %s\n' "$sentence"
  else
    failed=$((failed + 1))
    printf 'not ok - %s\n' "$sentence"
    sed 's/^/#   /' "$work/expect.log" | tail -n 15
  fi
}

# fake_package VERSION PLUGIN:DEPENDENCY...: an OpenClaw package in $work/package.
fake_package() {
  local version=$1 pair plugin dependency
  shift
  rm -rf "$work/package"
  mkdir -p "$work/package/dist/extensions"
  printf '{"name":"openclaw","version":"%s"}' "$version" >"$work/package/package.json"
  printf '// core\n' >"$work/package/dist/index.js"
  for pair in "$@"; do
    plugin=${pair%%:*} dependency=${pair#*:}
    mkdir -p "$work/package/dist/extensions/$plugin"
    printf '{"id":"%s","enabledByDefault":true}' "$plugin" >"$work/package/dist/extensions/$plugin/openclaw.plugin.json"
    printf '{"name":"@openclaw/%s","dependencies":{"%s":"1.0.0"}}' "$plugin" "$dependency" \
      >"$work/package/dist/extensions/$plugin/package.json"
  done
}

# fake_npm: a Node that is a shell, and beside it an npm that makes 20 files for each dependency.
fake_npm() {
  mkdir -p "$work/prefix/bin" "$work/prefix/lib/node_modules/npm/bin"
  cat >"$work/prefix/bin/node" <<'NODE'
#!/bin/sh
script=$1
shift
exec /bin/sh "$script" "$@"
NODE
  cat >"$work/prefix/lib/node_modules/npm/bin/npm-cli.js" <<'NPM'
if [ "$1" = --version ]; then echo 11.0.0; exit 0; fi
sed -n 's/.*"\(dep-[a-z]*\)": *"1.0.0".*/\1/p' package.json | while read -r name; do
  mkdir -p "node_modules/$name/lib"
  echo "{\"name\":\"$name\",\"version\":\"1.0.0\",\"main\":\"index.js\"}" >"node_modules/$name/package.json"
  echo "module.exports = '$name';" >"node_modules/$name/index.js"
  for number in 1 2 3 4 5 6 7 8; do echo "$name $number" >"node_modules/$name/lib/$number.js"; done
done
NPM
  chmod 755 "$work/prefix/bin/node"
  printf '[gateway]\nnode = %s\n[packages]\nclient = npm\n' "$work/prefix/bin/node" >"$work/helpers.ini"
}

# as_gateway CMD...: as an unprivileged user with a bare environment, as in the unit.
as_gateway() {
  setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH=/usr/bin:/bin "$@"
}

# stage STATE [OPTION...]: one run of the program under test.
stage() {
  local state=$1
  shift
  as_gateway "$install_deps" --settings "$work/helpers.ini" --state-dir "$state" --package-root "$work/package" \
    --config "$work/openclaw.json" "$@"
}

# new_state NAME: an empty state directory of the gateway's user.
new_state() {
  install -d --owner=65534 --group=65534 "$work/$1"
}
