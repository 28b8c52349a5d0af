#!/usr/bin/env bash
# Runs a command beside a Slurm cluster of one node, this machine, which ends with the command:
#
#   scripts/cluster/alone.sh scripts/cluster/one_node_slurm.sh DIR COMMAND...
#
# DIR gets its configuration, state and logs. Needs root, and Debian's packages slurmctld, slurmd, slurm-client and
# munge (no service of them has to run).
set -euo pipefail

dir=$(mkdir -p "$1" && cd "$1" && pwd)
shift
host=$(hostname -s)
mkdir -p "$dir"/{state,spool}

head -c 1024 /dev/urandom >"$dir/munge.key"
chmod 600 "$dir/munge.key"
# munged wants folders that only its own user may write to. A socket's path must be short.
run=$(mktemp -d /tmp/one-node-slurm-XXXXXX)
chmod 755 "$run"

cat >"$dir/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$run/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=5,batch_sched_delay=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$dir/slurm.conf

daemons=()
stop() {
  for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
    kill "${daemons[i]}" 2>/dev/null && wait "${daemons[i]}" || true
  done
  rm -rf "$run"
}
trap stop EXIT

munged --foreground --key-file="$dir/munge.key" --socket="$run/munge.socket" --pid-file="$run/munge.pid" \
  --seed-file="$run/munge.seed" --log-file="$dir/munge.log" >"$dir/munged.out" 2>&1 &
daemons+=($!)
while [ ! -S "$run/munge.socket" ]; do kill -0 "${daemons[0]}" && sleep 0.1; done
slurmctld -D -c >"$dir/slurmctld.out" 2>&1 &
daemons+=($!)
slurmd -D >"$dir/slurmd.out" 2>&1 &
daemons+=($!)
for ((tries = 0; ; tries++)); do
  [ "$(timeout 5 sinfo --noheader --format=%T 2>/dev/null || true)" != idle ] || break
  [ "$tries" -lt 60 ] || {
    echo "Slurm does not start; its logs are in $dir" >&2
    exit 1
  }
  sleep 0.5
done
"$@"
