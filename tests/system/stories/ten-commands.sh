#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The ten commands of the README, word for word: from a bare Debian without Node, npm and compiler to a gateway that was
# updated and rolled back, and that is watched. The packages come from a signed apt repository.
# Takes 500 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"

allocate_port port
story "ten commands from a bare Debian to a gateway that is updated, rolled back and watched"
here=$(cd "$(dirname "$0")/../../.." && pwd)
server=$(( port + 1 ))
from=2026.9.5

make_repository() (
  export GNUPGHOME=$machines/gnupg
  mkdir -m 700 "$GNUPGHOME"
  trap 'gpgconf --kill all' EXIT
  gpg --batch --quiet --passphrase '' --quick-generate-key repository@example.invalid default default never
  "$here/packaging/repository.sh" "$machines/repository" repository@example.invalid "$suite=${SUITE_DEB%/*}"
)

# A web server that has the repository, until the story ends.
serve_repository() {
  setpriv --pdeathsig KILL python3 -m http.server --bind 127.0.0.1 --directory "$machines/repository" "$server" \
    >"$machines/server.log" 2>&1 &
  wait_for 10 port_in_use "$server"
}

# commands: prints those of the README, for this repository and this Debian. The onboarding asks nothing here.
commands() {
  sed --quiet '/^    .usr.lib.apt.apt-helper/,/^$/s/^    //p' "$here/README.md" |
    sed "s|https://packages.example.org|http://127.0.0.1:$server|g; s|bookworm|$suite|; s|onboard --skip-health|& $onboarding|"
}
onboarding="--non-interactive --accept-risk --mode local --auth-choice skip --gateway-port $port --gateway-auth token \
--gateway-token $gateway_token --gateway-bind loopback --skip-channels --skip-skills --skip-search --skip-hooks --skip-ui"

run() {
  local command
  command=$(sed --quiet "$1p" <<<"$commands")
  machine_run host env DEBIAN_FRONTEND=noninteractive sh -c "$command"
}

# What belongs to a test and to no machine: how the registry is reached, a port, no recommended packages (the folder of
# certificates is the host's).
surround() {
  registry_npmrc | machine_put host /etc/npmrc
  printf 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n' | machine_put host /etc/apt/apt.conf.d/90-test
}

gateway_runs_on_node_of_its_release() {
  local pid
  pid=$(machine_run host systemctl show --property=MainPID --value openclaw-gateway)
  machine_run host readlink "/proc/$pid/exe" | tee /dev/stderr | grep --quiet "/releases/$1-.*/.openclaw-systemd/node$"
}

installed_size() {
  # shellcheck disable=SC2016 # the braces are dpkg-query's
  machine_run host dpkg-query --show --showformat='${Installed-Size}\n' | awk '{ kib += $1 } END { print NR " packages, " int(kib / 1024) " MiB" }'
}

from_nothing() {
  local newest
  newest=$(openclaw_newest)
  quietly machine_start_bare host "$suite"
  quietly make_repository
  quietly serve_repository
  quietly surround
  commands=$(commands)
  expect "the README has ten" [ "$(wc -l <<<"$commands")" = 10 ]
  expect "there is no Node, npm or compiler" machine_run host sh -c '! command -v node npm gcc'
  note "installed before: $(installed_size)"
  expect "1: the key of the repository is fetched" run 1
  expect "2: the repository is named" run 2
  expect "3: the packages are installed" run 3
  note "installed after: $(installed_size)"
  quietly suite_overrides host
  quietly update_on_port host "$port"
  expect "4: OpenClaw $from is installed" timed run 4
  note "that took $elapsed s"
  expect "5: it is set up" run 5
  expect "6: gateway and watchdog start" run 6
  expect "  and the gateway is ready" wait_for "$patience" gateway_answers_version "$port" "$from"
  expect "  on a Node of its release" gateway_runs_on_node_of_its_release "$from"
  expect "  which has its npm" says '^1[0-9]\.' \
    machine_run host env PATH=/var/lib/openclaw-update/current/.openclaw-systemd:/usr/bin:/bin npm --version
  expect "7: it is updated to $newest" timed run 7
  note "that took $elapsed s"
  expect "  which serves" wait_for "$patience" gateway_answers_version "$port" "$newest"
  expect "  on a Node of that release" gateway_runs_on_node_of_its_release "$newest"
  expect "8: the status tells of it" says "^current +$newest" run 8
  expect "9: it is rolled back" run 9
  expect "  to one that serves" wait_for "$patience" gateway_answers_version "$port" "$from"
  expect "10: the gateway is healthy" wait_for 60 run 10
  expect "the watchdog sees that it is well" wait_for 120 says '^gateway ready on' \
    machine_run host systemctl show --property=StatusText --value openclaw-watchdog
  expect "everything is started at the next boot" machine_run host systemctl is-enabled openclaw-gateway openclaw-watchdog
  expect "the staging by hand finds the Node of the release" machine_run host openclaw-install-deps --check
}

with_suite from_nothing
