#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A value that nobody else has, in each place where a gateway's secret may be: unit, drop-in, environment files,
# credential, config, .env, npmrc, URLs, an argument. Through adoption, updates that succeed and fail, a canary, a
# rollback and the crash of an updater and a worker it is found in no journal, record, report, metric, status, core or
# list of arguments.
# Takes 150 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
story "secrets of a gateway, and where they are not"

# What all the values begin with, so that one search finds each of them. The shape of the rest is that of no known token.
mark=$(tr -dc 'a-z0-9' </dev/urandom | head -c 12) || true
mark=zq${mark}
# Arguments of a process are what is searched, too: who searches reads the mark from this file.
mark_file=/root/mark
unit=claw.service
home=/home/claw
update_folder=/var/lib/openclaw-update
# What may have the values of a unit file: the copies for a rollback, of root alone.
kept_copies='/(definition|set-aside)/'
drop_in=/etc/systemd/system/$unit.d/50-openclaw-update.conf

# secret PLACE: prints the value that is there.
secret() {
  printf '%s-%s-4f2a77\n' "$mark" "$1"
}

# The gateway of an operator who is careless: each value is somewhere else.
a_gateway_with_secrets() {
  quietly standin_machine host "$port"
  printf '%s' "$mark" | machine_put host $mark_file 600
  quietly machine_run host npm install --global --registry="$(standin_registry "$port")" "openclaw@$(standin old)"
  quietly machine_run host useradd --create-home claw
  gateway_home=$home quietly gateway_config host "$port" "
    .channels = {} | .plugins = {entries: {echo: {enabled: true}}} | .gateway.auth.token = \"$(secret config-token)\" |
    .models.providers.house.apiKey = \"$(secret config-provider)\""
  printf 'OPENROUTER_API_KEY=%s\nPLAIN_WORD=%s\n' "$(secret dotenv)" "$(secret dotenv-word)" |
    quietly machine_put host $home/.openclaw/.env 600
  printf '//127.0.0.1:9/:_authToken=%s\n' "$(secret user-npmrc)" | quietly machine_put host $home/.npmrc 600
  # What OpenClaw says of a secret when it does not like it is in the journal, as the gateway's own words.
  printf 'bad token: %s\nAuthorization: Bearer %s\n' "$(secret config-token)" "$(secret says)" |
    quietly machine_put host $home/.openclaw/says 600
  quietly machine_run host chown -R claw: $home
  printf 'ANTHROPIC_API_KEY="%s"\nWEBHOOK=https://hooks.example/%s\n' "$(secret envfile)" "$(secret envfile-url)" |
    quietly machine_put host /etc/claw.env 600
  printf '%s\n' "$(secret credential)" | quietly machine_put host /etc/claw.credential 600
  a_unit_with_secrets "--token $(secret argument)"
  quietly machine_run host systemctl start $unit
  expect "a gateway with a secret in every place runs" wait_for 60 gateway_is_ready "$port"
}

# a_unit_with_secrets ARGUMENTS: and its drop-in.
a_unit_with_secrets() {
  machine_put host /etc/systemd/system/$unit <<UNIT
[Service]
User=claw
Environment=HOME=$home OPENAI_API_KEY=$(secret unit)
EnvironmentFile=/etc/claw.env
LoadCredential=provider:/etc/claw.credential
ExecStart=/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway --port $port $1
UNIT
  printf '[Service]\nEnvironment=DATABASE_URL=postgres://claw:%s@127.0.0.1/claw PLAIN=%s\n' "$(secret drop-in-url)" \
    "$(secret drop-in)" | machine_put host /etc/systemd/system/$unit.d/10-secrets.conf 600
  machine_run host systemctl daemon-reload
}

# The suite's own: npm's configuration as a credential, a proxy and a webhook with secrets in their addresses.
a_suite_with_secrets() {
  machine_put host /etc/openclaw/npmrc 600 <<NPMRC
//127.0.0.1:$(standin_registry_port "$port")/:_authToken=$(secret npmrc-token)
//127.0.0.1:9/:_password=$(secret npmrc-password | base64 --wrap=0)
//127.0.0.1:9/:username=ci
https-proxy=http://ci:$(secret npmrc-proxy)@127.0.0.1:9
noproxy=127.0.0.1
NPMRC
  printf '[Service]\nLoadCredential=npmrc:/etc/openclaw/npmrc\nEnvironment=HTTPS_PROXY=http://ci:%s@127.0.0.1:9 NO_PROXY=127.0.0.1\n' \
    "$(secret fetch-proxy)" | machine_put host /etc/systemd/system/openclaw-fetch@.service.d/50-token.conf
  printf 'https://hooks.example/%s\n' "$(secret webhook)" | machine_put host /etc/openclaw/webhook 600
  printf '[Service]\nLoadCredential=webhook:/etc/openclaw/webhook\n' |
    machine_put host /etc/systemd/system/openclaw-update-notify@.service.d/50-webhook.conf
  # shellcheck disable=SC2016 # for the shell that the notification runs
  standin_setting host notify command 'read -r url <"$CREDENTIALS_DIRECTORY/webhook" && test -n "$url" && cat >/dev/null'
  standin_setting host watchdog metrics /run/openclaw-watchdog/openclaw.prom
  # Cores as large as they come, for whoever does not refuse them.
  printf '[Manager]\nDefaultLimitCORE=infinity\n' | machine_put host /etc/systemd/system.conf.d/50-core.conf
  machine_run host systemctl daemon-reexec
  machine_run host systemctl restart openclaw-watchdog
}

# arguments_are_watched: from now on the arguments of all processes but the gateway's are looked at, again and again.
arguments_are_watched() {
  machine_put host /root/watch-arguments.mjs <<'JS'
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
const [markFile, unit, findings] = process.argv.slice(2)
const mark = readFileSync(markFile, 'utf8')
const seen = new Set()
const read = (pid, name) => { try { return readFileSync(`/proc/${pid}/${name}`, 'utf8') } catch { return '' } }
let looks = 0
const look = () => {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const line = read(pid, 'cmdline')
    if (/openclaw-(update|state|fetch|canary|probe|finish)/.test(line)) seen.add(line.split('\0')[0])
    if (line.includes(mark) && !read(pid, 'cgroup').includes(`/${unit}`)) {
      appendFileSync(findings, `${pid}: ${line.replaceAll('\0', ' ')}\n`)
    }
  }
  looks += 1
  if (looks % 200 === 0) appendFileSync(`${findings}.looks`, `${looks} looks, ${[...seen].join(' ')}\n`)
}
setInterval(look, 3)
JS
  machine_run host systemd-run --unit=watch-arguments --nice=5 node /root/watch-arguments.mjs \
    $mark_file $unit /root/arguments
}

adoption() {
  expect "what adoption would do shows none" not carries_mark machine_run host openclaw-update adopt --dry-run $unit
  expect "the gateway is adopted, and none is shown" adopted_without_a_value
  quietly machine_run host systemctl restart $unit
  expect "  and serves from the release" wait_for 60 gateway_is_ready "$port"
}

adopted_without_a_value() {
  local said
  said=$(machine_run host openclaw-update adopt $unit 2>&1) || { printf '%s\n' "$said"; return 1; }
  printf '%s\n' "$said"
  grep --quiet 'OPENAI_API_KEY is set in' <<<"$said" && ! grep --quiet "$mark" <<<"$said"
}

# carries_mark CMD...: does it print one of the values?
carries_mark() {
  local output
  output=$("$@" 2>&1) || true
  printf '%s\n' "$output"
  grep --quiet "$mark" <<<"$output"
}

updates() {
  standin_setting host canary boot yes
  expect "an update with a canary" ends_with 0 update_to host "$(standin good)"
  expect "a release that fails as a canary: refused" ends_with 3 update_to host "$(standin exits)"
  standin_setting host canary boot no
  expect "a release that fails live: rolled back" ends_with 1 update_to host "$(standin exits)" --force
  expect "a rollback by hand" ends_with 0 machine_run host openclaw-update rollback
  expect "a snapshot by hand" machine_run host openclaw-update snapshot create
  expect "an address of a registry with a password in it is refused" a_registry_with_a_password
}

a_registry_with_a_password() {
  local file=/etc/openclaw/helpers.ini.d/90-registry.ini said status=0
  printf '[packages]\nregistry = http://ci:%s@127.0.0.1:9/\n' "$(secret registry-url)" | machine_put host $file
  ! carries_mark machine_run host openclaw-update check || status=1
  said=$(machine_run host openclaw-update check 2>&1) && status=1
  machine_run host rm $file
  grep --quiet 'user or password\|password' <<<"$said" || status=1
  return "$status"
}

# crashes UNIT: an update to a slow release, in which that unit's program gets a SIGSEGV while the canary boots.
crashes() {
  local updater
  update_to host "$(standin slow)" --force &
  updater=$!
  wait_for 60 machine_run host pgrep --full 'openclaw-canary .*boot' || return 1
  machine_run host systemctl kill --signal=SEGV --kill-whom=main "$1" || return 1
  ! wait "$updater" || { printf 'it was updated\n'; return 1; }
  wait_for 90 update_has_no_leftovers host && wait_for 60 gateway_is_ready "$port" && crash_is_told "$1"
}

crash_is_told() {
  machine_run host journalctl --no-pager --output=cat --unit="$1" | grep 'Main process exited, code=\(killed\|dumped\)'
}

leaves_no_core() {
  local cores
  cores=$(machine_run host find / -xdev -type f -regextype posix-extended -regex '.*/core(\.[0-9]+)?' -not -path '/proc/*' \
    -not -path '/sys/*' -not -path '*/node_modules/*')
  printf 'cores: %s\n' "$cores"
  [[ -z $cores ]]
}

# limits_are_zero: of all services of the suite, whatever the manager's default is. The gateway's is its operator's.
limits_are_zero() {
  machine_run host sh -c 'for file in /lib/systemd/system/openclaw-*.service; do
    name=${file##*/}
    case $name in openclaw-gateway.service) continue ;; *@.service) name=${name%.service}x.service ;; esac
    printf "%s " "$name"
    systemctl show --property=LimitCORE --value "$name"
  done' | awk '{ print } $2 != 0 { bad = 1 } END { exit bad || NR < 20 }'
}

programs_that_crash() {
  standin_setting host canary boot yes
  expect "a canary's worker that crashes" crashes 'openclaw-canary@*.service'
  expect "an updater that crashes, and is recovered" crashes "openclaw-update@$(standin slow).service"
  expect "no service of the suite may write a core" limits_are_zero
  expect "  and none is there" leaves_no_core
}

# journal_without_gateway: every field of every entry but those of the gateway's own unit.
journal_without_gateway() {
  machine_run host journalctl --no-pager --all --output=export |
    awk -v RS= -v ORS='\n\n' -v own="_SYSTEMD_UNIT=$unit" '!index($0, own)'
}

# has_mark FOLDER...: prints the files below that have one of the values.
has_mark() {
  machine_run host sh -c 'grep --recursive --files-with-matches --text --file="$0" "$@" 2>/dev/null' $mark_file "$@" || true
}

files_of_the_suite() {
  local found path
  found=$(has_mark $update_folder /run/openclaw-update /run/openclaw-workers /run/openclaw-watchdog /var/lib/openclaw \
    /var/lib/openclaw-fetch /var/lib/openclaw-watchdog /var/log/openclaw-fetch /var/log/openclaw-finish \
    /var/cache/openclaw /var/tmp /tmp)
  printf 'found: %s\n' "$found"
  ! grep --extended-regexp --invert-match "$kept_copies" <<<"$found" | grep . || return 1
  # The copies of unit files are of root alone.
  for path in $found; do
    [[ $(machine_run host stat --format='%U %a' "$path") == 'root 600' ]] || { printf 'open to others: %s\n' "$path"; return 1; }
  done
}

drop_ins_of_the_suite() {
  local found
  found=$(has_mark /etc/systemd/system /run/systemd/system /etc/openclaw | sort)
  printf '%s\n' "$found"
  # The command that starts from the release is the operator's, with its arguments.
  diff <(printf '%s\n' "$found") <(printf '%s\n' /etc/openclaw/npmrc /etc/openclaw/webhook \
    /etc/systemd/system/$unit /etc/systemd/system/$unit.d/{10-secrets,50-openclaw-update}.conf \
    /etc/systemd/system/openclaw-fetch@.service.d/50-token.conf | sort) &&
    ! machine_run host grep --file=$mark_file $drop_in | grep --invert-match "^ExecStart=.*--token $(secret argument)\$"
}

# The gateway's own state, which is its user's alone.
snapshots_of_the_state() {
  local found path
  found=$(has_mark $home | grep -v "^$home/.openclaw/\|^$home/.npmrc")
  printf 'found: %s\n' "$found"
  grep --quiet /snapshots/ <<<"$found" || return 1
  for path in $found; do
    [[ $(machine_run host stat --format='%U %a' "$path") =~ ^claw\ [46]00$ ]] || { printf 'open to others: %s\n' "$path"; return 1; }
  done
}

reports() {
  local id
  machine_run host sh -c 'openclaw-update status; openclaw-update status --json; openclaw-update history
    openclaw-update history --json; openclaw-update check --json; openclaw-update snapshot list --json
    openclaw-update rollback --dry-run; openclaw-update rehearse --dry-run; openclaw-update verify
    /usr/libexec/openclaw/openclaw-watchdog --once; openclaw-health --json; cat /run/openclaw-watchdog/openclaw.prom'
  for id in $(machine_run host ls $update_folder/transactions); do
    machine_run host openclaw-update history "$id"
    machine_run host openclaw-update history "$id" --json
  done
}

units_of_the_suite() {
  machine_run host sh -c 'systemctl show --all "openclaw-*"; systemctl status --no-pager --full --lines=50 "openclaw-*"'
}

# unmarked CMD...: no value in what it prints, and it prints something.
unmarked() {
  local output
  output=$("$@" 2>&1) || true
  [[ -n $output ]] || { printf 'nothing to search\n'; return 1; }
  ! grep --text "$mark" <<<"$output"
}

secrets_are_nowhere() {
  quietly machine_run host systemctl stop watch-arguments
  expect "control: the search finds what the unit, config and .env have" has_all_of /etc/systemd/system/$unit \
    $home/.openclaw/openclaw.json $home/.openclaw/.env
  expect "control: and what the gateway itself has said in the journal" gateway_has_said_it
  expect "control: arguments were looked at, those of updater and workers among them" arguments_were_seen
  expect "control: the notification had its webhook" notification_ran
  expect "no field of the journal has one, but the gateway's own" unmarked journal_without_gateway
  expect "no file of the suite has one, but root's copies of the unit" files_of_the_suite
  expect "what the suite wrote into the configuration has the gateway's command, and no other value" drop_ins_of_the_suite
  expect "snapshots of the gateway's config do, for its user alone" snapshots_of_the_state
  expect "no report and no metric has one" unmarked reports
  expect "no property and no status of a unit of the suite has one" not_but_fetch_environment
  expect "no process but the gateway had one among its arguments" not machine_run host cat /root/arguments
}

# systemctl show of a unit with Environment= shows what its operator has written there; nothing else does.
not_but_fetch_environment() {
  local output
  output=$(units_of_the_suite 2>&1) || true
  ! grep --text "$mark" <<<"$output" | grep --invert-match "^Environment=HTTPS_PROXY="
}

has_all_of() {
  local file found
  found=$(has_mark "$@")
  printf '%s\n' "$found"
  for file in "$@"; do grep --quiet --line-regexp --fixed-strings "$file" <<<"$found" || return 1; done
}

gateway_has_said_it() {
  machine_run host journalctl --no-pager --unit=$unit --output=cat | grep --quiet "$mark"
}

arguments_were_seen() {
  local looks program
  looks=$(machine_run host tail -n 1 /root/arguments.looks)
  printf '%s\n' "$looks"
  for program in openclaw-update openclaw-state openclaw-canary openclaw-probe openclaw-fetch; do
    grep --quiet "$program" <<<"$looks" || { printf 'never seen: %s\n' "$program"; return 1; }
  done
}

notification_ran() {
  machine_run host journalctl --no-pager --output=cat --unit='openclaw-update-notify@*' | grep --quiet Finished
}

secrets_stay() {
  a_gateway_with_secrets
  quietly a_suite_with_secrets
  quietly arguments_are_watched
  adoption
  updates
  programs_that_crash
  secrets_are_nowhere
}

with_suite secrets_stay
