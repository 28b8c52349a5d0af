#!/usr/bin/env bash
# Runs the tool on real engines, on this machine with two workers each, and compares every output byte for byte
# with one plain run, order included. Prints the table of docs/clusters.md. No part of `cargo test`.
#
#   scripts/cluster/run.sh [ENGINE...]     of parallel, spark, ray and slurm; default: those that are there
#
#   SIZE=60MB                              of the corpus
#
# Each engine converts three inputs: a corpus in ranges of 8 MiB; odd lines in ranges of 40 bytes, most of which
# have no line at all; and a corpus with a bad record, which must fail. Seconds are those of the whole job for the
# corpus, with what the engine itself needs to start a job.
#
# Needs Python 3, and for each engine
#
#   parallel   GNU parallel (Debian's package `parallel`)
#   spark      Java 17 or newer; PySpark is installed into a virtual environment under target/
#   ray        Ray is installed likewise
#   slurm      root, and Debian's packages slurmctld, slurmd, slurm-client and munge
#
# All but the first run on a network of their own (see alone.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."

cluster=$PWD/scripts/cluster work=$PWD/target/cluster
in=$work/corpus.jsonl odd=$work/odd.jsonl bad=$work/bad.jsonl
mkdir -p "$work"
cargo build --release --quiet
export STEER2REG=$PWD/target/release/steer2reg
export cluster work in odd bad

has() { command -v "$1" >/dev/null; }

for engine in "$@"; do
  [[ $engine =~ ^(parallel|spark|ray|slurm)$ ]] || {
    echo "no such engine: $engine" >&2
    exit 2
  }
done
engines=("$@")
if [ $# -eq 0 ]; then
  if has parallel; then engines+=(parallel); else echo "left out: parallel is not installed" >&2; fi
  if has java; then engines+=(spark); else echo "left out: spark, which needs Java" >&2; fi
  engines+=(ray)
  if ! has slurmctld || ! has munged || [ "$(id -u)" -ne 0 ]; then
    echo "left out: slurm, which needs root, slurmctld, slurmd, slurm-client and munge" >&2
  else
    engines+=(slurm)
  fi
fi

python() { # PACKAGE...: on the path, in an environment of its own
  local venv=$work/venv-${1%%\[*}
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" >&2
  export PATH=$venv/bin:$PATH PYSPARK_PYTHON=$venv/bin/python
}

# How each engine converts IN to OUT in ranges of BYTES. Prints its version and the number of its ranges.

by_parallel() {
  # No output of a part that failed is the whole output: look at the status before you use it.
  parallel --pipepart -a "$1" --block "$3" --keep-order -j 2 --halt now,fail=1 \
    "$STEER2REG" -i - -o - --threads 1 -q >"$2" || return
  echo "$(parallel --version | awk 'NR == 1 { print $3 }') | $((($(stat -c %s "$1") + $3 - 1) / $3)) blocks, 2 jobs"
}

by_spark() {
  rm -rf "$work/spark"
  # The last setting lets ranges be as small as they were asked for.
  spark-submit --master 'local-cluster[2,1,1024]' --conf spark.ui.enabled=false \
    --conf spark.driver.bindAddress=127.0.0.1 --conf spark.sql.files.maxPartitionBytes="$3" \
    --conf spark.sql.files.openCostInBytes=0 \
    "$cluster/spark_job.py" "$1" "$work/spark" --tool "$STEER2REG" >"$work/spark.said" || return
  cat "$work"/spark/part-* >"$2"
  sed -nE 's/^Spark ([^,]+), (.*), local-cluster.*/\1 | \2, 2 workers/p' "$work/spark.said"
}

by_ray() {
  python3 "$cluster/ray_job.py" "$1" "$2" --block "$3" --tool "$STEER2REG" >"$work/ray.said" || return
  sed -nE 's/^Ray ([^,]+), (.*)/\1 | \2/p' "$work/ray.said"
}

by_slurm() {
  local shares=$((($(stat -c %s "$1") + $3 - 1) / $3))
  rm -rf "$work/parts"
  sbatch --wait --output="$work/slurm/task-%a.log" --array="0-$((shares - 1))" \
    "$cluster/slurm_array.sh" "$1" "$work/parts" >&2 || return
  cat "$work"/parts/part-*.jsonl >"$2"
  echo "$(sbatch --version | awk '{ print $2 }') | $shares tasks, 2 at a time"
}

check() { # ENGINE: prints its row
  local engine=$1 start seconds units
  export SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_HOSTNAME=localhost
  start=$(date +%s.%N)
  units=$("by_$engine" "$in" "$work/$engine.out" $((8 << 20)))
  seconds=$(echo "$(date +%s.%N) $start" | awk '{ printf "%.1f", $1 - $2 }')
  cmp "$work/$engine.out" "$in.rows"
  "by_$engine" "$odd" "$work/$engine.odd" 40 >/dev/null
  cmp "$work/$engine.odd" "$odd.rows"
  if "by_$engine" "$bad" "$work/$engine.bad" $((1 << 20)) >/dev/null; then
    echo "$engine converts a bad record" >&2
    return 1
  fi
  rm -f "$work/$engine".{out,odd,bad}
  echo "| $engine | $units | $seconds | yes | yes | yes |" >>"$work/table"
}

run_parallel() { check parallel; }

run_spark() {
  python pyspark
  "$cluster/alone.sh" bash -euo pipefail -c 'check spark'
}

run_ray() {
  python 'ray[data]'
  "$cluster/alone.sh" "$cluster/two_node_ray.sh" "$work/ray" bash -euo pipefail -c 'check ray'
}

run_slurm() { "$cluster/alone.sh" "$cluster/one_node_slurm.sh" "$work/slurm" bash -euo pipefail -c 'check slurm'; }

export -f python check {by,run}_{parallel,spark,ray,slurm}

python3 - "$odd" <<'PYTHON'
import json, sys

def record(answer, label="quality:4"):
    turns = [{"from": "User", "value": "Why?"}, {"from": "Assistant", "value": answer, "label": label}]
    return json.dumps({"conversations": turns, "mask": "User"}, ensure_ascii=False).encode()

with open(sys.argv[1], "wb") as out:
    out.write(b"\xef\xbb\xbf")  # the byte order mark
    # What some readers of lines take for the end of one, and a character that others put for bytes that are no UTF-8.
    out.write(record("\u2028 \u2029 \u0085 \x7f \ufffd \U0001f600") + b"\r\n")
    out.write(b"\n \t\r\n")
    out.write(record("lone CR").replace(b", ", b",\r") + b"\n")
    out.write(b"\r" + record("more of them") + b"\r\r\n")
    out.write(record("long: " + "\u00e9" * 300) + b"\n")
    out.write(record("no label", "") + b"\n")
    out.write(record("no line feed"))
PYTHON
# An odd beginning and an odd end, and a byte that is not UTF-8 far behind good records.
cp "$odd" "$in"
echo >>"$in"
scripts/make_corpus.py oasst "${SIZE:-60MB}" >>"$in"
tail -c +4 "$odd" >>"$in"
scripts/make_corpus.py oasst 3MB >"$bad"
sed 's/No UTF-8/\xff/' <<<'{"conversations": [{"from": "A", "value": "No UTF-8", "label": "quality:1"}], "mask": "B"}' >>"$bad"

"$STEER2REG" -i "$odd" -o "$odd.rows" --quiet
cat "$in" >/dev/null
start=$(date +%s.%N)
"$STEER2REG" -i "$in" -o "$in.rows" --threads 2 --quiet
seconds=$(echo "$(date +%s.%N) $start" | awk '{ printf "%.1f", $1 - $2 }')
{
  echo "| engine | version | ranges, workers | s | corpus identical | odd lines identical | bad record fails |"
  echo "|---|---|---|---|---|---|---|"
  echo "| plain run | $("$STEER2REG" --version | awk '{ print $2 }') | 2 threads | $seconds | | | |"
} >"$work/table"

for engine in "${engines[@]}"; do
  echo "== $engine: its messages go to target/cluster/$engine.log" >&2
  # A shell of its own, for in what stands before `||` a failure would not end anything.
  bash -euo pipefail -c "run_$engine" >"$work/$engine.log" 2>&1 || {
    tail -n 20 "$work/$engine.log" >&2
    echo "== $engine: FAILED" >&2
    exit 1
  }
done

echo "$(uname -sm), $(nproc) cores,$(awk -F: '/model name/ { print $2; exit }' /proc/cpuinfo); in $(stat -c %s "$in") bytes, out $(stat -c %s "$in.rows")"
echo
cat "$work/table"
