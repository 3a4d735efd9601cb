# shellcheck shell=bash disable=SC2154 # machines and what they need come from the story
# A machine whose registry has a stand-in for OpenClaw (standin/), in versions that fail each in its own way, for what a
# real release does not show on demand. An update takes seconds. To be sourced after update.sh.

standin_folder=$(dirname "${BASH_SOURCE[0]}")/standin

# standin_machine NAME PORT: boots it, with the shipped unit on that port, and no release yet.
standin_machine() {
  local name=$1 port=$2
  update_machine "$name" "$port"
  gateway_config "$name" "$port" '.channels = {} | .plugins = {entries: {echo: {enabled: true}}}'
  standin_registry_start "$name" "$(standin_registry_port "$port")"
  standin_setting "$name" packages registry "$(standin_registry "$port")"
  standin_setting "$name" update settle 3s
  standin_setting "$name" update ready-timeout 1min
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
