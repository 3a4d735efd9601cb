#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prints the .deb of this source tree for a Debian suite, built with that suite's own compiler and libraries. The other
# packages that belong to it are in the same folder.
# Usage: package.sh bookworm|trixie|forky
# shellcheck source=tests/system/machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

source_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
package_source=(CHANGELOG.md CMakeLists.txt LICENSE cmake completions debian man packaging/package-check schema src units)

# What the packages are made of: its digest names them in the cache.
source_digest() {
  (cd "$source_root" && find "${package_source[@]}" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
}

# compiler_layer SUITE [ARCHITECTURE]: prints the folder of a layer with a compiler and the libraries; for another
# architecture than this machine's, with a cross-compiler.
compiler_layer() {
  local image
  image=$(machine_image "$1")
  # Another list of packages is another layer.
  build_once "layers/compiler-$1${2:+-$2}-$(sed '/^Package:/,$d' "$source_root/debian/control" | sha256sum | cut -c1-8)" \
    compiler_layer_build "$image" "${2:-}"
}

# in_overlay LAYER IMAGE[:IMAGE] SCRIPT: runs a shell script in the image, with what it changes in the layer.
in_overlay() (
  layer=$1 lower=$2 script=$3 nspawn=()
  work=$(mktemp -d "$cache/overlay.XXXXXX")
  mkdir "$work/work" "$work/root"
  trap 'umount "$work/root" && rm -rf --one-file-system "$work"' EXIT
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$layer,workdir=$work/work" "$work/root"
  nspawn_command "$work/root" --pipe --bind-ro="$source_root:/source"
  "${nspawn[@]}" /bin/sh -ec "$script" </dev/null
)

compiler_layer_build() {
  local foreign=$3
  in_overlay "$1" "$2" "
    export DEBIAN_FRONTEND=noninteractive
    [ -z '$foreign' ] || dpkg --add-architecture '$foreign'
    apt-get update
    apt-get install --yes --no-install-recommends dpkg-dev lintian ${foreign:+crossbuild-essential-$foreign}
    apt-get build-dep --yes --no-install-recommends ${foreign:+--host-architecture $foreign --build-profiles cross,nocheck} /source
    apt-get clean"
}

package_build() {
  local layer=$1 lower=$2
  mkdir "$layer/upper"
  in_overlay "$layer/upper" "$lower" "
    mkdir -p /build/source
    cd /source && cp -r --parents ${package_source[*]} /build/source
    cd /build/source
    # Symbols for a debugger take a quarter of the time.
    export DEB_BUILD_OPTIONS=noautodbgsym DEB_CXXFLAGS_STRIP=-g
    dpkg-buildpackage --build=binary --no-sign --jobs=auto
    # As nobody: it says that it should not be root. What it finds is judged by tests/run.
    setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp lintian /build/*.changes >/build/lintian 2>&1 ||
      echo \"E: lintian ended with status \$?\" >>/build/lintian"
  mv "$layer"/upper/build/*.deb "$layer/upper/build/lintian" "$layer/"
  rm -rf --one-file-system "$layer/upper"
}

# package SUITE: prints the path of the .deb.
package() {
  local image compiler folder
  image=$(machine_image "$1")
  compiler=$(compiler_layer "$1")
  folder=$(build_once "packages/$1-$(source_digest)" package_build "$compiler:$image")
  printf '%s\n' "$folder"/openclaw-systemd_*.deb
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  package "${1:?usage: package.sh SUITE}"
fi
