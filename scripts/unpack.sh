#!/usr/bin/env bash
# How long the conversion of a compressed corpus takes, beside the decompressors of this machine that write to
# /dev/null: all in turn, medians. The rows are compared with those of the plain corpus first.
#
#   scripts/unpack.sh CORPUS.jsonl [RUNS]    default: 7; compresses the corpus with gzip and zstd itself
#
#   DIR=/fast/disk     where the compressed corpora and the rows go (default: a folder under target/)
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
corpus=$(realpath "$1") runs=${2:-7}
cd "$(dirname "$0")/.."

dir=${DIR:-target/bench}
mkdir -p "$dir"
cargo build --release --quiet
tool=target/release/steer2reg
plain=$dir/unpack.jsonl.out out=$dir/unpack.out
trap 'rm -f "$dir"/unpack.*' EXIT
"$tool" -q -i "$corpus" -o "$plain"

# Runs a command and prints its wall time in microseconds.
time_us() {
  local start=$EPOCHREALTIME
  "$@" >/dev/null
  echo $((${EPOCHREALTIME/./} - ${start/./}))
}

median() { sort -n | awk '{ value[NR] = $1 } END { printf "%.3f", (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2e6 }'; }

measure() { # PACKED DECOMPRESSOR...: a line for each, and one for the conversion
  local packed=$1 decompressor run
  shift
  "$tool" -q -i "$packed" -o "$out"
  cmp "$out" "$plain"
  local -A times=()
  for ((run = 0; run < runs; run++)); do
    for decompressor in "$@"; do
      if command -v "$decompressor" >/dev/null; then
        times[$decompressor]+="$(time_us "$decompressor" -dc "$packed") "
      fi
    done
    rm -f "$out"
    times[steer2reg]+="$(time_us "$tool" -q -i "$packed" -o "$out" --threads 2) "
  done
  for decompressor in "$@" steer2reg; do
    if [ -n "${times[$decompressor]:-}" ]; then
      printf '| %s | %d | %s | %s |\n' "${packed##*.}" $(($(stat -c %s "$packed") / 1000000)) "$decompressor" \
        "$(tr ' ' '\n' <<<"${times[$decompressor]% }" | median)"
    fi
  done
}

echo "$(uname -sm), $(nproc) cores,$(awk -F: '/model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || true);" \
  "$(($(stat -c %s "$corpus") / 1000000)) MB unpacked, medians of $runs runs"
echo
echo "| packed | MB | by | s |"
echo "|---|---|---|---|"
gzip -c "$corpus" >"$dir/unpack.gz"
measure "$dir/unpack.gz" gzip pigz igzip
zstd -qc "$corpus" >"$dir/unpack.zst"
measure "$dir/unpack.zst" zstd
