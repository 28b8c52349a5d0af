#!/usr/bin/env bash
# Runs a command beside a Ray cluster of two nodes with a CPU each, both on this machine, which end with the command:
#
#   scripts/cluster/alone.sh scripts/cluster/two_node_ray.sh DIR COMMAND...
#
# Logs go to DIR. Only to be run by `alone.sh`: Ray listens on every interface that there is.
set -euo pipefail

dir=$(mkdir -p "$1" && cd "$1" && pwd)
shift
if grep -qvE '^(Inter-| face| *lo:)' /proc/net/dev; then
  echo "there is more than the loopback interface: run this by scripts/cluster/alone.sh" >&2
  exit 1
fi
export RAY_USAGE_STATS_ENABLED=0 RAY_ADDRESS=127.0.0.1:6379
node=(--num-cpus=1 --object-store-memory=300000000 --node-ip-address=127.0.0.1 --disable-usage-stats --block)

alive() { # how many nodes the head knows
  timeout 60 python3 -c '
import ray
ray.init(logging_level="error")
print(sum(node["Alive"] for node in ray.nodes()))' 2>/dev/null || echo 0
}

until_alive() { # NUMBER
  for ((tries = 0; tries < 20; tries++)); do
    [ "$(alive | tail -n 1)" != "$1" ] || return 0
    sleep 1
  done
  echo "Ray does not start; its logs are in $dir" >&2
  return 1
}

# A socket's path must be short.
temp=$(mktemp -d /tmp/two-node-ray-XXXXXX)
nodes=()
stop() {
  for ((i = ${#nodes[@]} - 1; i >= 0; i--)); do
    kill "${nodes[i]}" 2>/dev/null && wait "${nodes[i]}" || true
  done
  rm -rf "$temp"
}
trap stop EXIT

ray start --head --port=6379 --include-dashboard=false --temp-dir="$temp" "${node[@]}" >"$dir/head.log" 2>&1 &
nodes+=($!)
until_alive 1
ray start --address="$RAY_ADDRESS" "${node[@]}" >"$dir/worker.log" 2>&1 &
nodes+=($!)
until_alive 2
"$@"
