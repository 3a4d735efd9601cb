# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is downloaded or built once and read by every machine: images, layers, packages.

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cache=${OPENCLAW_SYSTEMD_CACHE:-/var/cache/openclaw-systemd-tests}

# build_once NAME BUILDER ARG...: prints the folder of that name in the cache. If it is not there yet, runs
# `BUILDER FOLDER ARG...` on a folder of another name, which takes its place only once it is complete.
# Callers in parallel wait for each other; what the builder says is shown only when it fails.
# Not to be called in a condition (`if`, `||`), where bash would let the builder run on past its failures.
build_once() {
  local name=$1 builder=$2
  shift 2
  local folder=$cache/$name draft=$cache/$name.draft
  mkdir -p "$cache/locks" "$(dirname "$folder")"
  if [[ ! -d $folder ]]; then
    printf '# preparing %s\n' "$name" >&2
    (
      flock 9
      [[ ! -d $folder ]] || exit 0
      trap 'tail -n 40 "$draft.log" >&2; printf "cannot prepare %s, see %s\n" "$name" "$draft.log" >&2' EXIT
      rm -rf --one-file-system "$draft"
      mkdir "$draft"
      "$builder" "$draft" "$@" >"$draft.log" 2>&1 9>&-
      mv "$draft" "$folder"
      rm -f "$draft.log"
      trap - EXIT
    ) 9>"$cache/locks/${name//\//-}"
  fi
  printf '%s\n' "$folder"
}
