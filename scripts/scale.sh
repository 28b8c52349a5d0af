#!/usr/bin/env bash
# Time and peak memory by the size of the input, and time by the number of threads, on HelpSteer-like corpora
# with a warm page cache. Peak memory is what the system says of the process, mapped pages included.
#
#   scripts/scale.sh [RUNS]            medians of that many runs, default 5
#
#   DIR=/fast/disk                     where corpora and outputs go (default: a folder under target/)
#   SIZES="100 200 1000 5000"          megabytes
#   THREADS="1 2 4 8"                  default: powers of two up to all cores
#
# Needs GNU time (/usr/bin/time, Debian's package `time`) and Python 3.
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-5}
dir=${DIR:-target/bench}
sizes=${SIZES:-100 200 1000 5000}
cores=$(nproc)
threads=${THREADS:-$(for ((n = 1; n < cores; n *= 2)); do echo "$n"; done; echo "$cores")}
mkdir -p "$dir"
cargo build --release --quiet

in=$dir/scale.jsonl out=$dir/scale.out
trap 'rm -f "$in" "$out"' EXIT

make_corpus() { # MEGABYTES
  python3 scripts/make_corpus.py helpsteer "$1MB" -o "$in"
  cat "$in" >/dev/null
}

measure() { # FLAGS...: prints the medians of wall seconds and of peak MiB
  for ((run = 0; run < runs; run++)); do
    rm -f "$out"
    /usr/bin/time -f '%e %M' target/release/steer2reg -i "$in" --quiet "$@" 2>&1
  done | sort -n | awk '{ seconds[NR] = $1; if ($2 > peak) peak = $2 } END { printf "%.2f %.0f", seconds[int((NR + 1) / 2)], peak / 1024 }'
}

row() { # LABEL MEGABYTES SECONDS PEAK
  awk -v label="$1" -v mb="$2" -v s="$3" -v peak="$4" \
    'BEGIN { printf "| %s | %.2f | %.2f | %d |\n", label, s, mb / 1000 / (s > 0 ? s : 0.001), peak }'
}

echo "$(uname -sm), $cores cores,$(awk -F: '/model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || true)"
echo
for where in "a file" "nowhere (--check)"; do
  echo "| input, MB (2 threads, to $where) | s | GB/s | peak, MiB |"
  echo "|---|---|---|---|"
  for size in $sizes; do
    make_corpus "$size"
    if [ "$where" = "a file" ]; then to=(-o "$out"); else to=(--check); fi
    read -r seconds peak <<<"$(measure "${to[@]}" --threads 2)"
    row "$size" "$size" "$seconds" "$peak"
  done
  echo
done
make_corpus 1000
for where in "a file" "nowhere (--check)"; do
  echo "| threads, 1,000 MB to $where | s | GB/s | peak, MiB |"
  echo "|---|---|---|---|"
  for count in $threads; do
    if [ "$where" = "a file" ]; then to=(-o "$out"); else to=(--check); fi
    read -r seconds peak <<<"$(measure "${to[@]}" --threads "$count")"
    row "$count" 1000 "$seconds" "$peak"
  done
  echo
done
