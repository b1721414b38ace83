#!/bin/sh
# Resolve pyproject.toml into the two locks, for every Python that is supported, with hashes and without any address.
set -eu
command -v uv >/dev/null 2>&1 || { echo "lock: uv is not installed: pip install uv" >&2; exit 2; }
compile() { uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --group build "$@"; }
compile -o requirements.lock
compile --group dev -c requirements.lock -o requirements-dev.lock
