#!/usr/bin/env bash
source "$(dirname "$0")/../lib.sh"
figure_begin debug
tools_begin
settings=$(settings_for bun)
large=$cache/bench-openclaw-200k/openclaw
state=$(state_begin s)
gateway_environment=("STATE_DIRECTORY=$state" "HOME=$state")
for i in 1 2; do
as_gateway "$hook" --verbose "--settings=$settings" "--package-root=$large"
ls -la $state/staged-deps
done
as_gateway strace -f -o $state/t "$hook" --verbose "--settings=$settings" "--package-root=$large"
grep -n record $state/t | head -5
grep -n -A6 'staged-deps/record' $state/t | cut -c1-1500| tail -25
sed -n 1,3p $state/staged-deps/record
