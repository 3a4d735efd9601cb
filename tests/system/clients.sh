#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# npm, pnpm and bun make the same tree of what Slack, Telegram, Discord and Nostr need (union.json).
# Usage: clients.sh TEST_NPM
# shellcheck source=openclaw.sh
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
# shellcheck source=openclaw.sh
source "$(dirname "${BASH_SOURCE[0]}")/openclaw.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=$(mktemp -d "${TMPDIR:-/var/tmp}/openclaw-systemd-clients.XXXXXX")
trap 'rm -rf "$prefix"' EXIT
toolchain "$prefix" "$(node_layer 22)" "$(pnpm_layer)" "$(bun_layer)"
"$here/clients-agree.sh" "$1" "$here/union.json" "$prefix/usr/bin/node"
