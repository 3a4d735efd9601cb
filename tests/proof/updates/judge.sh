# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # of ../updates.sh
# What has to be true after a trial. Reads what `trial settle` wrote down, and the machine's files from outside.

declare -A digest_of=() known_names=()

out() { printf '%s\n' "$root/proof/out/$1"; }
said() { cat "$(out "$1")" 2>/dev/null || true; }

# digest RELEASE: of a sealed tree: contents, modes, owners and links.
digest() {
  tar --create --sort=name --mtime=@0 --numeric-owner --directory="$root/var/lib/openclaw-update/releases" "$1" | sha256sum | cut -c1-64
}

# names: what lies in the folders of the suite, a line each, with the changing part of each name taken out. What a
# release consists of is compared by its digest.
names() {
  local folder
  for folder in var/lib/openclaw-update var/lib/openclaw var/lib/openclaw-fetch var/cache/openclaw; do
    find "$root/$folder" \( -path '*/releases/[0-9]*' -name '[0-9]*-????????' -prune -o -name compile-cache -prune \) -printf '%p\n' \
      -o -printf '%p\n'
  done | sed --regexp-extended "s,^$root,,; s/t[0-9]{8}-[0-9]{8}T[0-9]{6}Z/TRANSACTION/g; s/[0-9a-f]{64}/DIGEST/g" | sort -u
  find "$root/tmp" "$root/var/tmp" -name 'systemd-private-*' -prune -o -name '*openclaw*' -prune -printf '%P\n'
  sed 's/t[0-9]\{8\}-[0-9]\{8\}T[0-9]\{6\}Z/TRANSACTION/g' "$(out run)"
}

# learn: what lies there now is no leftover.
learn() {
  local name
  while read -r name; do known_names[$name]=1; done < <(names)
  for name in "$root"/var/lib/openclaw-update/releases/*/; do
    name=$(basename "$name")
    digest_of[$name]=$(digest "$name")
  done
}

# leftovers: prints what is there that neither an undisturbed update nor its end in a rollback leaves.
leftovers() {
  local name
  while read -r name; do
    [[ -n ${known_names[$name]:-} ]] || printf '%s\n' "$name"
  done < <(names)
}

last() { jq --raw-output ".last_update.$1 // empty" "$(out status)"; }
current() { basename "$(readlink "$root/var/lib/openclaw-update/current")"; }
property() { sed --quiet "s/^$2=//p" "$(out "$1")"; }

# began: did the update come as far as its own transaction?
began() {
  local number
  number=$(last id | sed 's/^t0*//; s/-.*//')
  (( ${number:-0} > $(said counter.before) ))
}

# outcome: as the suite says it; none: no transaction was begun, open-ended: it has no record of its end.
outcome() {
  local said
  began || { printf 'none\n'; return; }
  said=$(last outcome)
  printf '%s\n' "${said:-open-ended}"
}

# judge FROM TO WAY: prints a line for each thing that is not as it has to be.
judge() {
  local from=$1 to=$2 way=$3 outcome runs whole name release status
  [[ -e $(out over) ]] || printf 'the update does not end\n'
  for name in status history verify; do
    [[ $(said $name.exit) == 0 ]] || printf '%s fails: %s\n' "$name" "$(said $name.said)"
  done
  jq --exit-status 'all(.releases[]; .whole)' "$(out verify)" >/dev/null || printf 'verify finds a release that is not whole\n'
  outcome=$(outcome)
  whole=$(current)
  status=$(said client.status)
  case $outcome in
    updated) [[ $whole == "$to"-* ]] || printf 'it says updated, and current is %s\n' "$whole" ;;
    refused | rolled-back | none) [[ $whole == "$from"-* ]] || printf 'it says %s, and current is %s\n' "$outcome" "$whole" ;;
    rollback-failed | open-ended)
      [[ $way == error ]] || printf 'the outcome after a kill is %s\n' "$outcome"
      [[ $whole == "$from"-* || $whole == "$to"-* ]] || printf 'current is %s\n' "$whole" ;;
    *) printf 'the outcome is %s\n' "$outcome" ;;
  esac
  [[ $status != 0 || $outcome == updated ]] || printf 'whoever asked was told of a success (%s)\n' "$outcome"
  [[ $(last id) == "$(jq --raw-output '.updates[-1].id' "$(out history)")" ]] || printf 'history and status differ\n'
  [[ -e $(out ready) && $(property gateway ActiveState) == active ]] || printf 'the gateway is %s, or not ready\n' "$(property gateway ActiveState)"
  runs=$(jq --raw-output .version "$(out startupz)" 2>/dev/null) || true
  [[ $whole == "$runs"-* ]] || printf 'the gateway that answers is %s, and current is %s\n' "$runs" "$whole"
  if [[ $way != cut && ( $outcome == refused || $outcome == none ) ]]; then
    [[ $(said gateway) == "$(said gateway.before)" ]] || printf 'the gateway was touched: %s\n' "$(said gateway | paste -sd' ')"
  fi
  for release in "$root"/var/lib/openclaw-update/releases/[0-9]*/; do
    name=$(basename "$release")
    [[ $(digest "$name") == "${digest_of[$name]:-}" ]] || printf '%s is not what was published\n' "$name"
  done
  for name in "$from" "$whole"; do
    compgen -G "$root/var/lib/openclaw-update/releases/${name%-*}-????????" >/dev/null || printf '%s is gone\n' "$name"
  done
  grep --quiet --text "$kept_row" "$root"/var/lib/openclaw/.openclaw/state/openclaw.sqlite{,-wal} 2>/dev/null || printf 'what the gateway had written is lost\n'
  name=$(cut --delimiter=' ' --fields=1 "$(out failed)" | grep --invert-match '^openclaw-update@' | paste -sd' ') || true
  [[ -z $name ]] || printf 'failed: %s\n' "$name"
  judge_words "$way" "$outcome" "$status"
}

# judge_words WAY OUTCOME STATUS: who meets an error is told where, and what to do next: by whoever asked for the update,
# or by the journal, to which that one leads.
judge_words() {
  [[ $1 == error && $3 != 0 ]] || return 0
  [[ -n $(said client) ]] || printf 'it fails without a word\n'
  { said client; said words; } | grep --quiet --extended-regexp '/[a-z]|[a-z]\.(json|service)' ||
    printf 'the message names no file: %s\n' "$(said client | tail -n 1)"
}
