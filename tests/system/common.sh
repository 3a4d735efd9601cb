# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What all files here start from.
set -euo pipefail
shopt -s inherit_errexit
umask 022

# The only PATH that a program under test sees, on this host and in machines.
# shellcheck disable=SC2034
plain_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# wait_for SECONDS CMD...: runs CMD until it succeeds, at most for so long on a machine that does nothing else.
wait_for() {
  local end=$(( ${EPOCHREALTIME/[.,]/} + $1 * ${STORY_SLOWNESS:-1} * 1000000 ))
  shift
  until "$@"; do
    (( ${EPOCHREALTIME/[.,]/} < end )) || return 1
    sleep 0.1
  done
}
