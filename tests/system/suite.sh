# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The packages under test, built for the Debian suite of the machine: the .deb that $SUITE_DEB names, and those beside it.

# shellcheck source=cache.sh
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"

# suite_present: is there a package to test? Without one, a story shows only what goes wrong without it.
suite_present() {
  [[ -n ${SUITE_DEB:-} ]]
}

# suite_dependencies SUITE [PACKAGE...]: prints the folder of a layer with what the package depends on, and with these.
suite_dependencies() {
  local depends image deb also
  depends=$(for deb in "${SUITE_DEB%/*}"/*.deb; do
    dpkg-deb --show --showformat='${Pre-Depends}\n${Depends}\n' "$deb"
  done | tr ',' '\n' | sed 's/^ *//; /^$/d; /^openclaw-/d' | sort -u | paste -sd,)
  for also in "${@:2}"; do depends+=,$also; done
  image=$(machine_image "$1")
  build_once "layers/depends-$1-$(sha256sum <<<"$depends" | cut -c1-12)" suite_dependencies_build "$image" "$depends"
}

suite_dependencies_build() (
  layer=$1 image=$2 depends=$3 nspawn=()
  work=$(mktemp -d "$cache/depends.XXXXXX")
  mkdir "$work/work" "$work/root"
  trap 'umount "$work/root" && rm -rf --one-file-system "$work"' EXIT
  mount -t overlay overlay -o "lowerdir=$image,upperdir=$layer,workdir=$work/work" "$work/root"
  nspawn_command "$work/root" --pipe
  "${nspawn[@]}" /bin/sh -ec '
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get satisfy --yes --no-install-recommends "$1"
    apt-get clean
    rm -rf /var/lib/apt/lists/*' sh "$depends" </dev/null
)

# machine_install_suite NAME: installs the packages; their dependencies are part of the machine already.
machine_install_suite() {
  local deb
  for deb in "${SUITE_DEB%/*}"/*.deb; do
    machine_put "$1" "/root/suite/${deb##*/}" 644 <"$deb"
  done
  machine_run "$1" sh -c 'DEBIAN_FRONTEND=noninteractive dpkg --install /root/suite/*.deb'
}

# suite_drop_in NAME: what an operator with a gateway unit of their own does next.
suite_drop_in() {
  machine_run "$1" mkdir -p /etc/systemd/system/openclaw-gateway.service.d
  machine_run "$1" ln -sf /usr/share/openclaw-systemd/openclaw-gateway.service.d/50-stage-deps.conf \
    /etc/systemd/system/openclaw-gateway.service.d/
  machine_run "$1" systemctl daemon-reload
}

# suite_overrides NAME: linkedom's newest releases need a package that the registry lost, see openclaw_layer_build.
suite_overrides() {
  printf '[overrides]\nlinkedom = 0.18.12\n' | machine_put "$1" /etc/openclaw/helpers.ini.d/50-linkedom.ini
}

# suite_set_up NAME: all of the above.
suite_set_up() {
  machine_install_suite "$1"
  suite_drop_in "$1"
  suite_overrides "$1"
}
