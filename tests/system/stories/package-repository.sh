#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The packages come by apt from a signed repository, with what they depend on; from one that somebody has changed they do
# not come.
# Takes 60 s where two others run beside it.
# shellcheck source=../story.sh
source "$(dirname "$0")/../story.sh"

story "the packages by apt, from a repository of one's own"
# The same names as those who serve it; here it is a folder of the machine.
repository=/srv/repository

make_repository() (
  export GNUPGHOME=$machines/gnupg
  mkdir -m 700 "$GNUPGHOME"
  trap 'gpgconf --kill all' EXIT
  gpg --batch --quiet --passphrase '' --quick-generate-key repository@example.invalid default default never
  "$(dirname "$0")/../../../packaging/repository.sh" "$machines/repository" repository@example.invalid \
    "$suite=${SUITE_DEB%/*}"
)

gets_repository() {
  machine_run host mkdir -p "$repository"
  tar --create --directory="$machines/repository" . | machine_run host tar --extract --no-same-owner --directory="$repository"
  machine_put host /etc/apt/keyrings/openclaw-systemd.asc <"$machines/repository/openclaw-systemd.asc"
  # Nothing else: what the packages depend on is there.
  machine_run host rm -rf /etc/apt/sources.list /etc/apt/sources.list.d
  printf 'deb [signed-by=/etc/apt/keyrings/openclaw-systemd.asc] file:%s %s main\n' "$repository" "$suite" |
    machine_put host /etc/apt/sources.list.d/openclaw-systemd.list
}

apt() {
  machine_run host env DEBIAN_FRONTEND=noninteractive apt-get --yes "$@"
}

comes_by_apt() {
  quietly machine_start host "$suite"
  expect "a repository is laid out and signed" make_repository
  quietly gets_repository
  expect "apt takes it for what it is" apt --error-on=any update
  expect "and installs both packages" apt install --no-install-recommends openclaw-systemd
  expect "which are those that were built" \
    says "^0\.[0-9.]+$" machine_run host dpkg-query --show --showformat='${Version}' openclaw-helpers
  expect "openclaw-update says its version" says '^openclaw-update [0-9]' machine_run host openclaw-update --version
  expect "all is removed again" apt purge openclaw-systemd openclaw-helpers
  expect "the staging programs come alone" apt install --no-install-recommends openclaw-helpers
  expect "without a unit" not says '^/(usr/)?lib/systemd' machine_run host dpkg-query --listfiles openclaw-helpers
}

changed_is_refused() {
  quietly machine_run host sh -c "echo >>\$(find $repository/pool/$suite -name 'openclaw-systemd_*')"
  expect "a package that somebody has changed is not installed" not apt install --no-install-recommends openclaw-systemd
  quietly machine_run host sh -c "sed -i 's/^Version: .*/Version: 99/' $repository/dists/$suite/main/binary-*/Packages
    rm $repository/dists/$suite/main/binary-*/Packages.gz; rm -rf /var/lib/apt/lists/*"
  expect "and a list of packages that somebody has changed is not read" not apt --error-on=any update
}

with_suite comes_by_apt
with_suite changed_is_refused
