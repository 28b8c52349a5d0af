#!/usr/bin/env bash
# Fuzzes, guided by coverage: each target of fuzz/ against the naive oracle of the tests, one after the other.
#
#   scripts/fuzz.sh [SECONDS]      each target for so long (default 1200), and a line of figures in the end
#   scripts/fuzz.sh --replay       only the seeds: any stable toolchain, no cargo-fuzz, no C++ compiler
#
#   TARGETS="line input"  only these
#   SANITIZER=none        without AddressSanitizer
#
# What is found lies in fuzz/artifacts; `cargo run --manifest-path fuzz/Cargo.toml --bin line -- FILE` replays it.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=${TARGETS:-line input label score format}

if [ "${1:-}" = --replay ]; then
  for target in $targets; do
    cargo run --quiet --locked --manifest-path fuzz/Cargo.toml --bin "$target" -- "fuzz/seeds/$target"
  done
  exit
fi

seconds=${1:-1200}
# The instrumentation needs flags that only a nightly toolchain takes, or a stable one that is told to.
export RUSTC_BOOTSTRAP=1
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked
cargo fuzz build --sanitizer "${SANITIZER:-address}"

status=0
summary=
for target in $targets; do
  log=fuzz/artifacts/$target.log
  mkdir -p "fuzz/corpus/$target" fuzz/artifacts
  # Threads come and go with every whole input, which the check for leaks takes for leaks to look at closer.
  cargo fuzz run --sanitizer "${SANITIZER:-address}" "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
    -max_total_time="$seconds" -dict=fuzz/json.dict -max_len=4096 -timeout=30 -detect_leaks=0 \
    -print_final_stats=1 2>&1 | tee "$log" || status=1
  executions=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
  rate=$(awk '/stat::average_exec_per_sec/ { print $2 }' "$log")
  coverage=$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -n 1 || true)
  found=$(find "fuzz/artifacts/$target" -type f 2>/dev/null | wc -l)
  summary+="$target: ${executions:-no} executions, ${rate:-no} a second, ${coverage:-no coverage}, $found found"$'\n'
done
printf '\n%s' "$summary"
exit "$status"
