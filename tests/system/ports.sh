# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Ports for gateways. All machines share the host's loopback, and a gateway derives more ports from its own (browser
# control, canvas, up to a hundred for browsers), so each gets a block.

port_block=200
port_first=20000
port_count=60        # ends below the ephemeral ports

# allocate_port VARIABLE: sets it to a port whose block no other story on this host uses, until this process ends.
allocate_port() {
  local -n allocated=$1
  local locks=/run/lock/openclaw-systemd-tests number fd
  mkdir -p "$locks"
  for (( number = 0; number < port_count; number++ )); do
    exec {fd}>"$locks/$number"
    # shellcheck disable=SC2034 # the caller's variable
    if flock --nonblock "$fd" && ! port_in_use $(( port_first + number * port_block )); then
      allocated=$(( port_first + number * port_block ))
      return 0
    fi
    exec {fd}>&-
  done
  printf 'no port is free\n' >&2
  return 1
}

# port_in_use PORT: does anybody listen there?
port_in_use() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
