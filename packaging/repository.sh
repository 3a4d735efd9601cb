#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Lays out a signed apt repository that any web server can serve as it is:
# repository.sh FOLDER KEY [SUITE[/ARCHITECTURE][=PACKAGES]...]
#
#   FOLDER        is made, or gets what is named; what is there of other suites and architectures stays
#   KEY           of gpg, by its fingerprint or address; its public half is put beside the packages
#   SUITE         of Debian: bookworm, trixie, forky; all three where none is named
#   ARCHITECTURE  amd64 or arm64; that of this machine unless one is named
#   PACKAGES      a folder that has the packages; without it they are built, as root (see build.sh)
#
# On a machine, as root, with the address under which FOLDER is served:
#
#   curl -o /etc/apt/keyrings/openclaw-systemd.asc ADDRESS/openclaw-systemd.asc
#   echo "deb [signed-by=/etc/apt/keyrings/openclaw-systemd.asc] ADDRESS bookworm main" >/etc/apt/sources.list.d/openclaw-systemd.list
#   apt update && apt install openclaw-systemd
set -euo pipefail
shopt -s nullglob

here=$(cd "$(dirname "$0")" && pwd)

fail() {
  printf '%s: %s\n' "$0" "$1" >&2
  exit "${2:-1}"
}

if (( $# < 2 )); then
  sed --quiet '3,/^set /s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi
folder=$1 key=$2
shift 2
(( $# > 0 )) || set -- bookworm trixie forky
for program in apt-ftparchive gpg; do
  type -P "$program" >/dev/null || fail "$program is not there: apt install apt-utils gnupg"
done
gpg --batch --list-secret-keys "$key" >/dev/null 2>&1 || fail "gpg has no secret key of $key: gpg --list-secret-keys"

# put_in SUITE ARCHITECTURE PACKAGES: in the place of what was there of them.
put_in() {
  local suite=$1 architecture=$2 packages=("$3"/*_"$2".deb)
  (( ${#packages[@]} > 0 )) || fail "$3 has no package of $architecture"
  rm -rf "$folder/pool/$suite/$architecture"
  mkdir -p "$folder/pool/$suite/$architecture"
  cp "${packages[@]}" "$folder/pool/$suite/$architecture/"
}

# sign_suite SUITE: lists what is in the pool, and signs the list.
sign_suite() (
  suite=$1 architectures=''
  cd "$folder"
  rm -rf "dists/$suite"
  for pool in "pool/$suite"/*/; do
    architecture=$(basename "$pool")
    architectures+=${architectures:+ }$architecture
    binary=dists/$suite/main/binary-$architecture
    mkdir -p "$binary"
    apt-ftparchive packages "${pool%/}" >"$binary/Packages"
    gzip --keep --no-name "$binary/Packages"
  done
  apt-ftparchive -o APT::FTPArchive::Release::Origin=openclaw-systemd -o APT::FTPArchive::Release::Suite="$suite" \
    -o APT::FTPArchive::Release::Codename="$suite" -o APT::FTPArchive::Release::Components=main \
    -o APT::FTPArchive::Release::Architectures="$architectures" release "dists/$suite" >Release.draft
  mv Release.draft "dists/$suite/Release"
  gpg --batch --yes --local-user "$key" --armor --detach-sign --output "dists/$suite/Release.gpg" "dists/$suite/Release"
  gpg --batch --yes --local-user "$key" --clear-sign --output "dists/$suite/InRelease" "dists/$suite/Release"
)

# take_in SUITE[/ARCHITECTURE][=PACKAGES]
take_in() {
  local what=${1%%=*} suite architecture packages
  suite=${what%%/*}
  case $suite in
    bookworm | trixie | forky) ;;
    *) fail "$suite is no suite that packages are built for: bookworm, trixie, forky" 64 ;;
  esac
  architecture=$(dpkg --print-architecture)
  [[ $what != */* ]] || architecture=${what#*/}
  if [[ $1 == *=* ]]; then
    put_in "$suite" "$architecture" "${1#*=}"
  else
    packages=$(mktemp -d)
    "$here/build.sh" "$what" "$packages"
    put_in "$suite" "$architecture" "$packages"
    rm -rf "$packages"
  fi
  sign_suite "$suite"
}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
for what in "$@"; do take_in "$what"; done
gpg --batch --yes --armor --output "$folder/openclaw-systemd.asc" --export "$key"
printf '%s: packages of %s, signed by %s\n' "$folder" "$*" "$key"
