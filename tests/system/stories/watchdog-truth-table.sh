#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Scripted gateways in a real systemd, each with a watchdog of its own, side by side: what the watchdog does about
# each of them, and that it does nothing to the many that need nothing. Its waits are short, so that minutes are seconds.
# The rows are truth-table/rows.json; the same with a played clock, and with the real waits, is a unit test.
# Takes 450 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
story "a watchdog in front of every gateway that we could think of"
table=$(dirname "$0")/../truth-table
tools=/opt/truth-table root=/srv/truth-table

# The update that some of the gateways blame is a real one, of this machine's own gateway.
sets_up() {
  standin_machine host "$port"
  update_to host "$(standin old)"
  update_to host "$(standin good)"
  machine_run host systemctl stop openclaw-gateway
  machine_run host mkdir -p "$tools" "$root"
  tar --create --directory="$table" . | machine_run host tar --extract --no-same-owner --directory="$tools"
  makes_units
}

makes_units() {
  machine_put host /run/systemd/system/table-gateway@.service <<UNIT
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/bin/node $tools/gateway.mjs $root/%i \$PORT
EnvironmentFile=$root/%i/environment
Restart=always
RestartSec=3
RestartPreventExitStatus=78
TimeoutStopSec=20
UNIT
  # As it is shipped, with folders of its own.
  machine_run host cp /usr/lib/systemd/system/openclaw-watchdog.service /run/systemd/system/table-watchdog@.service
  machine_put host /run/systemd/system/table-watchdog@.service.d/row.conf <<UNIT
[Unit]
After=table-gateway@%i.service
[Service]
ExecStart=
ExecStart=/usr/libexec/openclaw/openclaw-watchdog --config $root/%i/helpers.ini
RestartSec=2
StateDirectory=
StateDirectory=table-watchdog/%i
RuntimeDirectory=
RuntimeDirectory=table-watchdog/%i openclaw-update
BindPaths=$root/%i/update:/var/lib/openclaw-update $root/%i/run:/run/openclaw-update
UNIT
  worker_in_the_place_of openclaw-stage@ "stage %i"
  # Rows share it, and what one asks for while it works for another starts it no second time: it looks once more.
  worker_in_the_place_of openclaw-update roll-back twice
}

# worker_in_the_place_of UNIT WORDS [twice]
worker_in_the_place_of() {
  machine_put host "/run/systemd/system/$1.service.d/zz-worker.conf" <<UNIT
[Service]
Type=oneshot
User=root
ProtectSystem=no
NoNewPrivileges=no
CapabilityBoundingSet=~
ExecStartPre=
ExecStart=
ExecStart=$tools/worker $2
ExecStartPost=
ExecStopPost=
${3:+ExecStopPost=$tools/worker $2}
UNIT
}

plays_all() {
  machine_run host node "$tools/director.mjs" "$root" $(( port + 1 )) >"$machines/findings"
  (( $(wc -l <"$machines/findings") == $(jq length "$table/rows.json") ))
}

# went_as_told NAME: prints what was found, and what of it is not as the row says.
went_as_told() {
  local row found wrong
  row=$(jq --arg name "$1" '.[] | select(.name == $name)' "$table/rows.json")
  found=$(jq --arg name "$1" 'select(.name == $name)' "$machines/findings")
  wrong=$(jq --null-input --compact-output --from-file "$table/judge.jq" --argjson row "$row" --argjson found "$found")
  printf '%s\nnot as the table says: %s\n' "$found" "$wrong"
  [[ $wrong == '[]' ]]
}

judges_all() {
  local name sentence
  expect "every row was played" plays_all
  while IFS=$'\t' read -r name sentence; do
    expect "$sentence" went_as_told "$name"
  done < <(jq --raw-output '.[] | [.name, .says] | @tsv' "$table/rows.json")
}

watches() {
  quietly sets_up
  judges_all
}

with_suite watches
