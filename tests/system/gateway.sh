# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# An OpenClaw gateway as its operator set it up: a user, a hardened unit, a configuration with three channels.

gateway_unit_name=openclaw-gateway.service
gateway_home=/home/openclaw
gateway_package=/usr/lib/node_modules/openclaw
# What it says when it serves: up to 4.28 "ready (8 plugins: acpx, browser, ...; 6.1s)", later "http server listening (...".
gateway_up='(ready|http server listening) \('
gateway_token=0123456789abcdef0123456789abcdef

# gateway_account NAME: the user that the gateway runs as. Its number is fixed, for layers hold files of it.
gateway_account() {
  machine_run "$1" useradd --system --uid 900 --create-home --home-dir "$gateway_home" --shell /usr/sbin/nologin openclaw
}

# gateway_config_json PORT [FILTER]: prints a config: Slack, Discord and Telegram with tokens that are none, changed by the
# jq filter.
gateway_config_json() {
  jq --null-input --argjson port "$1" --arg token "$gateway_token" '{
    gateway: {mode: "local", port: $port, auth: {mode: "token", token: $token}},
    channels: {
      slack: {enabled: true, mode: "socket", botToken: "xoxb-dummy", appToken: "xapp-dummy"},
      # OpenClaw knows an address of Telegram by heart, for when the name leads nowhere.
      telegram: {enabled: true, botToken: "123:dummy", proxy: "http://127.0.0.1:9"},
      discord: {enabled: true, token: "dummy"}
    },
    plugins: {entries: {slack: {enabled: true}, telegram: {enabled: true}, discord: {enabled: true}}}
  } | '"${2:-.}"
}

# gateway_config NAME PORT [FILTER]: puts it where the gateway's user has it.
gateway_config() {
  local folder=$gateway_home/.openclaw
  machine_run "$1" install -d --owner=openclaw --group=openclaw --mode=700 "$folder"
  gateway_config_json "${@:2}" | machine_put "$1" "$folder/openclaw.json" 600
  machine_run "$1" chown openclaw:openclaw "$folder/openclaw.json"
}

# A jq filter for gateway_config: nothing but Telegram, which is as little as a gateway can be asked to stage.
# shellcheck disable=SC2034 # for stories
only_telegram='.channels |= {telegram} | .plugins = {allow: ["telegram"], entries: {telegram: {enabled: true}}}'

# gateway_unit NAME VERSION PORT [LINE...]: the operator's own hardened unit, with more lines for [Service] if need be.
gateway_unit() {
  local name=$1 version=$2 port=$3
  shift 3
  machine_put "$name" "/etc/systemd/system/$gateway_unit_name" <<UNIT
[Unit]
Description=OpenClaw gateway $version
After=network-online.target

[Service]
User=openclaw
WorkingDirectory=$gateway_home
Environment=HOME=$gateway_home
Environment=OPENCLAW_NO_AUTO_UPDATE=1
ExecStart=/usr/bin/node $gateway_package/dist/index.js gateway --port $port
Restart=on-failure
RestartSec=5
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
NoNewPrivileges=yes
ReadWritePaths=$gateway_home
$(printf '%s\n' "$@")

[Install]
WantedBy=multi-user.target
UNIT
  machine_run "$name" systemctl daemon-reload
}

# gateway_set_up NAME VERSION PORT [LINE...]: all of the above.
gateway_set_up() {
  gateway_account "$1"
  gateway_config "$1" "$3"
  gateway_unit "$@"
}

# gateway_home_layer VERSION: prints the folder of a layer with what an earlier start of that version, configured with
# $only_telegram, left in the home of the gateway's user.
gateway_home_layer() {
  build_once "layers/home-$1" "$(dirname "${BASH_SOURCE[0]}")/home-layer" "$1"
}

gateway_start() {
  machine_run "$1" systemctl reset-failed "$gateway_unit_name" 2>/dev/null || true
  machine_run "$1" systemctl start "$gateway_unit_name"
}

gateway_stop() {
  machine_run "$1" systemctl stop "$gateway_unit_name"
}

# gateway_get PORT PATH: prints the body of an answer, whatever its status.
gateway_get() {
  curl --silent --noproxy '*' --max-time 5 "http://127.0.0.1:$1$2"
}

# gateway_is_ready PORT: does it say so itself? A path that a version does not know is answered with 200 and a web page,
# hence the look into the body.
gateway_is_ready() {
  [[ $(gateway_get "$1" /readyz | jq --raw-output '.ready' 2>/dev/null) == true ]]
}

# gateway_wait_ready PORT SECONDS
gateway_wait_ready() {
  wait_for "$2" gateway_is_ready "$1"
}

# gateway_is_complete NAME PORT SECONDS PLUGIN...: is it ready within so long, and serves them all?
gateway_is_complete() {
  local name=$1
  gateway_wait_ready "$2" "$3" || { printf 'not ready\n'; return 1; }
  shift 3
  gateway_serves "$name" "$@"
}

# gateway_log NAME [MATCH...]: prints what the gateway and its ExecStartPre= wrote since the last start.
gateway_log() {
  local name=$1 invocation
  shift
  invocation=$(machine_run "$name" systemctl show --property=InvocationID --value "$gateway_unit_name")
  machine_run "$name" journalctl --no-pager --output=cat "_SYSTEMD_INVOCATION_ID=$invocation" "$@"
}

# gateway_ran_no_npm NAME: is there no run of npm since the gateway itself, not its ExecStartPre=, was started? Not
# counted is `npm exec`, with which acpx starts its adapters.
gateway_ran_no_npm() {
  local started log runs
  log=$(gateway_log "$1")
  # Not yet up, it may still be about to.
  grep --quiet --extended-regexp "$gateway_up" <<<"$log" || { printf 'the gateway is not up\n'; return 1; }
  started=$(machine_run "$1" systemctl show --property=ExecMainStartTimestampMonotonic --value "$gateway_unit_name")
  runs=$(machine_run "$1" journalctl --no-pager --output=json SYSLOG_IDENTIFIER=npm-run |
    jq --raw-output --argjson started "$started" '
      select((.__MONOTONIC_TIMESTAMP | tonumber) > $started) | .MESSAGE | select(startswith("exec") | not)')
  printf '%s\n' "$runs"
  [[ -z $runs ]]
}

# plugins_of_log: prints the plugins that a gateway, whose log is on standard input, says it serves, one a line.
plugins_of_log() {
  sed --quiet --regexp-extended 's/.*'"$gateway_up"'[0-9]+ plugins?: ([^;)]*).*/\2/p' |
    tail -n 1 | tr ',' '\n' | tr -d ' ' | sed '/^$/d'
}

# gateway_loaded_plugins NAME: the same of a machine's gateway.
gateway_loaded_plugins() {
  local log
  log=$(gateway_log "$1")
  plugins_of_log <<<"$log"
}

# gateway_serves NAME PLUGIN...: does it say so of each of them?
gateway_serves() {
  local name=$1 plugin loaded
  shift
  loaded=$(gateway_loaded_plugins "$name")
  printf 'loaded: %s\n' "${loaded//$'\n'/ }"
  for plugin in "$@"; do
    grep --quiet --line-regexp --fixed-strings "$plugin" <<<"$loaded" || { printf 'not loaded: %s\n' "$plugin"; return 1; }
  done
}
