# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The npm registry as this host is set up to reach it, and packages fetched from it.

# shellcheck source=cache.sh
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"

# registry_setting NAME: prints a setting of the host's npm; nothing if it is not set.
registry_setting() {
  # One look is enough for the life of this process: starting npm takes a while.
  [[ -n ${registry_settings:-} ]] || registry_settings=$(cd / && npm config list --json 2>/dev/null)
  jq --raw-output --arg name "$1" '.[$name] // empty | if type == "array" then join(",") else . end' \
    <<<"$registry_settings"
}

# registry_ca_file: prints the CA file that the host's npm trusts, if it was given one.
registry_ca_file() {
  registry_setting cafile
}

# registry_npmrc: prints the lines that let another npm reach the same registry. Without them npm retries an untrusted
# connection for minutes, and silently.
registry_npmrc() {
  local name value
  registry_setting registry >/dev/null   # here, not in the subshells below, so that they share the one look
  for name in registry cafile proxy https-proxy noproxy; do
    value=$(registry_setting "$name")
    [[ -z $value ]] || printf '%s=%s\n' "$name" "$value"
  done
}

# registry_package SPEC FOLDER: unpacks a package of the registry, without its dependencies, into a new folder.
registry_package() {
  local spec=$1 folder=$2 archive
  mkdir -p "$folder" "$cache/npm"
  archive=$(cd "$folder" && npm pack --silent --cache "$cache/npm" "$spec" | tail -n 1)
  tar --extract --file="$folder/$archive" --directory="$folder" --strip-components=1 --no-same-owner
  rm "$folder/$archive"
}
