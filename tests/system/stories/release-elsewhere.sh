#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One host fetches releases and exports them; another one, whose registry is a closed port, imports them, is updated to them
# and serves. An archive with a changed byte, one that is cut off, and one without the required signature are refused.
# Takes 120 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"
# shellcheck source=../update.sh
source "$(dirname "$0")/../update.sh"
# shellcheck source=../standin.sh
source "$(dirname "$0")/../standin.sh"

allocate_port port
behind_port=""
allocate_port behind_port
story "a release from another host"

# Port 9 is closed.
the_host_without_a_registry() {
  quietly update_machine behind "$behind_port" "$(suite_dependencies "$suite" openssh-client)"
  quietly gateway_config behind "$behind_port" '.channels = {} | .plugins = {entries: {echo: {enabled: true}}}'
  quietly standin_setting behind packages registry http://127.0.0.1:9/
  quietly standin_setting behind update settle 3s
  quietly standin_setting behind update ready-timeout 1min
  quietly standin_setting behind canary boot no
}

the_host_that_fetches() {
  quietly standin_machine host "$port"
  expect "one host fetches the old release" update_to host "$(standin old)"
  expect "and the new one" update_to host "$(standin good)"
}

# export_of NAME: to NAME.tar on the host that fetches.
export_of() {
  machine_run host openclaw-update export "$(standin "$1")" "/root/$1.tar" --json
}

# carry FILE...: to the other host.
carry() {
  local file
  for file in "$@"; do
    machine_run host cat "/root/$file" | machine_put behind "/root/$file"
  done
}

exports() {
  expect "a release is exported" export_of old
  expect "  all may read it" says '^644 root:root$' machine_run host stat --format='%a %U:%G' /root/old.tar
  expect "  it takes no other file's place" ends_with 3 export_of old
  expect "the other one is" export_of good
  expect "  nothing is left over" update_has_no_leftovers host
  expect "one that is not there is not" ends_with 66 machine_run host openclaw-update export 2026.1.1 /root/none.tar
  expect "  and leaves no file" not machine_run host test -e /root/none.tar
  quietly carry old.tar good.tar
}

import_of() {
  machine_run behind openclaw-update import "/root/$1.tar" --json
}

# serves_behind NAME: that version is current on the other host, runs in the unit, and says itself which one it is.
serves_behind() {
  current_is behind "$(standin "$1")" &&
    machine_run behind systemctl is-active openclaw-gateway &&
    gateway_is_ready "$behind_port" &&
    gateway_answers_version "$behind_port" "$(standin "$1")"
}

files_of_releases() {
  machine_run behind sh -c 'ls -A /var/lib/openclaw-update/releases /var/lib/openclaw-update/requests \
    /var/lib/openclaw-fetch 2>/dev/null | sort'
}

has_been_there() {
  import_of "$1" | jq --exit-status .was_there
}

fetched_behind() {
  machine_run behind journalctl --no-pager --unit='openclaw-fetch@*' --output=cat | grep .
}

imports() {
  expect "the old release is imported" import_of old
  expect "  and not current by itself" not machine_run behind test -e /var/lib/openclaw-update/current
  expect "  nothing is left over" update_has_no_leftovers behind
  expect "it is installed" update_to behind "$(standin old)"
  expect "  and serves" serves_behind old
  expect "the new one is imported" import_of good
  expect "  the gateway serves as before" serves_behind old
  expect "  a second time it is the same" has_been_there good
  expect "the gateway is updated to it" update_to behind "$(standin good)"
  expect "  and serves" serves_behind good
  expect "  every release is as it was sealed" machine_run behind openclaw-update verify
  expect "  no registry was asked" not fetched_behind
  expect "  nothing is left over" update_has_no_leftovers behind
}

# In a file of the package: what is in front of it is the record of the archive.
change_a_byte() {
  # shellcheck disable=SC2016 # for the shell in the machine
  machine_run behind sh -ec '
    cp /root/good.tar /root/changed.tar
    at=$(grep --text --byte-offset --only-matching "\"name\"" /root/good.tar | tail -n 1 | cut -d: -f1)
    printf X | dd of=/root/changed.tar bs=1 seek="$((at + 1))" conv=notrunc status=none
    ! cmp --silent /root/good.tar /root/changed.tar'
}

# is_refused_behind STATUS NAME SENTENCE
is_refused_behind() {
  local before
  before=$(files_of_releases)
  expect "$3 is refused" ends_with "$1" import_of "$2"
  expect "  and leaves nothing" test "$before" == "$(files_of_releases)"
  expect "  the gateway serves" serves_behind good
}

damaged_archives() {
  quietly change_a_byte
  is_refused_behind 65 changed "an archive with a changed byte"
  quietly machine_run behind sh -c 'head --bytes="$(($(stat --format=%s /root/good.tar) / 2))" /root/good.tar >/root/cut.tar'
  is_refused_behind 65 cut "one that is cut off"
  quietly machine_run behind sh -c 'gzip --stdout /root/good.tar >/root/packed.tar'
  is_refused_behind 65 packed "one that is compressed"
}

sign() {
  machine_run behind sh -c "rm -f /root/good.tar.sig; ssh-keygen -Y sign -n openclaw-release -f /root/$1 /root/good.tar"
}

signatures() {
  quietly machine_run behind sh -ec 'for key in ours theirs; do ssh-keygen -q -t ed25519 -N "" -C "" -f "/root/$key"; done
    echo "release@example.org $(cat /root/ours.pub)" >/etc/openclaw/release-signers'
  quietly standin_setting behind update import-key /etc/openclaw/release-signers
  is_refused_behind 3 good "without the required signature, an archive"
  quietly sign theirs
  is_refused_behind 3 good "with the signature of another key, it"
  quietly sign ours
  expect "with the right one, it is imported" says '"signed_by": *"release@example.org"' import_of good
  quietly machine_run behind cp /root/good.tar.sig /root/changed.tar.sig
  is_refused_behind 65 changed "with the signature of another file, an archive"
}

from_elsewhere() {
  the_host_that_fetches
  the_host_without_a_registry
  exports
  imports
  damaged_archives
  signatures
}

with_suite from_elsewhere
