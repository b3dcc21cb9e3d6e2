#!/bin/sh
# Writes reports/current.md, reports/index.html and the figures in README.md
# from porting.db and the source.
set -eu
cd "$(dirname "$0")/.."
exec cargo run --quiet -p tracker -- report write
