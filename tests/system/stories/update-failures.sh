#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A new release that fails, in all the ways that one can, and a registry, a disk and an environment that do: the gateway
# as it was before runs on, or again, and the journal says in one line why.
# Takes 420 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

canary="canary-5d1c0f7be2a94c36"   # the value of a secret: names of variables may be kept, values never
token="token-8f0e6b1c27d34a95"      # of the registry
update_folder=/var/lib/openclaw-update
gateway_env=/etc/openclaw/gateway.env
allocate_port port
story "failing releases, with a stand-in for the gateway"

state_was_restored_after() {
  local id
  id=$(machine_run host openclaw-update status --json | jq --raw-output .last_update.id)
  [[ $(starts_of "$1") == 0 ]] &&
    machine_run host sh -c 'find "$1" -name "openclaw.sqlite*" | grep .' sh "/var/lib/openclaw/snapshots/$id/set-aside"
}

state_was_kept_after() {
  [[ $(starts_of "$1") == 1 ]]
}

# rolls_back NAME REASON SENTENCE: an update to that version ends as it must when the release itself fails.
rolls_back() {
  local version
  version=$(standin "$1")
  expect "$3: rolled back" timed ends_with 1 update_to host "$version"
  note "that took $elapsed s"
  expect "  the old release serves as before" gateway_serves_version old
  expect "  the journal says why" journal_says "^rolled back to $(standin old): $version failed: .*$2" rolled-back "$version"
  expect "  the version is quarantined" is_quarantined "$version"
  expect "  nothing is left over" update_has_no_leftovers host
}

# on_next_stop SCRIPT: root runs it when the gateway has stopped the next time, which is in the middle of an update.
on_next_stop() {
  printf '%s\n' "$1" | machine_put host /run/on-next-stop 755
}

hook_into_stop() {
  machine_put host /etc/systemd/system/openclaw-gateway.service.d/60-on-stop.conf <<'UNIT'
[Service]
ExecStopPost=+-/bin/sh -c 'mv /run/on-next-stop /run/on-this-stop && sh /run/on-this-stop'
UNIT
  machine_run host systemctl daemon-reload
}

the_first_release() {
  quietly standin_machine host "$port"
  printf 'STANDIN_TOKEN=%s\nSTANDIN_MODE=loud\n' "$canary" | machine_put host "$gateway_env" 600
  hook_into_stop
  expect "the old release is installed" update_to host "$(standin old)"
  expect "and serves" gateway_serves_version old
}

releases_that_do_not_work() {
  rolls_back exits 'did not start|exit status 1|ended while' "a release that exits as it starts"
  expect "  a second try is refused" ends_with 4 update_to host "$(standin exits)"
  expect "  and says that it failed before" journal_says 'failed on this host before' refused "$(standin exits)"
  expect "  --force tries it again" ends_with 1 update_to host "$(standin exits)" --force
  expect "  and the old release serves" gateway_serves_version old
  rolls_back exits-78 'exit status 78' "a release that exits with 78"
  rolls_back dies 'died|ended' "a release that dies two seconds after it was ready"
  rolls_back old-answers 'answers? .*2026|is 2026' "a release that answers with the old version"
  rolls_back plugin-lost 'plugin echo was loaded before the update and is not loaded now' "a release that loses a plugin"
  expect "  the state is kept, its schema has not moved" state_was_kept_after plugin-lost
  rolls_back plugin-fails 'plugin echo .* fails now: no echo' "a release in which a plugin fails"
  standin_setting host update ready-timeout 5s
  rolls_back never-ready 'not ready; failing: channels, database' "a release that never becomes ready"
  expect "  the state is restored, and what it was is kept" state_was_restored_after never-ready
  rolls_back pages 'not ready' "a release that answers every path with a web page"
  rolls_back migrates-never-ready 'not ready; failing: database' "a release that migrates and is never ready"
  expect "  the state is restored, and what it was is kept" state_was_restored_after migrates-never-ready
  standin_setting host update ready-timeout 1min
  rolls_back migrates-plugin-lost 'plugin echo' "a release that migrates, is ready, and loses a plugin"
  expect "  the state is restored, and what it was is kept" state_was_restored_after migrates-plugin-lost
}

releases_that_do_not_fit() {
  is_refused config-refused 'does not accept the configuration: .*no such mode' "a release that refuses the config"
  is_refused older-schema 'cannot read the gateway.s database \(schema 1, it supports 0\)' "one with an older schema"
  is_refused newer-node 'Node.*99' "one for another Node"
  is_refused file-missing 'extensions/echo/package.json' "one that lacks a file of its inventory"
  is_refused postinstall-fails 'does not want to' "one whose postinstall fails"
  is_refused postinstall-forgets 'lifecycle-pending' "one whose postinstall leaves the mark of an unfinished tree"
  is_refused prints-other-version '10\.39 .*10\.1' "one that says that it is another version"
}

a_registry_that_does_not_work() {
  is_refused other-content 'EINTEGRITY|sha512|integrity' "a tarball with another content"
  is_refused cut-off 'registry|tarball|npm' "a tarball whose transfer breaks off"
  is_refused short 'EINTEGRITY|sha512|integrity|registry' "a tarball that is cut short"
  standin_setting host packages stall-timeout 10s
  is_refused silent 'no answer|stopped' "a tarball that never comes, with stall-timeout=10s"
  standin_setting host packages registry "$(standin_registry "$port" silent)"
  is_refused_at_once silent "a registry that never answers"
  standin_setting host packages registry "$(standin_registry "$port" cut)"
  is_refused_at_once cut "a registry whose answer is cut off"
  standin_setting host packages registry "$(standin_registry "$port" page)"
  is_refused_at_once page "a registry in place of which a web page answers"
  standin_setting host packages registry http://127.0.0.1:9/
  is_refused_at_once port "a registry that is not there"
  standin_setting host packages registry "$(standin_registry "$port")"
}

# is_refused_at_once WHICH SENTENCE: nobody knows of a version yet.
is_refused_at_once() {
  local pid
  pid=$(gateway_pid)
  expect "$2: refused" timed ends_with 3 update_to host "$(standin good)"
  note "that took $elapsed s"
  expect "  with a reason that names the registry" \
    status_has '.last_update.reason | test("registry|npm") and (test("\n") | not)'
  note "$(machine_run host openclaw-update status --json | jq --raw-output .last_update.reason)"
  expect "  the gateway ran on" gateway_is_still "$pid"
  expect "  nothing is left over" update_has_no_leftovers host
}

# The worker's disk alone: what is refused before anything was fetched is another case.
a_disk_that_is_full() {
  local pid
  pid=$(gateway_pid)
  quietly machine_run host mount -t tmpfs -o size=200k,mode=755 none /var/lib/openclaw-fetch
  expect "a disk with no room for a release: refused" ends_with 3 update_to host "$(standin good)"
  expect "  and says what it needs" status_has '.last_update.reason | test("free|space")'
  note "$(machine_run host openclaw-update status --json | jq --raw-output .last_update.reason)"
  expect "  the gateway ran on" gateway_is_still "$pid"
  quietly machine_run host umount /var/lib/openclaw-fetch
  quietly machine_run host mount -t tmpfs -o size=4g,nr_inodes=140,mode=755 none /var/lib/openclaw-fetch
  expect "one with no inodes left: refused" ends_with 3 update_to host "$(standin good)"
  expect "  and says what it needs" status_has '.last_update.reason | test("inodes|space")'
  expect "  the gateway ran on" gateway_is_still "$pid"
  quietly machine_run host umount /var/lib/openclaw-fetch
  expect "  nothing is left over" update_has_no_leftovers host
}

an_environment_that_loses_a_key() {
  on_next_stop "sed -i /STANDIN_MODE/d $gateway_env"
  expect "a variable is lost during the update: rolled back" ends_with 1 update_to host "$(standin good)"
  expect "  the journal names it" journal_says 'STANDIN_MODE' rolled-back "$(standin good)"
  expect "  the release is not to blame" not is_quarantined "$(standin good)"
  expect "  the old release serves" gateway_serves_version old
  expect "  nothing is left over" update_has_no_leftovers host
  printf 'STANDIN_TOKEN=%s\nSTANDIN_MODE=loud\n' "$canary" | machine_put host "$gateway_env" 600
  expect "  which it does with the variable again" machine_run host systemctl restart openclaw-gateway
  expect "  and is ready" gateway_wait_ready "$port" 20
}

a_unit_that_is_changed() {
  local drop_in=/etc/systemd/system/openclaw-gateway.service.d/port.conf before
  local control=/etc/systemd/system.control/openclaw-gateway.service.d/50-MemoryMax.conf
  before=$(machine_run host sha256sum "$drop_in")
  on_next_stop "printf '[Service]\nEnvironmentFile=\n' >>$drop_in; systemctl daemon-reload
    systemctl set-property openclaw-gateway.service MemoryMax=8G"
  expect "the unit's definition is changed during the update: updated" ends_with 0 update_to host "$(standin good)"
  expect "  the definition is as before" says "$before" machine_run host sha256sum "$drop_in"
  expect "  the release serves" gateway_serves_version good
  expect "  with its environment" says '^STANDIN_MODE$' gateway_environment_names
  expect "  a note tells of it, and where the other version is" \
    status_has 'any(.last_update.notes[]; test("restored: .*port.conf .*/set-aside/"))'
  expect "  what systemctl set-property wrote stays" machine_run host test -e "$control"
  expect "  and a note tells of it" status_has 'any(.last_update.notes[]; test("left as it is: .*MemoryMax"))'
  expect "a rollback by hand" machine_run host openclaw-update rollback
  expect "  returns to the old release" gateway_serves_version old
}

gateway_environment_names() {
  machine_run host sh -c 'tr "\0" "\n" <"/proc/$1/environ" | sed "s/=.*//"' sh "$(gateway_pid)"
}

# Slow is not broken; meanwhile nobody else may update.
a_slow_release() {
  local updater
  update_to host "$(standin slow)" >>"$story_log" 2>&1 &
  updater=$!
  expect "an update that waits for a slow gateway" wait_for 30 machine_run host test -e "$update_folder/open"
  expect "  lets no second one begin: busy" timed ends_with 75 update_to host "$(standin good)"
  note "the command took $elapsed s"
  expect "  nor by its unit, which ends with 75" second_unit_is_busy
  note "openclaw-update run: $(second_unit_time) ms; $(second_unit_words)"
  expect "  and names the one that is at work" says 'openclaw-update|held by|is in progress|already runs|[0-9]{2,}' second_unit_words
  expect "  to the same version neither" ends_with 75 update_to host "$(standin slow)"
  expect "a release that is ready after 20 s: updated" wait "$updater"
  expect "  and serves" gateway_serves_version slow
  expect "  nothing is left over" update_has_no_leftovers host
  expect "  the second one comes to nothing later, either" says '^$' machine_run host sh -c 'ls /run/openclaw-update/intents'
}

second_unit_is_busy() {
  machine_run host systemctl start "openclaw-update@$(standin good).service" && return 1
  [[ $(machine_run host systemctl show --property=ExecMainStatus --value "openclaw-update@$(standin good)") == 75 ]]
}

second_unit_time() {
  local times
  times=$(machine_run host systemctl show --property=ExecMainStartTimestampMonotonic,ExecMainExitTimestampMonotonic \
    --value "openclaw-update@$(standin good)")
  jq --slurp '(.[1] - .[0]) / 1000' <<<"$times"
}

second_unit_words() {
  machine_run host journalctl --no-pager --output=cat --unit "openclaw-update@$(standin good)" --identifier openclaw-update |
    tail -n 1
}

# A database that has moved cannot be read by the release before: the state that it had left comes back with it.
a_rollback_across_a_migration() {
  local id
  expect "a release that migrates the database: updated" ends_with 0 update_to host "$(standin migrating)"
  expect "  and serves" gateway_serves_version migrating
  id=$(machine_run host openclaw-update status --json | jq --raw-output .last_update.id)
  expect "what a rollback by hand would do can be asked" \
    says "to $(standin slow)" machine_run host openclaw-update rollback --dry-run
  expect "  which does nothing" gateway_serves_version migrating
  expect "a rollback by hand to one that cannot read it" ends_with 0 machine_run host openclaw-update rollback
  expect "  returns to the release before" gateway_serves_version slow
  expect "  with the state that it had left" says '^0$' starts_of migrating
  expect "  and a note of where the other one is" status_has 'any(.last_update.notes[]; test($value))' "snapshots/$id/set-aside"
  expect "  where it is" machine_run host sh -c 'find "$1" -name "openclaw.sqlite*" | grep .' sh \
    "/var/lib/openclaw/snapshots/$id/set-aside"
  expect "  nothing is left over" update_has_no_leftovers host
  printf '[rollback]\nstate = refuse\n' | machine_put host /etc/openclaw/helpers.ini.d/70-rollback.ini
  expect "a rollback of that, with state=refuse: it is readable" ends_with 0 machine_run host openclaw-update rollback
  expect "  returns to the one that migrates" gateway_serves_version migrating
  expect "a rollback with state=refuse to one that cannot read it: refused" \
    ends_with 3 machine_run host openclaw-update rollback
  expect "  and the gateway runs on" gateway_serves_version migrating
}

# Its own code looks for the registry's token, and leaves what would serve it later.
a_release_that_steals() {
  local folder
  printf '//127.0.0.1:%s/:_authToken=%s\n' "$port" "$token" | machine_put host /etc/openclaw/npmrc 600
  printf '[Service]\nLoadCredential=npmrc:/etc/openclaw/npmrc\n' |
    machine_put host /etc/systemd/system/openclaw-fetch@.service.d/50-token.conf
  machine_run host systemctl daemon-reload
  expect "a release that looks for the registry's token: installed" ends_with 0 update_to host "$(standin steals)"
  folder=$update_folder/current
  expect "  its code ran, and looked" machine_run host grep --quiet --text '^/proc/[0-9]*/environ$' "$folder/stolen.txt"
  expect "  and found no token" not machine_run host grep --recursive --quiet "$token" "$folder/"
  expect "  no setuid file is in a release" not machine_run host \
    sh -c 'find /var/lib/openclaw-update /var/lib/openclaw-fetch -perm /6000 | grep .'
  expect "  nobody else could have run the one that was there" not machine_run host \
    runuser --user nobody -- ls /var/lib/openclaw-fetch/.
  expect "  nothing is left over" update_has_no_leftovers host
  expect "  nor a cache" not machine_run host sh -c 'ls -d /var/cache/openclaw-fetch'
  expect "  nor the token in a log" not machine_run host \
    grep --recursive --quiet "$token" /var/log/openclaw-fetch /var/log/openclaw-finish
}

secrets_are_nowhere() {
  expect "the gateway has the secret" gateway_has_secret
  expect "it is in no file of the updater's" not machine_run host \
    grep --recursive --files-with-matches "$canary" "$update_folder" /run/openclaw-workers /run/openclaw-update
  expect "nor in one of the workers'" not machine_run host \
    grep --recursive --files-with-matches "$canary" /var/lib/openclaw /var/lib/openclaw-fetch /var/log/openclaw-fetch
  expect "nor in the journal" not machine_run host sh -c "journalctl --no-pager --output=export | grep --text $canary"
}

gateway_has_secret() {
  machine_run host sh -c 'tr "\0" "\n" <"/proc/$1/environ" | grep --quiet "$2"' sh "$(gateway_pid)" "$canary"
}

failures_are_survived() {
  the_first_release
  releases_that_do_not_work
  releases_that_do_not_fit
  a_registry_that_does_not_work
  a_disk_that_is_full
  an_environment_that_loses_a_key
  a_unit_that_is_changed
  a_slow_release
  a_rollback_across_a_migration
  a_release_that_steals
  secrets_are_nowhere
}

with_suite failures_are_survived
