#!/usr/bin/env bash
# Runs under Miri, which tells of undefined behaviour, what needs neither a map nor a process of its own: the seeds of the
# fuzz targets for lines, labels and scores by both parsers and the oracle, and unit tests of the code with vectors.
# Once as for a processor with SSE2 only, and once for one with AVX2. Takes several minutes, most of them for building.
#
# Needs a nightly toolchain: rustup toolchain install nightly --component miri,rust-src
set -euo pipefail
cd "$(dirname "$0")/.."

# The seeds are read from files.
export MIRIFLAGS="-Zmiri-disable-isolation"

for features in "" "-Ctarget-feature=+avx2,+bmi1,+bmi2,+popcnt"; do
  echo "== Miri ${features:-with SSE2}"
  export RUSTFLAGS=$features
  # The other unit tests try every value of something, which would take hours.
  cargo +nightly miri test --lib --locked -- escapes_become long_runs attributes:: label:: number::
  for target in ${TARGETS:-line label score}; do
    cargo +nightly miri run --quiet --locked --manifest-path fuzz/Cargo.toml --bin "$target" -- "fuzz/seeds/$target"
  done
done
