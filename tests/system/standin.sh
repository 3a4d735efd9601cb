# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # machines and what they need come from the story
# A machine whose registry has a stand-in for OpenClaw (standin/), in versions that fail each in its own way, for what a
# real release does not show on demand. An update takes seconds. To be sourced after update.sh.

standin_folder=$(dirname "${BASH_SOURCE[0]}")/standin

# standin_machine NAME PORT [LAYER...]: boots it, with the shipped unit on that port, and no release yet.
standin_machine() {
  local name=$1 port=$2
  update_machine "$@"
  gateway_config "$name" "$port" '.channels = {} | .plugins = {entries: {echo: {enabled: true}}}'
  standin_registry_start "$name" "$(standin_registry_port "$port")"
  standin_setting "$name" packages registry "$(standin_registry "$port")"
  standin_setting "$name" update settle 3s
  standin_setting "$name" update ready-timeout 1min
  # Releases are to fail when they run live.
  standin_setting "$name" canary boot no
}

# standin_registry_port PORT: of the block of ports that the gateway's begins.
standin_registry_port() {
  printf '%s\n' $(( $1 + port_block - 1 ))
}

# standin_registry PORT [WORD]: prints its address; with a word, of what it spoils (see registry.mjs).
standin_registry() {
  printf 'http://127.0.0.1:%s/%s\n' "$(standin_registry_port "$1")" "${2:+$2/}"
}

standin_registry_start() {
  local name=$1 port=$2
  machine_run "$name" mkdir -p /opt/standin
  tar --create --directory="$standin_folder" . | machine_run "$name" tar --extract --no-same-owner --directory=/opt/standin
  machine_put "$name" /etc/systemd/system/standin-registry.service <<UNIT
[Service]
ExecStart=/usr/bin/node /opt/standin/registry.mjs $port
Restart=on-failure
RestartSec=1
DynamicUser=yes
UNIT
  machine_run "$name" systemctl start standin-registry
  wait_for 30 port_in_use "$port"
}

# standin_setting NAME SECTION KEY VALUE: of helpers.ini; the last one counts.
standin_setting() {
  printf '[%s]\n%s = %s\n' "$2" "$3" "$4" | machine_put "$1" "/etc/openclaw/helpers.ini.d/70-$2-$3.ini"
}

# standin NAME: prints the version that has that name in standin/versions.json.
standin() {
  jq --exit-status --raw-output --arg name "$1" '.[] | select(.name == $name).version' "$standin_folder/versions.json"
}

# What follows is about the machine "host" of a story, and the gateway on its $port.

# ends_with STATUS CMD...: is that its exit status?
ends_with() {
  local wanted=$1 status=0
  shift
  "$@" || status=$?
  printf 'exit status %s\n' "$status"
  (( status == wanted ))
}

# status_has FILTER [VALUE]: does the jq filter hold of what `openclaw-update status` reports?
status_has() {
  local report
  report=$(machine_run host openclaw-update status --json)
  printf '%s\n' "$report"
  jq --exit-status --arg value "${2:-}" "$1" <<<"$report" >/dev/null
}

is_quarantined() {
  status_has 'any(.quarantine[]; .version == $value)' "$1"
}

# outcome_line OUTCOME VERSION: prints the first line of what the journal says of how the last update to it ended.
outcome_line() {
  machine_run host journalctl --no-pager --output=json "OPENCLAW_UPDATE_STAGE=$1" "OPENCLAW_TO=$2" |
    tail -n 1 | jq --raw-output .MESSAGE | head -n 1
}

# journal_says PATTERN OUTCOME VERSION
journal_says() {
  says "$1" outcome_line "$2" "$3"
}

# gateway_serves_version NAME: that version is current, runs in the unit, is ready, and says itself which one it is.
gateway_serves_version() {
  current_is host "$(standin "$1")" &&
    machine_run host systemctl is-active openclaw-gateway &&
    gateway_is_ready "$port" &&
    gateway_answers_version "$port" "$(standin "$1")"
}

# starts_of NAME: prints how often the database, as it is now, was opened by that version.
starts_of() {
  machine_run host /usr/bin/node --no-warnings -e '
    const { DatabaseSync } = require("node:sqlite")
    const database = new DatabaseSync("/var/lib/openclaw/.openclaw/state/openclaw.sqlite", { readOnly: true })
    console.log(database.prepare("SELECT count(*) AS n FROM starts WHERE version = ?").get(process.argv[1]).n)
    ' "$(standin "$1")"
}

# is_refused NAME REASON SENTENCE: an update to that version is refused, and the gateway has not noticed.
is_refused() {
  local version pid
  version=$(standin "$1")
  pid=$(gateway_pid)
  expect "$3: refused" timed ends_with 3 update_to host "$version"
  note "that took $elapsed s"
  expect "  the gateway ran on" gateway_is_still "$pid"
  expect "  the journal says why" journal_says "^refused .*$2" refused "$version"
  expect "  the version is not quarantined" not is_quarantined "$version"
  expect "  nothing is left over" update_has_no_leftovers host
}

gateway_pid() {
  machine_run host systemctl show --property=MainPID --value openclaw-gateway
}

gateway_is_still() {
  [[ $(gateway_pid) == "$1" ]] && gateway_serves_version old
}
