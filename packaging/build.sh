#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the packages as they are published, with the compiler and the libraries of a Debian suite:
# build.sh SUITE[/ARCHITECTURE] FOLDER [SOURCE]
#
#   SUITE         bookworm, trixie or forky
#   ARCHITECTURE  that of this machine, unless another one is named: then a cross-compiler builds for it
#   FOLDER        gets the packages, also those with the symbols for a debugger, and what lintian says of them in
#                 lintian.ARCHITECTURE
#   SOURCE        the tree to build; the one that this script is part of, unless another one is named
#
# It needs root, and a network the first time: the compiler is installed in a root of its own, in
# /var/cache/openclaw-systemd-tests or where OPENCLAW_SYSTEMD_CACHE says.
# shellcheck source=tests/system/package.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tests/system/package.sh"

# What surrounds a build, and must not show in what it makes (reproducible.sh varies it).
declare -A surroundings=(
  [folder]=/build/source [user]=0 [umask]=022 [locale]=C.UTF-8 [zone]=UTC [jobs]="${JOBS:-auto}" [clock]=""
)

# foreign_architecture ARCHITECTURE: prints it if it is not this machine's own.
foreign_architecture() {
  [[ $1 == "$(dpkg --print-architecture)" ]] || printf '%s\n' "$1"
}

# build_packages SUITE ARCHITECTURE FOLDER: from $source_root, in $surroundings.
build_packages() (
  suite=$1 folder=$3 parent=${surroundings[folder]%/*}
  foreign=$(foreign_architecture "$2")
  image=$(machine_image "$suite")
  compiler=$(compiler_layer "$suite" "$foreign")
  draft=$(mktemp -d "$cache/build.XXXXXX")
  chmod 755 "$draft"   # it becomes the root folder
  trap 'rm -rf --one-file-system "$draft"' EXIT
  in_overlay "$draft" "$compiler:$image" "
    if [ -n '${surroundings[clock]}' ]; then
      apt-get update && apt-get install --yes --no-install-recommends faketime
    fi
    umask ${surroundings[umask]}
    mkdir -p ${surroundings[folder]}
    cd /source
    cp -r --parents ${package_source[*]} ${surroundings[folder]}
    chown -R ${surroundings[user]} $parent
    cd ${surroundings[folder]}
    export LC_ALL=${surroundings[locale]} TZ=${surroundings[zone]} HOME=$parent
    setpriv --reuid=${surroundings[user]} --regid=${surroundings[user]} --clear-groups \
      ${surroundings[clock]:+faketime -f ${surroundings[clock]}} \
      dpkg-buildpackage --build=binary --no-sign --jobs=${surroundings[jobs]} \
      ${foreign:+--host-arch=$foreign --build-profiles=cross,nocheck}
    # As nobody: it says that it should not be root. What it finds is judged by whoever publishes.
    setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp lintian $parent/*.changes >$parent/lintian.$2 2>&1 ||
      echo \"E: lintian ended with status \$?\" >>$parent/lintian.$2" >&2
  mkdir -p "$folder"
  mv "$draft$parent"/*.deb "$draft$parent/lintian.$2" "$folder/"
)

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  (( $# >= 2 )) || { sed --quiet '3,/^source /s/^# \{0,1\}//p' "$0" >&2; exit 64; }
  suite=${1%%/*} architecture=$(dpkg --print-architecture)
  [[ $1 != */* ]] || architecture=${1#*/}
  (( $# < 3 )) || source_root=$(cd "$3" && pwd)
  build_packages "$suite" "$architecture" "$2"
fi
