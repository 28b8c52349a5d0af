#!/usr/bin/env bash
# How long a conversion takes, beside `cp` of its output: both in turn, again and again, and the median of the
# ratios. Input and output lie in one folder, the page cache is warm, targets are removed before each run, and
# the output is compared with that of the plain way (read, one thread, simd-json only) before anything is timed.
#
#   scripts/bench.sh [MB] [PAIRS]          defaults: 500 11 (`long`, whose output is ten times its input: 60)
#
#   DIR=/fast/disk     where the corpora and outputs go (default: a folder under target/)
#   THREADS=2          worker threads
#   BEFORE=PATH        another build of steer2reg, such as one before a change: timed in turn, too, with the ratio to it
#   ORIGINAL=PATH      a checkout of NVIDIA/NeMo-Aligner: its script is then timed as well, once
#   KINDS="oasst long" only these; published records besides: helpsteer-published, preference, preference-pairs,
#                      helpsteer3, helpsteer3-pairs, trees, neighbours
#   FLAGS="--to messages" more flags, for rows of another format
set -euo pipefail
cd "$(dirname "$0")/.."

megabytes=${1:-500}
pairs=${2:-11}
threads=${THREADS:-2}
dir=${DIR:-target/bench}
kinds=${KINDS:-helpsteer oasst annotated long}
read -ra flags <<<"${FLAGS:-}"
mkdir -p "$dir"

cargo build --release --quiet
tool=target/release/steer2reg

# The corpus of a kind, and the flags that the kind is about.
corpus_of() { echo "${1%-pairs}"; }
flags_of() {
  case $1 in
    preference | helpsteer3) echo --to nemo ;;
    *-pairs) echo --to trl-pairs ;;
    neighbours)
      echo --to trl-pairs --weights helpfulness=0.65,correctness=0.8,coherence=0.45,complexity=0.55,verbosity=-0.4
      ;;
  esac
}

# Runs a command and prints its wall time in microseconds.
time_us() {
  local start=$EPOCHREALTIME
  "$@" >/dev/null
  echo $((${EPOCHREALTIME/./} - ${start/./}))
}

median() { sort -n | awk '{ value[NR] = $1 } END { print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'; }

echo "$(uname -sm), $(nproc) cores, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || true)," \
  "$(df -T "$dir" 2>/dev/null | awk 'NR == 2 { print $2 }'); $threads threads, medians of $pairs pairs"
echo
echo "| corpus | in, MB | out, MB | steer2reg, s | cp, s | ratio (min to max) | original, s | times faster |${BEFORE:+ before, s | ratio to it |}"
echo "|---|---|---|---|---|---|---|---|${BEFORE:+---|---|}"
for kind in $kinds; do
  in=$dir/$kind.jsonl out=$dir/$kind.out copy=$dir/$kind.cp
  size=$((megabytes * 1000000))
  if [ "$kind" = long ]; then size=$((size * 12 / 100)); fi
  python3 scripts/make_corpus.py "$(corpus_of "$kind")" "$size" -o "$in"
  read -ra own <<<"$(flags_of "$kind")"
  more=("${own[@]}" "${flags[@]}")
  convert=("$tool" --input-file "$in" --output-file "$out" --threads "$threads" --quiet "${more[@]}")
  "$tool" --input-file "$in" --output-file "$copy" --threads 1 --no-mmap --parser simd-json --quiet "${more[@]}"
  "${convert[@]}"
  cmp "$out" "$copy"

  ours=() cps=() ratios=() befores=() changes=()
  for ((pair = 0; pair < pairs; pair++)); do
    rm -f "$copy"
    cps+=("$(time_us cp "$out" "$copy")")
    mv "$out" "$copy" # so that there is an output to copy, but no target to replace
    ours+=("$(time_us "${convert[@]}")")
    ratios+=("$(awk "BEGIN { print ${ours[-1]} / ${cps[-1]} }")")
    if [ -n "${BEFORE:-}" ]; then
      mv "$out" "$copy"
      befores+=("$(time_us "$BEFORE" "${convert[@]:1}")")
      cmp "$out" "$copy"
      changes+=("$(awk "BEGIN { print ${ours[-1]} / ${befores[-1]} }")")
    fi
  done
  ours_us=$(printf '%s\n' "${ours[@]}" | median)
  cp_us=$(printf '%s\n' "${cps[@]}" | median)
  range=$(printf '%s\n' "${ratios[@]}" | sort -n | awk 'NR == 1 { low = $1 } { high = $1 } END { printf "%.2f to %.2f", low, high }')

  before= original=- faster=-
  if [ -n "${BEFORE:-}" ]; then
    before=" $(printf '%s\n' "${befores[@]}" | median | awk '{ printf "%.3f", $1 / 1e6 }') |"
    before+=" $(printf '%s\n' "${changes[@]}" | median | awk '{ printf "%.2f", $1 }') |"
  fi
  if [ -n "${ORIGINAL:-}" ]; then
    script=$ORIGINAL/examples/nlp/data/steerlm/process_to_regression_format.py
    original_us=$(time_us python3 "$script" --input-file "$in" --output-file "$copy")
    cmp "$out" "$copy"
    original=$(awk "BEGIN { printf \"%.2f\", $original_us / 1e6 }")
    faster=$(awk "BEGIN { printf \"%.1f\", $original_us / $ours_us }")
  fi
  printf '| %s | %d | %d | %.3f | %.3f | **%.2f** (%s) | %s | %s |%s\n' "$kind" \
    $(($(stat -c %s "$in") / 1000000)) $(($(stat -c %s "$out") / 1000000)) \
    "$(awk "BEGIN { print $ours_us / 1e6 }")" "$(awk "BEGIN { print $cp_us / 1e6 }")" \
    "$(printf '%s\n' "${ratios[@]}" | median)" "$range" "$original" "$faster" "$before"
  rm -f "$in" "$out" "$copy"
done
