#!/usr/bin/env bash
# Installs the tool as people who come from Python do, each way in a fresh virtual environment, and converts the
# sample with what is then on the path:
#
#   the checkout               pip install .
#   a source distribution      which must hold all that a build needs, and no build output and no fuzz targets
#
# The build of the dependencies is shared with Cargo's own. Needs Python 3 with `venv`, and a package index for maturin.
set -euo pipefail
cd "$(dirname "$0")/.."

export PIP_DISABLE_PIP_VERSION_CHECK=1
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
work=$CARGO_TARGET_DIR/pip
rm -rf "$work"
mkdir -p "$work"

install_and_run() { # NAME WHAT...
  local name=$1 venv=$work/venv-$1 start=$SECONDS
  shift
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet "$@"
  (
    PATH=$venv/bin:$PATH
    [ "$(command -v steer2reg)" = "$venv/bin/steer2reg" ]
    steer2reg -i tests/data/sample.jsonl -o "$work/$name.jsonl" --quiet
  )
  cmp "$work/$name.jsonl" tests/data/sample.regression.jsonl
  echo "$name: installed $("$venv/bin/steer2reg" --version), and it converts the sample ($((SECONDS - start)) s)"
}

install_and_run checkout .

python3 -m venv "$work/maturin"
"$work/maturin/bin/pip" install --quiet "$(sed -n 's/^requires = \["\(.*\)"\]$/\1/p' pyproject.toml)"
"$work/maturin/bin/maturin" sdist --out "$work/sdist" >"$work/sdist.log" 2>&1 || {
  cat "$work/sdist.log" >&2
  exit 1
}
sdist=$(echo "$work"/sdist/*.tar.gz)
tar tzf "$sdist" | sed 's,^[^/]*/,,' >"$work/sdist.files"
for part in pyproject.toml Cargo.toml Cargo.lock src/main.rs README.md LICENSE-MIT LICENSE-APACHE; do
  grep -qxF "$part" "$work/sdist.files" || {
    echo "the source distribution has no $part" >&2
    exit 1
  }
done
if grep -E '^(target|fuzz)/' "$work/sdist.files"; then
  echo "the source distribution has what it should not (above)" >&2
  exit 1
fi
# Compiled from its own files: those in it look old, and with a shared build Cargo would take what is there.
mkdir "$work/unpacked"
tar xzf "$sdist" --strip-components=1 -C "$work/unpacked"
touch "$work/unpacked"/src/{lib,main}.rs
install_and_run sdist "$work/unpacked"
