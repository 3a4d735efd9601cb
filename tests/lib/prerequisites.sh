#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what a fresh Debian lacks for building the suite or for its system tests.
# Usage: prerequisites.sh build|system|containers|fleet...   (as root; does nothing, quickly, when nothing is missing)
set -euo pipefail

build_packages=(
  g++ clang libclang-rt-dev clang-format clang-tidy cmake ninja-build ccache pkg-config
  libsystemd-dev libinih-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libexpected-dev libssl-dev nettle-dev
  libcurl4-openssl-dev libsqlite3-dev sqlite3
  libgtest-dev libgmock-dev
  openssh-client mandoc man-db dpkg-dev file shellcheck python3-yaml git gnupg
  zsh fish
)

system_packages=(
  mmdebstrap debian-archive-keyring systemd-container strace xfsprogs e2fsprogs btrfs-progs procps util-linux curl jq ca-certificates
  apt-utils python3-jsonschema
)

container_packages=(podman runc sqlite3 jq)

fleet_packages=(ansible-core openssh-client iproute2 jq)

# missing_packages NAME...: prints the names that are not installed.
missing_packages() {
  local name
  for name in "$@"; do
    # shellcheck disable=SC2016 # the braces are dpkg-query's, not the shell's
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
  done
}

# install_missing NAME...: installs them with apt, showing apt's words only when it fails.
install_missing() {
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  (( ${#missing[@]} > 0 )) || return 0
  local output
  output=$(mktemp)
  printf 'installing: %s\n' "${missing[*]}" >&2
  if ! { apt-get update --quiet &&
         DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "${missing[@]}"; } \
       </dev/null >"$output" 2>&1; then
    cat "$output" >&2
    rm -f "$output"
    return 1
  fi
  rm -f "$output"
}

require_for_build() {
  install_missing "${build_packages[@]}"
}

# npm only fetches: the machines under test get their own Node from the registry. An npm that is already there, from
# whatever source, is taken as it is, since Debian's would conflict with some of them.
require_for_system_tests() {
  local -a packages=("${system_packages[@]}")
  type -P npm >/dev/null || packages+=(nodejs npm)
  install_missing "${packages[@]}"
}

# promtool alone, into /usr/local/bin: the package prometheus would start a server.
require_promtool() (
  ! type -P promtool >/dev/null || exit 0
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder"
  printf 'unpacking: promtool\n' >&2
  # As nobody, apt-get would not write here.
  { apt-get update --quiet && apt-get download -o APT::Sandbox::User=root prometheus; } >output 2>&1 || { cat output >&2; exit 1; }
  dpkg-deb --fsys-tarfile prometheus_*.deb | tar --extract ./usr/bin/promtool
  install usr/bin/promtool /usr/local/bin/promtool
)

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  (( $# > 0 )) || { printf 'usage: %s build|system|containers|fleet...\n' "$0" >&2; exit 64; }
  for purpose in "$@"; do
    case $purpose in
      build) require_for_build ;;
      system) require_for_system_tests ;;
      containers) install_missing "${container_packages[@]}" ;;
      fleet) install_missing "${fleet_packages[@]}"; require_promtool ;;
      *) printf '%s: unknown purpose: %s\n' "$0" "$purpose" >&2; exit 64 ;;
    esac
  done
fi
