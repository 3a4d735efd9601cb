# bash completion for openclaw-update, openclaw-install-deps and openclaw-health. shellcheck shell=bash
# Commands and options are those that --help of the program names, so that the two cannot disagree.

# What is looked at; tests name others.
: "${_openclaw_settings:=/etc/openclaw}" "${_openclaw_state:=/var/lib/openclaw-update}"

# _openclaw_words HELP KIND: prints the commands or the options of a help text. A group's heading ends with a colon.
_openclaw_words() {
  case $2 in
    commands) awk '/^[A-Z].*:$/ { inside = /^Commands/ || /^Subcommands/ } inside && /^  [a-z]/ { print $1 }' <<<"$1" ;;
    options) grep --only-matching --extended-regexp -- '^  (-[a-z],)?--[a-z-]+' <<<"$1" | sed 's/.*--/--/' ;;
  esac
}

_openclaw_gateways() {
  local file
  printf 'default\n'
  for file in "$_openclaw_settings"/gateways.d/*.ini; do
    [[ ! -e $file ]] || basename "$file" .ini
  done
}

# Names of releases that are kept.
_openclaw_releases() {
  local folder
  for folder in "$_openclaw_state"/releases/*/; do
    [[ ! -d $folder ]] || basename "$folder"
  done
}

_openclaw_versions() { _openclaw_releases | sed 's/-[^-]*$//'; }

# _openclaw_values OPTION: prints what the option may be given.
_openclaw_values() {
  case $1 in
    --gateway) _openclaw_gateways ;;
    --channel) printf 'latest\nbeta\n' ;;
    --from | --to | pin | rehearse) _openclaw_versions | sort -u ;;
    rollback) { _openclaw_releases && _openclaw_versions; } | sort -u ;;
    --from-user | --to-user) compgen -A user ;;
    --settings | --config) compgen -A file -- "$2" ;;
    --state-dir | --stage-dir | --package-root) compgen -A directory -- "$2" ;;
    adopt) systemctl list-unit-files --type=service --no-legend --plain 2>/dev/null | awk '{ print $1 }' ;;
    export | import) compgen -A file -- "$2" ;;
    *) return 1 ;;
  esac
}

_openclaw_complete() {
  local program=$1 word=$2 before=$3 help commands given='' values
  local -a command=()
  help=$("$program" --help 2>/dev/null) || return 0
  # The command among the words so far, and the one below it (snapshot create).
  for given in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    commands=$(_openclaw_words "$help" commands)
    grep --quiet --line-regexp --fixed-strings -- "$given" <<<"$commands" || continue
    command+=("$given")
    help=$("$program" "${command[@]}" --help 2>/dev/null) || return 0
  done
  # Of an export (not: of a snapshot), the release comes before the file.
  if [[ ${command[*]} == export && $word != -* && $before != -* ]]; then
    if [[ $before == export ]]; then before=rollback; else before="export"; fi
  fi
  if values=$(_openclaw_values "$before" "$word"); then
    :
  elif [[ $word == -* ]]; then
    values=$(_openclaw_words "$help" options)
    (( ${#command[@]} == 0 )) || values+=$'\n'$(_openclaw_words "$("$program" --help)" options)
  else
    values=$(_openclaw_words "$help" commands)
  fi
  mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word" | sort -u)
}

complete -F _openclaw_complete openclaw-update openclaw-install-deps openclaw-health
