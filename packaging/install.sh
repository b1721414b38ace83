#!/bin/sh
# Install wifiplan from this folder; nothing is fetched: sudo sh install.sh [FOLDER], by default /opt/wifiplan.
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
prefix=${1:-/opt/wifiplan}
cd "$kit"
sha256sum --quiet -c SHA256SUMS >/dev/null 2>&1 || {
  echo "wifiplan: $kit: a file is damaged or missing ($(sha256sum -c SHA256SUMS 2>/dev/null | grep -v ': OK$' | head -1)); copy the kit again" >&2
  exit 2
}
read -r version machine < PYTHON
if [ "$(uname -m)" != "$machine" ]; then
  echo "wifiplan: this kit is for $machine and this machine is $(uname -m); make one on a machine of its kind" >&2
  exit 2
fi
python=${PYTHON:-python$version}
if ! "$python" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null; then
  echo "wifiplan: this kit needs Python $version, and $python is not that; install it, or make the kit with this machine's Python" >&2
  exit 2
fi
mkdir -p "$prefix" || { echo "wifiplan: $prefix: cannot be made; run it with sudo, or give another folder" >&2; exit 2; }
PYTHON=$python sh venv.sh "$prefix/.venv"
pip="$prefix/.venv/bin/python -m pip --disable-pip-version-check -q"
$pip install --no-index --find-links wheels --require-hashes -r requirements.lock
$pip install --no-index --no-deps wheels/wifiplan-*.whl
rm -rf "$prefix/docs"
cp -r docs "$prefix/docs"
cp RUNBOOK.*.txt "$prefix"
if [ "$(id -u)" = 0 ] && [ -d /run/systemd/system ]; then
  id wifiplan >/dev/null 2>&1 || useradd --system --home-dir /var/lib/wifiplan --shell /usr/sbin/nologin wifiplan
  mkdir -p /etc/wifiplan
  for unit in *.service; do
    sed "s|/opt/wifiplan|$prefix|g" "$unit" > "/etc/systemd/system/$unit"
  done
  systemctl daemon-reload
  echo "units: systemctl enable --now wifiplan-collect wifiplan-watch wifiplan-app, after /etc/wifiplan/targets.toml is there"
fi
echo "wifiplan is in $prefix; next: RUNBOOK.ja.txt or RUNBOOK.en.txt"
