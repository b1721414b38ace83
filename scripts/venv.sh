#!/bin/sh
# Make a virtual environment in $1 with the first Python of 3.11 to 3.13 that can; say in one line what is missing.
set -eu
venv=$1
for python in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
  [ -n "$python" ] && command -v "$python" >/dev/null 2>&1 || continue
  "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue
  found=$python
  break
done
if [ -z "${found:-}" ]; then
  echo "wifiplan: no Python 3.11, 3.12 or 3.13 found; install one: apt-get install python3 python3-venv" >&2
  exit 2
fi
rm -rf "$venv"
if ! "$found" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "wifiplan: $found has no venv; installing python$version-venv with apt" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "python$version-venv"; } >/dev/null || {
      echo "wifiplan: apt could not install python$version-venv; install it by hand and run make again" >&2
      exit 2
    }
  else
    echo "wifiplan: $found cannot make virtual environments; install that part: sudo apt-get install python3-venv" >&2
    exit 2
  fi
fi
"$found" -m venv "$venv" || { rm -rf "$venv"; echo "wifiplan: $found -m venv $venv failed; see above" >&2; exit 1; }
