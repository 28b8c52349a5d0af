#!/usr/bin/env bash
# Runs steer2reg and your own checkout of the original on one corpus, checks that the outputs are identical, and
# prints wall time, peak memory and the ratio.
#
#   scripts/compare.sh PATH/TO/NeMo-Aligner CORPUS.jsonl [flags for steer2reg, such as --threads 2]
#
# Needs GNU time (/usr/bin/time, Debian's package `time`) and Python 3. The outputs go to $TMPDIR, or beside the
# corpus, and are removed.
set -euo pipefail

if [ $# -lt 2 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
script=$1/examples/nlp/data/steerlm/process_to_regression_format.py
corpus=$(realpath "$2")
shift 2
[ -f "$script" ] || { echo "compare.sh: there is no $script" >&2; exit 2; }
script=$(realpath "$script")

cd "$(dirname "$0")/.."
cargo build --release --quiet
work=$(mktemp -d "${TMPDIR:-$(dirname "$corpus")}/compare.XXXXXX")
trap 'rm -rf "$work"' EXIT

measure() { # NAME COMMAND...: leaves "seconds KiB" in $work/NAME
  local name=$1
  shift
  /usr/bin/time -f '%e %M' -o "$work/$name" "$@"
}

cat "$corpus" >/dev/null # both find a warm page cache
measure original python3 "$script" --input-file "$corpus" --output-file "$work/original.jsonl"
measure steer2reg target/release/steer2reg --input-file "$corpus" --output-file "$work/steer2reg.jsonl" --quiet "$@"
cmp "$work/original.jsonl" "$work/steer2reg.jsonl"

read -r original_s original_kib <"$work/original"
read -r ours_s ours_kib <"$work/steer2reg"
awk -v a="$original_s" -v b="$ours_s" -v c="$original_kib" -v d="$ours_kib" -v bytes="$(stat -c %s "$work/steer2reg.jsonl")" '
BEGIN {
  printf "the outputs are identical: %.1f MB\n", bytes / 1e6
  printf "%-10s %9s %12s\n", "", "wall, s", "memory, MiB"
  printf "%-10s %9.2f %12.0f\n", "original", a, c / 1024
  printf "%-10s %9.2f %12.0f\n", "steer2reg", b, d / 1024
  if (b > 0) printf "%.1f times as fast with %.1f times less memory\n", a / b, c / d
}'
