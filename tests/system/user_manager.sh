# shellcheck shell=bash
# Machines in which users have service managers of their own.

# shellcheck source=cache.sh
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
# shellcheck source=machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

# user_manager_layer SUITE: prints the folder of a layer with what starts them: pam_systemd, and a bus. It lies on what the
# package under test depends on, since both have dpkg's list of packages in them.
user_manager_layer() {
  local image depends=''
  image=$(machine_image "$1")
  ! suite_present || depends=$(suite_dependencies "$1")
  build_once "layers/user-manager-$1${depends:+-${depends##*-}}" user_manager_layer_build "${depends:+$depends:}$image"
}

user_manager_layer_build() (
  layer=$1 image=$2 nspawn=()
  work=$(mktemp -d "$cache/user-manager.XXXXXX")
  mkdir "$work/work" "$work/root"
  trap 'umount "$work/root" && rm -rf --one-file-system "$work"' EXIT
  mount -t overlay overlay -o "lowerdir=$image,upperdir=$layer,workdir=$work/work" "$work/root"
  nspawn_command "$work/root" --pipe
  "${nspawn[@]}" /bin/sh -ec '
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install --yes --no-install-recommends libpam-systemd dbus-user-session
    apt-get clean
    rm -rf /var/lib/apt/lists/*' </dev/null
)
