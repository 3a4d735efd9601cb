#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Shows that two builds of the packages are the same, bit by bit: reproducible.sh SUITE[/ARCHITECTURE] FOLDER [SOURCE]
#
# Builds them twice, as build.sh does, into FOLDER/one and FOLDER/other: in folders with names of other lengths, by other
# users, with another umask, locale and time zone, one job or as many as there are processors, and clocks 400 days apart.
# Ends with 1 where a package differs, and shows in what: by diffoscope where it is installed. Needs root.
# shellcheck source=packaging/build.sh
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

(( $# >= 2 )) || { sed --quiet '3,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//p}' "$0" >&2; exit 64; }
suite=${1%%/*} architecture=$(dpkg --print-architecture) folder=$2 differs=0
[[ $1 != */* ]] || architecture=${1#*/}
(( $# < 3 )) || source_root=$(cd "$3" && pwd)
[[ ! -e $folder ]] || { printf '%s: %s is there already: name another folder\n' "$0" "$folder" >&2; exit 1; }

# other_build: in a subshell, which keeps these surroundings to itself.
other_build() (
  surroundings=(
    [folder]=/srv/somebody/else/builds/openclaw [user]=1234 [umask]=002 [locale]=C [zone]=Asia/Kathmandu [jobs]=1
    [clock]=+400d
  )
  build_packages "$suite" "$architecture" "$folder/other"
)

# show_difference DEB DEB
show_difference() {
  if type -P diffoscope >/dev/null; then
    diffoscope --no-progress "$1" "$2" | head -n 200
    return
  fi
  local unpacked
  unpacked=$(mktemp -d)
  dpkg-deb --raw-extract "$1" "$unpacked/one"
  dpkg-deb --raw-extract "$2" "$unpacked/other"
  diff --recursive --brief "$unpacked/one" "$unpacked/other"
  diff <(dpkg-deb --contents "$1") <(dpkg-deb --contents "$2")
  rm -rf "$unpacked"
}

other_build
build_packages "$suite" "$architecture" "$folder/one"
diff <(cd "$folder/one" && ls ./*.deb) <(cd "$folder/other" && ls ./*.deb) || differs=1
for deb in "$folder"/one/*.deb; do
  if cmp --quiet "$deb" "$folder/other/${deb##*/}"; then
    printf 'the same in both builds: %s  %s\n' "$(sha256sum <"$deb" | cut -c1-64)" "${deb##*/}"
  else
    differs=1
    printf 'NOT the same: %s\n' "${deb##*/}"
    show_difference "$deb" "$folder/other/${deb##*/}" || true
  fi
done
exit "$differs"
