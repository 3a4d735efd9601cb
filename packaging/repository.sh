#!/usr/bin/env bash
# Lays out a signed apt repository that any web server can serve as it is: repository.sh FOLDER KEY [SUITE[=PACKAGES]...]
#
#   FOLDER    is made, or gets the suites that are named; what is there of others stays
#   KEY       of gpg, by its fingerprint or address; its public half is put beside the packages
#   SUITE     of Debian: bookworm, trixie, forky; all three where none is named. They are built, as root, unless PACKAGES
#             names a folder that has them
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
  sed --quiet '2,/^set /s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi
folder=$1 key=$2
shift 2
(( $# > 0 )) || set -- bookworm trixie forky
for program in apt-ftparchive gpg; do
  type -P "$program" >/dev/null || fail "$program is not there: apt install apt-utils gnupg"
done
gpg --batch --list-secret-keys "$key" >/dev/null 2>&1 || fail "gpg has no secret key of $key: gpg --list-secret-keys"

# packages_of SUITE: prints the folder that has them, built now if nobody has named one.
packages_of() {
  local deb
  deb=$("$here/../tests/system/package.sh" "$1")
  dirname "$deb"
}

# lay_out SUITE PACKAGES
lay_out() {
  local suite=$1 packages=("$2"/*.deb) architecture binary
  (( ${#packages[@]} > 0 )) || fail "no package in $2"
  architecture=$(dpkg-deb --field "${packages[0]}" Architecture)
  binary=dists/$suite/main/binary-$architecture
  rm -rf "$folder/pool/$suite" "$folder/dists/$suite"
  mkdir -p "$folder/pool/$suite" "$folder/$binary"
  cp "${packages[@]}" "$folder/pool/$suite/"
  (
    cd "$folder"
    apt-ftparchive packages "pool/$suite" >"$binary/Packages"
    gzip --keep --no-name "$binary/Packages"
    apt-ftparchive -o APT::FTPArchive::Release::Origin=openclaw-systemd -o APT::FTPArchive::Release::Suite="$suite" \
      -o APT::FTPArchive::Release::Codename="$suite" -o APT::FTPArchive::Release::Components=main \
      -o APT::FTPArchive::Release::Architectures="$architecture" release "dists/$suite" >Release.draft
    mv Release.draft "dists/$suite/Release"
    gpg --batch --yes --local-user "$key" --armor --detach-sign --output "dists/$suite/Release.gpg" "dists/$suite/Release"
    gpg --batch --yes --local-user "$key" --clear-sign --output "dists/$suite/InRelease" "dists/$suite/Release"
  )
}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
for suite in "$@"; do
  case ${suite%%=*} in
    bookworm | trixie | forky) ;;
    *) fail "${suite%%=*} is no suite that packages are built for: bookworm, trixie, forky" 64 ;;
  esac
  if [[ $suite == *=* ]]; then built=${suite#*=}; else built=$(packages_of "$suite"); fi
  lay_out "${suite%%=*}" "$built"
done
gpg --batch --yes --armor --output "$folder/openclaw-systemd.asc" --export "$key"
printf '%s: packages of %s, signed by %s\n' "$folder" "$*" "$key"
