# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What a figure needs that is measured in a disposable machine, with the package that the release build makes. To be
# sourced instead of lib.sh.

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../system/machine.sh
source "$bench/../system/machine.sh"
# shellcheck source=../system/ports.sh
source "$bench/../system/ports.sh"
# shellcheck source=../system/gateway.sh
source "$bench/../system/gateway.sh"
# shellcheck source=../system/update.sh
source "$bench/../system/update.sh"
# shellcheck source=../system/standin.sh
source "$bench/../system/standin.sh"

# shellcheck disable=SC2034 # for machines and gateways
suite=bookworm patience=240

# machine_figure_begin: after figure_begin. The package is that of the machines' Debian, as the stories have it.
machine_figure_begin() {
  SUITE_DEB=${SUITE_DEB:-$("$bench/../system/package.sh" "$suite")}
  export SUITE_DEB
  trap machine_figure_end EXIT
}

machine_figure_end() {
  local status=$?
  trap - EXIT
  machines_close >>"$log" 2>&1 || true
  figure_end "$status"
}

# trace_updater NAME FILE: the system calls of the updater that holds the lock, from when its update takes its snapshot.
trace_updater() {
  local root=$machines/$1/root pid
  "$bench/../system/kill-at-record" --root "$root" --nobody snapshot
  pid=$(updater_on_host "$1")
  strace --follow-forks --absolute-timestamps --string-limit=400 --output="$2" --attach="$pid" \
    --trace=fsync,fdatasync,rename,renameat,renameat2,execve,connect,sendmsg,write >>"$log" 2>&1
}

# updater_on_host NAME: the number that the host knows it by.
updater_on_host() {
  local inside candidate
  inside=$(<"$machines/$1/root/var/lib/openclaw-update/lock")
  for candidate in $(pgrep --ns "${machine_init[$1]}" --nslist pid --exact openclaw-update); do
    [[ $(awk '/^NSpid:/ { print $NF }' "/proc/$candidate/status") != "${inside%% *}" ]] || printf '%s\n' "$candidate"
  done
}

# between_stop_and_start FILE: the lines of such a trace after the call StopUnit and before StartUnit.
between_stop_and_start() {
  awk '/StartUnit/ { inside = 0 } inside { print } /StopUnit/ { inside = 1 }' "$1"
}
