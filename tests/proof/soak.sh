#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Updates and rollbacks of a stand-in for OpenClaw, one after the other, on a booted machine with a running watchdog: what
# the suite keeps stays the same in memory, descriptors, inodes and disk, and the records of each cycle have a bound.
# SEED, EVERY and RESULTS: see run; of the 1,000 cycles, EVERY leaves out so many. CYCLES=N makes that many.
# SUITE_DEB names the package, otherwise it is built.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
# shellcheck source=../system/story.sh
source ../system/story.sh
# shellcheck source=../system/update.sh
source ../system/update.sh
# shellcheck source=../system/standin.sh
source ../system/standin.sh

results=${RESULTS:?a folder for the results} every=${EVERY:-1}
cycles=${CYCLES:-$(( 1000 / every ))}
# Until then, logs rotate for the first time, old transactions are removed for the first time, and caches fill.
warm=$(( cycles / 4 > 60 ? 60 : cycles / 4 ))
done_=0
allocate_port port
story "an update and a rollback, $cycles times"

# figures: "name value" of what must not grow. In bytes where it is of a disk or of memory.
figures() {
  # shellcheck disable=SC2016 # the machine's shell expands it
  machine_run host sh -c '
    size() { find "$@" -printf "%b\n" 2>/dev/null | awk "{ sum += \$1 * 512 } END { print sum + 0 }"; }
    many() { find "$@" 2>/dev/null | wc -l; }
    watchdog=$(systemctl show --property=MainPID --value openclaw-watchdog)
    echo "updater_bytes $(size /var/lib/openclaw-update -path "*/transactions" -prune -o)"
    echo "updater_inodes $(many /var/lib/openclaw-update -path "*/transactions" -prune -o -print)"
    echo "transactions $(ls /var/lib/openclaw-update/transactions | wc -l)"
    echo "transactions_bytes $(size /var/lib/openclaw-update/transactions)"
    echo "state_inodes $(many /var/lib/openclaw -not -path "*/.openclaw/*")"
    echo "snapshots $(ls /var/lib/openclaw/snapshots 2>/dev/null | wc -l)"
    echo "other_inodes $(many /run/openclaw* /var/lib/openclaw-fetch /var/lib/openclaw-canary /var/cache/openclaw* /tmp /var/tmp)"
    echo "log_inodes $(many /var/log -path "*/journal" -prune -o -print)"
    echo "units $(systemctl list-units --all --no-legend "openclaw*" | wc -l)"
    echo "processes $(ps -e --no-headers | wc -l)"
    echo "watchdog_fds $(ls /proc/$watchdog/fd | wc -l)"
    echo "watchdog_rss_kb $(awk "/^VmRSS:/ { print \$2 }" /proc/$watchdog/status)"
    echo "manager_fds $(ls /proc/1/fd | wc -l)"'
}

# cycle: one update and one rollback.
cycle() {
  update_to host "$good" --force --quiet && machine_run host openclaw-update rollback --quiet
}

# cycles_until NUMBER: ends at the first that fails.
cycles_until() {
  while (( done_ < $1 )); do
    quietly cycle || return 0
    done_=$(( done_ + 1 ))
  done
}

# journal_bytes: of the records that the suite has written.
journal_bytes() {
  machine_run host sh -c 'journalctl --no-pager --output=cat --identifier=openclaw-update --identifier=openclaw-watchdog | wc -c'
}

is_flat() {
  local name before after most
  join <(sort "$1") <(sort "$2") >"$3"
  while read -r name before after; do
    # Memory is taken in pages and given back late; snapshots and transactions differ by the one that is the last.
    case $name in
      watchdog_rss_kb) most=$(( before + 512 )) ;;
      *_bytes) most=$(( before + before / 20 + 65536 )) ;;
      *_inodes) most=$(( before + before / 100 + 8 )) ;;
      processes) most=$(( before + 3 )) ;;
      *) most=$(( before + 2 )) ;;
    esac
    expect "  $name: $before after $warm cycles, $after after $cycles" test "$after" -le "$most"
  done <"$3"
}

soaks() {
  local began written
  old=$(standin old) good=$(standin good)
  quietly standin_machine host "$port"
  quietly update_to host "$old"
  quietly machine_run host systemctl start openclaw-watchdog
  expect "it is watched" machine_run host systemctl is-active openclaw-watchdog
  cycles_until "$warm"
  expect "the first $warm" test "$done_" = "$warm"
  quietly sleep 5
  figures >"$results/soak.before"
  written=$(journal_bytes) began=$SECONDS
  cycles_until "$cycles"
  expect "all $cycles" test "$done_" = "$cycles"
  note "$(( (SECONDS - began) * 1000 / (cycles - warm) )) ms for a cycle, $(( ($(journal_bytes) - written) / (cycles - warm) )) bytes of journal"
  quietly sleep 5
  figures >"$results/soak.after"
  is_flat "$results/soak.before" "$results/soak.after" "$results/soak.figures"
  expect "the gateway serves" gateway_serves_version old
  expect "nothing is left over" update_has_no_leftovers host
  expect "no unit has failed" says '^0 loaded' machine_run host systemctl list-units --failed 'openclaw*'
  printf 'update and rollback\t%s\t%s\twith a stand-in; %s figures flat\n' "$cycles" "$failed" \
    "$(wc -l <"$results/soak.figures")" >"$results/soak.tsv"
}

[[ -n ${SUITE_DEB:-} ]] || { SUITE_DEB=$(../system/package.sh "$suite"); export SUITE_DEB; }
with_suite soaks
