#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What packaging/release refuses, and what it makes. In a repository of its own, with a build that takes no time.
# shellcheck disable=SC2016 # what is written to the stand-in's build.sh is for that shell
set -euo pipefail
umask 022

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
work=$(mktemp -d)
trap cleanup EXIT
passed=0 failed=0
export GNUPGHOME=$work/keys GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_DATE='2026-11-28T12:00:00Z' GIT_COMMITTER_DATE='2026-11-28T12:00:00Z'

cleanup() {
  gpgconf --kill gpg-agent 2>/dev/null || true
  rm -rf "$work"
  printf '%s passed, %s failed\n' "$passed" "$failed"
}

expect() {
  local sentence=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok - %s\n' "$sentence"
  else
    failed=$((failed + 1))
    printf 'not ok - %s\n' "$sentence"
    sed 's/^/#   /' "$work/log"
  fi
}

# tree NAME: a new repository in $tree, of a version 1.2.3 that is ready to be released.
tree() {
  tree=$work/$1
  mkdir -p "$tree/debian"
  cp -r --parents packaging/release packaging/version packaging/rpm packaging/arch "$tree"
  printf '#!/bin/sh\nset -e\nmkdir -p "$2"\necho "$1" >"$2/openclaw-systemd_1.2.3_all.deb"\n: >"$2/lintian.all"\n' \
    >"$tree/packaging/build.sh"
  chmod 755 "$tree/packaging/build.sh"
  printf 'project(openclaw-systemd\n  VERSION 1.2.3\n)\n' >"$tree/CMakeLists.txt"
  printf '# Changelog\n\n## [1.2.3] - 2026-11-28\n\n### Fixed\n\n- Something.\n\n## [1.2.2] - 2026-10-01\n\n- Other.\n' \
    >"$tree/CHANGELOG.md"
  printf 'openclaw-systemd (1.2.3) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- M <m@m.invalid>  %s\n' \
    'Sat, 28 Nov 2026 10:00:00 +0000' >"$tree/debian/changelog"
  sed --in-place 's/^\(Version: *\).*/\11.2.3/' "$tree/packaging/rpm/openclaw-systemd.spec"
  sed --in-place 's/^pkgver=.*/pkgver=1.2.3/' "$tree/packaging/arch/PKGBUILD"
  printf '/build/\n' >"$tree/.gitignore"
  git -C "$tree" init --quiet
  commit
}

commit() {
  git -C "$tree" add --all
  git -C "$tree" commit --quiet --message=change
}

# edit FILE EXPRESSION: changes a committed file with sed.
edit() {
  sed --in-place "$2" "$tree/$1"
  commit
}

release() {
  "$tree/packaging/release" "$@"
}

# refused PATTERN WORD...: the release ends with 1, says that, and leaves no tag and no file.
refused() {
  local pattern=$1 status=0
  shift
  release "$@" >"$work/said" 2>&1 || status=$?
  cat "$work/said"
  printf 'exit status %s\n' "$status"
  [[ $status == 1 && ! -e $tree/build ]] && [[ -z $(git -C "$tree" tag) || -n ${tagged:-} ]] &&
    grep --quiet --extended-regexp "$pattern" "$work/said"
}

# usage_error WORD...
usage_error() {
  local status=0
  release "$@" || status=$?
  [[ $status == 64 ]]
}

cd "$repository"
git config --global user.name Tester
git config --global user.email tester@example.invalid
git config --global init.defaultBranch main
mkdir --mode=700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key tester@example.invalid ed25519 sign never 2>/dev/null

tree refusals
touch "$tree/new"
expect "a tree with a file that is not committed is refused, by its name" refused 'not committed: .*new' 1.2.3
rm "$tree/new"
expect "a version that the tree is not is refused" refused 'is version 1\.2\.3, not 1\.2\.4' 1.2.4
edit CHANGELOG.md 's/ - 2026-11-28/ - unreleased/'
expect "a section without a day is refused, and the day is given" \
  refused "## \[1\.2\.3\] - [0-9]{4}-[0-9]{2}-[0-9]{2}" 1.2.3
edit CHANGELOG.md 's/ - unreleased/ - 2026-11-28/; /Something/d'
expect "a section without a line is refused, also where the next one has lines" refused 'no line for users' 1.2.3
edit CHANGELOG.md 's/^## \[1.2.3\].*/## [1.2.30] - 2026-11-28/'
expect "the section of a version whose number begins alike does not count" refused 'no section \[1\.2\.3\]' 1.2.3
edit CHANGELOG.md 's/^## \[1.2.30\].*/## [1.2.3] - 2026-11-27\n\n- Something./'
expect "a day that debian/changelog does not have is refused" refused 'Write one day into both' 1.2.3
edit CHANGELOG.md 's/2026-11-27/2026-11-28/'
edit debian/changelog '1s/1\.2\.3/1.2.2/'
expect "files that name two versions are refused, each by its name" refused 'debian/changelog: 1\.2\.2' 1.2.3
edit debian/changelog '1s/1\.2\.2/1.2.3/'
edit packaging/arch/PKGBUILD 's/^pkgver=.*/pkgver=1.2.2/'
expect "so is a recipe of another distribution" refused 'PKGBUILD: 1\.2\.2' 1.2.3
edit packaging/arch/PKGBUILD 's/^pkgver=.*/pkgver=1.2.3/'
expect "a key that gpg does not have is refused" refused 'no secret key of stranger' --sign stranger 1.2.3
expect "a suite that packages are not built for is refused" refused 'not built for sid' --build sid 1.2.3
edit debian/changelog 's/28 Nov 2026/28 Nov 2096/; s/Sat,/Wed,/'
edit CHANGELOG.md 's/2026-11-28/2096-11-28/'
expect "a time that is yet to come is refused" refused 'yet to come' 1.2.3
edit CHANGELOG.md 's/2096-11-28/unreleased/'
edit debian/changelog 's/28 Nov 2096/28 Nov 2026/'
touch "$tree/new"
expect "all that is missing is named at once" refused 'not committed' 1.2.3
expect "all that is missing is named at once, to the last" refused 'Date the section' 1.2.3
rm "$tree/new"
expect "what is no version is an error of usage" usage_error v1.2.3
expect "so is no version at all" usage_error

tree sound
git -C "$tree" tag --annotate --message=before v1.2.3
tagged=1 expect "a tag that is there already is refused" refused 'tag v1\.2\.3 is there already' 1.2.3
git -C "$tree" tag --delete v1.2.3 >/dev/null
nothing_changed() {
  release --dry-run 1.2.3 && [[ ! -e $tree/build && -z $(git -C "$tree" tag) ]]
}
expect "a dry run passes where a release would, and changes nothing" nothing_changed

made=$work/made
complete_release() {
  release --sign tester@example.invalid --output "$made" 1.2.3 && (cd "$made" && sha256sum --check --strict SHA256SUMS)
}
expect "a tree that is ready is released" complete_release
annotated() {
  [[ $(git -C "$tree" cat-file -t v1.2.3) == tag && $(git -C "$tree" rev-parse 'v1.2.3^{commit}') == $(git -C "$tree" rev-parse HEAD) ]]
}
expect "the commit has an annotated tag" annotated
expect "the key has signed the tag" git -C "$tree" verify-tag v1.2.3
expect "and the checksums" gpg --batch --verify "$made/SHA256SUMS.asc" "$made/SHA256SUMS"
packs_the_commit() {
  mkdir "$work/unpacked" &&
    tar --extract --file="$made/openclaw-systemd-1.2.3.tar.gz" --directory="$work/unpacked" &&
    diff --recursive --exclude=.git "$tree" "$work/unpacked/openclaw-systemd-1.2.3"
}
expect "the source has every file of the commit, and no other" packs_the_commit

same_from_a_clone() {
  git clone --quiet --no-tags "$tree" "$work/clone"
  git -C "$work/clone" config tar.umask 0
  (umask 077 && TZ=Asia/Kathmandu "$work/clone/packaging/release" --output "$work/again" 1.2.3) &&
    cmp "$made/openclaw-systemd-1.2.3.tar.gz" "$work/again/openclaw-systemd-1.2.3.tar.gz"
}
expect "another clone gives the same source, bit by bit" same_from_a_clone

tree built
with_packages() {
  if (( EUID != 0 )); then
    refused 'needs root' --build bookworm 1.2.3
    return
  fi
  local made=$tree/build/openclaw-systemd-1.2.3
  release --build bookworm --build trixie/arm64 1.2.3 &&
    [[ $(cat "$made/trixie/openclaw-systemd_1.2.3_all.deb") == trixie/arm64 ]] &&
    diff <(sed 's/^[^ ]*  //' "$made/SHA256SUMS") <(printf '%s\n' bookworm/openclaw-systemd_1.2.3_all.deb openclaw-systemd-1.2.3.tar.gz trixie/openclaw-systemd_1.2.3_all.deb)
}
expect "packages are built where they are asked for, and are among the checksums" with_packages

tree unclean
no_release_of_it() {
  local status=0
  release --build bookworm 1.2.3 || status=$?
  [[ $status == 1 && -z $(git -C "$tree" tag) && -z $(ls -A "$tree/build" 2>/dev/null) ]]
}
edit packaging/build.sh '$s/.*/exit 1/'
expect "a build that fails leaves no tag and no half of a release" no_release_of_it
edit packaging/build.sh '$s/.*/mkdir -p "$2"; echo "E: openclaw-systemd: no-copyright-file" >"$2\/lintian.all"/'
expect "nor does one that lintian complains of" no_release_of_it
exit $((failed > 0))
