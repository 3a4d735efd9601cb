#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What ten times as much costs: files that are staged, sealed, verified and copied into a snapshot, and past updates that
# a look at the status passes. Each beside a tenth of it, in turn: the time may be eleven times as long, and the memory
# must be the same but for the list of the files.
# shellcheck source=../in_a_machine.sh
source "$(dirname "$0")/../in_a_machine.sh"

rounds=5 few=4000 many=40000
figure_begin growth
# shellcheck disable=SC2154 # tests/bench/run has set it
growth=$bench_tools/growth
# shellcheck disable=SC2154 # figure_begin has set it
for count_of_files in "$few" "$many"; do
  "$growth" tree "$scratch/tree-$count_of_files" "$count_of_files"
  mkdir "$scratch/store-$count_of_files"
  "$growth" seal "$scratch/store-$count_of_files" "$scratch/tree-$count_of_files"
done

# What a file may cost in the list that a release or a snapshot has of its files: a path and a digest.
kib_of_a_file=1

# ten_times NAME RUNS: the second command of these runs has ten times the files of the first.
ten_times() {
  local name=$1 runs=$2 ratio more
  all_succeeded "$runs"
  ratio=$(paired "$runs" 1 0 /)
  more=$(count "$(quantile "$runs" 1 0.5 3) - $(quantile "$runs" 0 0.5 3)" %.0f)
  goal "$name $many files" "$(median "$runs" 1) ms" "$(median "$runs" 0) ms ($few files)" "${ratio}x" "<= 11x" "$ratio <= 11"
  goal "  memory for $(( many - few )) more" "$more KiB" "-" "-" "<= $(( (many - few) * kib_of_a_file )) KiB" \
    "$more <= ($many - $few) * $kib_of_a_file"
}

# in_turn FILE: "$few" and "$many" take the place of @FILES@ in the rest, `PREPARE :: CMD`, which is run as root.
in_turn() {
  local file=$1
  shift
  "$bench_tools/stopwatch" "$rounds" ::: "${@//@FILES@/$few}" ::: "${@//@FILES@/$many}" >"$file" 2>>"$log"
}

say "staging, sealing and verifying $few and $many files, $rounds times in turn"
in_turn "$scratch/runs-clone" rm -rf "$scratch/clone-@FILES@" :: "$growth" clone "$scratch/tree-@FILES@" "$scratch/clone-@FILES@"
ten_times "staging" "$scratch/runs-clone"
# Each time in a new place, and what was made before stays: ext4 does not use the inodes of files that were removed in the
# last minutes, and passes all of them again for each file that is created (1.1 ms after 40,000, and 0.1 ms without).
in_turn "$scratch/runs-seal" sh -c "rm -f $scratch/new-@FILES@ && ln -s \$(mktemp -d $scratch/seal-@FILES@.XXXXXX) $scratch/new-@FILES@ && sync" :: \
  "$growth" seal "$scratch/new-@FILES@" "$scratch/tree-@FILES@"
ten_times "sealing" "$scratch/runs-seal"
in_turn "$scratch/runs-verify" true :: "$growth" verify "$scratch/store-@FILES@"
ten_times "verifying" "$scratch/runs-verify"

say "the snapshot of a container's volume with as many pairings of channels"
mkdir -p "$scratch/image"
printf '{"name":"openclaw","version":"2026.9.6"}' >"$scratch/image/package.json"
for count_of_files in "$few" "$many"; do
  mkdir -p "$scratch/volume-$count_of_files/.openclaw/credentials"
  printf '{"gateway":{"mode":"local"}}' >"$scratch/volume-$count_of_files/.openclaw/openclaw.json"
  find "$scratch/tree-$count_of_files" -type f -print0 |
    xargs --null cp --target-directory="$scratch/volume-$count_of_files/.openclaw/credentials"
done
# shellcheck disable=SC2154 # lib.sh has set it
in_turn "$scratch/runs-snapshot" \
  sh -c "cd $scratch/volume-@FILES@ && gone=\$(mktemp -d $scratch/gone-@FILES@.XXXXXX) &&
    { [ ! -e snapshots ] || mv snapshots state-guard \$gone/; }" :: \
  env "STATE_DIRECTORY=$scratch/volume-@FILES@" "HOME=$scratch/volume-@FILES@" "$hook" --guard-state "--package-root=$scratch/image" -- true
ten_times "a snapshot of" "$scratch/runs-snapshot"

say "the status of a stand-in with 40 and with 1,000 past updates"
machine_figure_begin
allocate_port port
# shellcheck disable=SC2154 # allocate_port has set it
{
  standin_machine host "$port"
  update_to host "$(standin old)"
  machine_put host /root/stopwatch 755 <"$bench_tools/stopwatch"
} >>"$log" 2>&1

# past_updates COUNT: so many in a file system of their own, each the transaction that there is under another name. On
# the overlay of a machine, a folder from which others were moved away costs more to read than any that a host has.
past_updates() {
  # shellcheck disable=SC2016 # that shell expands it
  machine_run host sh -c '
    mkdir -p "/mnt/$1" && mount -t tmpfs -o mode=700 tmpfs "/mnt/$1" && cd /var/lib/openclaw-update/transactions &&
    first=$(ls | tail -n 1) &&
    for number in $(seq 1001 $((1000 + $1))); do cp -a "$first" "/mnt/$1/t0000$number-20260101T000000Z"; done' \
    sh "$1" >>"$log" 2>&1
}
# status_runs COUNT: with so many past updates.
status_runs() {
  {
    machine_run host mount --bind "/mnt/$1" /var/lib/openclaw-update/transactions >&2
    machine_run host /root/stopwatch 5 ::: openclaw-update status --json ::: openclaw-health
    machine_run host umount /var/lib/openclaw-update/transactions >&2
  } 2>>"$log"
}

past_updates 40
past_updates 1000
for (( i = 0; i < rounds; i++ )); do
  status_runs 40 >>"$scratch/runs-forty"
  status_runs 1000 >>"$scratch/runs-thousand"
done
all_succeeded "$scratch/runs-forty"
all_succeeded "$scratch/runs-thousand"
for command in 0:status 1:openclaw-health; do
  IFS=: read -r index name <<<"$command"
  forty=$(median "$scratch/runs-forty" "$index") thousand=$(median "$scratch/runs-thousand" "$index")
  ratio=$(count "$thousand / $forty" %.3f)
  goal "$name with 1,000 past updates" "$thousand ms" "$forty ms (40)" "${ratio}x" "<= 1.25x" "$ratio <= 1.25"
done
machine_stop host >>"$log" 2>&1
