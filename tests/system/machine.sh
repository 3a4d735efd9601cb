# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Disposable machines: a Debian root with systemd as PID 1 in systemd-nspawn, on an overlay that is thrown away.
# They share the host's network, so each gateway needs a port of its own (ports.sh).

# shellcheck source=cache.sh
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
# shellcheck source=registry.sh
source "$(dirname "${BASH_SOURCE[0]}")/registry.sh"
# shellcheck source=suite.sh
source "$(dirname "${BASH_SOURCE[0]}")/suite.sh"

machine_packages=systemd,systemd-sysv,dbus,libnss-systemd,procps,ca-certificates
# Node in these machines is /usr/bin/node, so this is the global configuration of every npm in them.
machine_npmrc=/usr/etc/npmrc
# What a gateway with dummy tokens would talk to. It shall meet a closed port at once, and nobody else's server.
machine_loopback_names=(
  slack.com www.slack.com api.slack.com wss-primary.slack.com wss-backup.slack.com
  api.telegram.org discord.com gateway.discord.gg cdn.discordapp.com
  openrouter.ai api.openai.com api.anthropic.com generativelanguage.googleapis.com
  clawhub.ai clawhub.com docs.openclaw.ai openclaw.ai
)

declare -A machine_nspawn=() machine_init=()   # by the machine's name: nspawn's process, and the machine's PID 1
machine_options=()                             # more of nspawn's, for the machines that are booted from now on
machines=                                      # the folder of this process's machines
machines_lock=                                 # held as long as this process lives, see machines_sweep

# machine_image SUITE: prints the folder of a Debian root with systemd.
machine_image() {
  build_once "image-$1" machine_image_build "$1"
}

machine_image_build() {
  local root=$1 suite=$2
  # A mirror may serve a suite whose Release file has run out; for a disposable test machine that is good enough.
  mmdebstrap --variant=minbase --include="$machine_packages" --aptopt='Acquire::Check-Valid-Until "false"' \
    "$suite" "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
  # Booted with an empty machine-id, systemd would apply all presets as on a first boot.
  tr -d '-' </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
}

# nspawn_command ROOT OPTION...: sets the array `nspawn` to the command, for booting or for running one program.
nspawn_command() {
  local root=$1 file
  shift
  nspawn=(
    env -i PATH="$plain_path" SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$root"
    --register=no --link-journal=no --timezone=off --resolv-conf=bind-host --bind-ro=/etc/ssl/certs
  )
  file=$(registry_ca_file)
  [[ -z $file || $file == /etc/ssl/certs/* ]] || nspawn+=(--bind-ro="$file")
  # Where systemd runs the host, nspawn asks it for a cgroup; elsewhere it takes the one that it is started in.
  [[ -d /run/systemd/system ]] || nspawn+=(--keep-unit)
  nspawn+=("$@")
}

# machines_open: makes the folder of this process's machines. The story's end removes it (machines_close).
machines_open() {
  [[ -z $machines ]] || return 0
  local all=${TMPDIR:-/var/tmp}/openclaw-systemd-machines opening
  mkdir -p "$all"
  # One at a time: a folder that is not locked yet would be swept by a story that begins in the same moment.
  exec {opening}>"$all/opening"
  flock "$opening"
  machines_sweep "$all"
  machines=$(mktemp -d "$all/XXXXXX")
  chmod 755 "$machines"
  exec {machines_lock}>"$machines/lock"
  flock --nonblock "$machines_lock"
  exec {opening}>&-
}

# machines_sweep ALL: removes what killed processes left. Their machines died with them; where the lock is held, the
# folder is in use.
machines_sweep() {
  local folder
  for folder in "$1"/*/; do
    [[ -e ${folder}lock ]] || continue
    (
      flock --nonblock 9 || exit 0
      for root in "$folder"*/root/; do
        ! mountpoint --quiet "$root" || umount "$root"
      done
      rm -rf --one-file-system "$folder"
    ) 9<"${folder}lock"
  done
}

# machine_start NAME SUITE LAYER...: boots a machine whose root is the image of that suite, what the package under test
# depends on, and the layers, later ones on top.
machine_start() {
  local name=$1 suite=$2 lower layer
  shift 2
  machines_open
  lower=$(machine_image "$suite")
  if suite_present; then
    layer=$(suite_dependencies "$suite")
    lower=$layer:$lower
  fi
  for layer in "$@"; do lower=$layer:$lower; done
  local folder=$machines/$name
  mkdir "$folder" "$folder/upper" "$folder/work" "$folder/root"
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
  machine_prepare "$name"
  machine_boot "$name"
}

# machine_start_bare NAME SUITE: the image alone, without what the package under test depends on.
machine_start_bare() {
  local SUITE_DEB=''
  machine_start "$1" "$2"
}

# machine_prepare NAME: what an administrator sets up before the first boot.
machine_prepare() {
  local root=$machines/$1/root host
  printf '%s\n' "$1" >"$root/etc/hostname"
  {
    printf '127.0.0.1 localhost %s\n::1 localhost\n' "$1"
    for host in "${machine_loopback_names[@]}"; do printf '127.0.0.1 %s\n::1 %s\n' "$host" "$host"; done
  } >"$root/etc/hosts"
  mkdir -p "$root/usr/etc"
  registry_npmrc >"$root$machine_npmrc"
  machine_watch_npm "$root"
}

# machine_watch_npm ROOT: from now on the journal tells of each run of npm. Whoever starts it, and by which name, ends at
# npm-cli.js. What a gateway says of its installations is no proof: some versions tell of what they found in place too.
machine_watch_npm() {
  local npm=$1/usr/lib/node_modules/npm/bin
  [[ -e $npm/npm-cli.js ]] || return 0
  mv "$npm/npm-cli.js" "$npm/npm-cli-unwatched.js"
  cat >"$npm/npm-cli.js" <<'JS'
#!/usr/bin/env node
try {
  require('node:child_process').execFileSync('logger', ['--tag', 'npm-run', process.argv.slice(2).join(' ')])
} catch {}
require('./npm-cli-unwatched.js')
JS
  chmod 755 "$npm/npm-cli.js"
}

# machine_boot NAME: starts nspawn and waits until systemd in it has started all that it has to.
machine_boot() {
  local name=$1 folder=$machines/$1 nspawn
  # Without CAP_NET_ADMIN the loopback of a PrivateNetwork= unit stays down.
  nspawn_command "$folder/root" --boot --machine="$name" --capability=CAP_NET_ADMIN "${machine_options[@]}"
  (
    machine_cgroup_enter "$name"
    exec {machines_lock}>&-
    # No machine may outlive this process, however it ends. On SIGTERM, nspawn shuts its machine down; on SIGKILL it would
    # leave it running.
    exec setpriv --pdeathsig TERM "${nspawn[@]}"
  ) </dev/null >"$folder/console" 2>&1 &
  machine_nspawn[$name]=$!
  if ! wait_for 60 machine_is_up "$name"; then
    cat "$folder/console" >&2
    printf 'machine %s does not boot\n' "$name" >&2
    return 1
  fi
}

# machine_cgroup_enter NAME: moves the calling shell into a cgroup for that machine. With --keep-unit, nspawn makes the
# payload's cgroup below its own: two machines started from one cgroup would manage, and kill, each other's processes.
machine_cgroup_enter() {
  [[ ! -d /run/systemd/system ]] || return 0
  local hierarchy
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
    [[ -w $hierarchy/cgroup.procs ]] || continue
    mkdir -p "$hierarchy/$(machine_cgroup "$1")"
    printf '%s\n' "$BASHPID" >"$hierarchy/$(machine_cgroup "$1")/cgroup.procs"
  done
}

machine_cgroup() {
  printf 'openclaw-systemd-%s-%s\n' "${machines##*/}" "$1"
}

# machine_is_up NAME: is systemd there, and through with the boot? Some units may fail in a container, hence degraded.
machine_is_up() {
  local name=$1 pid state
  pid=$(pgrep --parent "${machine_nspawn[$name]}") || return 1
  # Until the payload is executed, nspawn's child is nspawn itself.
  [[ $(cat "/proc/$pid/comm" 2>/dev/null) == systemd ]] || return 1
  machine_init[$name]=$pid
  state=$(machine_run "$name" systemctl is-system-running 2>/dev/null) || true
  [[ $state == running || $state == degraded ]]
}

# machine_run NAME CMD...: runs a command inside as root, with a bare environment.
machine_run() {
  local name=$1
  shift
  if [[ -n ${json_folder:-} && $1 != sh && " $* " =~ [\ /]openclaw-(update|health|install-deps|watchdog)\ .*--json\  ]]; then
    json_kept "$name" "$@"
  else
    machine_enter "$name" "$@"
  fi
}

# json_kept NAME PROGRAM...: the same, and what it prints is compared with its schema at the end of the story.
json_kept() {
  local file status=0
  file=$(mktemp "$json_folder/XXXXXX")
  printf '%s\n' "${*:2}" >"$file.command"
  machine_enter "$@" | tee "$file" || status=${PIPESTATUS[0]}
  return "$status"
}

machine_enter() {
  local name=$1
  shift
  # Left behind in a machine that shuts down, nsenter would be stopped with its child, and hold up the machine's end.
  setpriv --pdeathsig KILL nsenter --target "${machine_init[$name]}" --all --root \
    env -i --chdir=/ PATH="$plain_path" HOME=/root LANG=C.UTF-8 "$@"
}

# machine_run_as NAME USER CMD...: the same as another user, at home.
machine_run_as() {
  local name=$1 user=$2
  shift 2
  machine_run "$name" runuser --user "$user" -- sh -c 'HOME=$(getent passwd "$(id -un)" | cut -d: -f6); cd; exec "$@"' sh "$@"
}

# machine_put NAME PATH [MODE]: writes standard input to a file inside.
machine_put() {
  machine_run "$1" install -D --mode="${3:-644}" /dev/stdin "$2"
}

# registry_unreachable NAME: from now on npm in the machine meets a closed port, and does not try for long.
registry_unreachable() {
  printf 'registry=http://127.0.0.1:9/\nfetch-retries=0\n' | machine_put "$1" "$machine_npmrc"
}

registry_reachable() {
  registry_npmrc | machine_put "$1" "$machine_npmrc"
}

# machine_stop NAME: powers off, and removes all that there was of the machine.
machine_stop() {
  local name=$1 nspawn=${machine_nspawn[$1]:-}
  if [[ -n $nspawn ]]; then
    kill -TERM "$nspawn" 2>/dev/null || true
    wait_for 15 machine_is_gone "$name" || machine_kill "$name"
  fi
  machine_remove "$name"
}

# machine_kill NAME: the same as pulling the plug. nspawn is left to notice, so that it can reap the machine. With a
# busy disk a process of it can take most of a minute to die, and would keep its port from the next boot until then.
machine_kill() {
  local name=$1 nspawn=${machine_nspawn[$1]}
  pkill -KILL --parent "$nspawn" || true
  wait_for 30 machine_is_gone "$name" || kill -KILL "$nspawn" 2>/dev/null || true
  wait "$nspawn" 2>/dev/null || true
  wait_for 60 machine_has_no_process "$name" && return 0
  printf 'processes of machine %s do not die:\n' "$name" >&2
  machine_processes "$name" | xargs --no-run-if-empty ps -o pid,stat,wchan:32,args --pid >&2 || true
}

# machine_processes NAME: prints the numbers of those that are left, of a machine whose cgroup is ours.
machine_processes() {
  local group
  for group in /sys/fs/cgroup{,/unified,/systemd}/"$(machine_cgroup "$1")"; do
    [[ ! -d $group ]] || find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done | sort --unique
}

machine_has_no_process() {
  [[ -z $(machine_processes "$1") ]]
}

# machine_shut_down NAME: as its administrator would do it; machine_boot starts it again.
machine_shut_down() {
  machine_run "$1" systemctl poweroff || true   # it may go down before it has answered
  wait_for 60 machine_is_gone "$1" || { printf 'machine %s does not shut down\n' "$1" >&2; return 1; }
}

machine_is_gone() {
  ! kill -0 "${machine_nspawn[$1]}" 2>/dev/null
}

# machine_remove NAME: unmounts and deletes; its processes are gone or dying.
machine_remove() {
  local name=$1 folder=$machines/$1 group
  ! mountpoint --quiet "$folder/root" || wait_for 15 umount "$folder/root"
  rm -rf --one-file-system "$folder"
  for group in /sys/fs/cgroup{,/unified,/systemd}/"$(machine_cgroup "$name")"; do
    # A killed process leaves its cgroup a moment after it is gone for all others.
    wait_for 5 machine_cgroup_remove "$group" || true
  done
  unset "machine_nspawn[$name]" "machine_init[$name]"
}

machine_cgroup_remove() {
  [[ ! -d $1 ]] || find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
}

# machines_tell: prints the end of each machine's journal, for whoever looks for the reason of a failure.
machines_tell() {
  local name
  for name in "${!machine_init[@]}"; do
    printf '\n--- journal of %s\n' "$name"
    machine_run "$name" journalctl --no-pager --lines=300 --output=short-precise || true
  done
}

# machines_close: at the end of this process, ends what is left of its machines, without ceremony.
machines_close() {
  [[ -n $machines ]] || return 0
  local folder name
  for folder in "$machines"/*/; do
    [[ -d $folder ]] || continue
    name=$(basename "$folder")
    [[ -z ${machine_nspawn[$name]:-} ]] || machine_kill "$name"
    machine_remove "$name"
  done
  rm -rf --one-file-system "$machines"
  machines=
}
