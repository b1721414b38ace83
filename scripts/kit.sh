#!/bin/sh
# Fill a folder (a USB stick) with all that a machine without internet needs: sh scripts/kit.sh DIR
# Wheels of the lock with their hashes, wifiplan itself, the units, the runbook in both languages, and install.sh, which fetches nothing.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
kit=${1:?wifiplan: give the folder to fill: sh scripts/kit.sh /media/usb/wifiplan}
python=${PYTHON:-$root/.venv/bin/python}
lock=${LOCK:-$root/requirements.lock}
if [ -e "$kit" ] && [ -n "$(ls -A "$kit")" ] && [ ! -f "$kit/SHA256SUMS" ]; then
  echo "wifiplan: $kit: holds other files; give a new folder, or an earlier kit" >&2
  exit 2
fi
mkdir -p "$kit" || { echo "wifiplan: $kit: cannot be made; give another folder" >&2; exit 2; }
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
part=$kit/.wheels.part
rm -rf "$part"
pip="$python -m pip --disable-pip-version-check -q"
$pip download --only-binary :all: --require-hashes -r "$lock" -d "$part" || {
  rm -rf "$part"
  echo "wifiplan: the wheels of $lock could not be fetched; this step needs the internet once" >&2
  exit 1
}
cp -r "$root/pyproject.toml" "$root/README.md" "$root/LICENSE" "$root/floorplans" "$root/wifiplan" "$root/collectors" "$root/dashboards" "$source"
$pip wheel --no-deps --no-build-isolation "$source" -w "$part" || { rm -rf "$part"; exit 1; }
rm -rf "$kit/wheels" "$kit/docs"
mv "$part" "$kit/wheels"
cp "$lock" "$kit/requirements.lock"
cp -r "$root/docs" "$kit/docs"
cp "$root/scripts/venv.sh" "$root/packaging/install.sh" "$root"/packaging/*.service "$root"/packaging/RUNBOOK.*.txt "$kit"
"$python" -c 'import platform, sys; print("%d.%d" % sys.version_info[:2], platform.machine())' > "$kit/PYTHON"
cd "$kit"
find . -type f ! -name SHA256SUMS | sort | xargs -d '\n' sha256sum > SHA256SUMS
echo "$kit: $(du -sh . | cut -f1) for Python $(cat PYTHON); there: sudo sh install.sh"
