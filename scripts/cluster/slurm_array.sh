#!/usr/bin/env bash
# Converts a corpus as a Slurm array job. Each task converts its share of the lines to a part of its own, and the
# parts, concatenated in the order of their names, are the rows of one plain run:
#
#   sbatch --array=0-15 scripts/cluster/slurm_array.sh train.jsonl parts
#   cat parts/part-*.jsonl > train.regression.jsonl       when `squeue` no longer shows the job
#
# IN and the folder OUT must be there under the same paths on every node. A part appears when it is complete. To do
# some of 16 shares again, after a node was lost:
#
#   SHARES=16 sbatch --array=3,7 scripts/cluster/slurm_array.sh train.jsonl parts
#
# Without Slurm, one after the other:
#
#   for i in {0..15}; do
#     SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_COUNT=16 scripts/cluster/slurm_array.sh train.jsonl parts
#   done
#
#SBATCH --job-name=steer2reg
#SBATCH --cpus-per-task=1
#SBATCH --output=%x-%A-%a.log
set -euo pipefail

in=$1 out=$2
# Of an array of some shares only, Slurm counts those.
shares=${SHARES:-$SLURM_ARRAY_TASK_COUNT}
mkdir -p "$out"
printf -v part '%s/part-%05d.jsonl' "$out" "$SLURM_ARRAY_TASK_ID"
exec "${STEER2REG:-steer2reg}" -i "$in" -o "$part" --shard "$SLURM_ARRAY_TASK_ID/$shares" \
  --threads "${SLURM_CPUS_PER_TASK:-1}" --quiet
