#!/usr/bin/env bash
# Runs a command on a network of its own that has the loopback interface and nothing else, and ends every process
# that the command leaves behind:
#
#   scripts/cluster/alone.sh COMMAND...
#
# Engines open ports that run what they are sent, some of them (Ray's) on every interface whatever they are told.
# Other users cannot reach these here. Needs Linux, util-linux and iproute2; not root, where user namespaces are allowed.
set -euo pipefail

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(--map-root-user)
# The second address (one of those for documentation) is for getaddrinfo, which may hold that there is no IPv4
# where there is only 127.0.0.1. It does not lead out either.
exec unshare "${as_root[@]}" --net --pid --fork --kill-child --mount-proc \
  bash -c 'ip link set lo up && ip address add 198.51.100.1/32 dev lo && "$@"' bash "$@"
