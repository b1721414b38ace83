#!/bin/sh
# Programs that tests need. Daemons are installed without being started: a policy-rc.d that says 101, put away again after,
# and one that is already there left alone.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
need influxd influxdb
need nginx nginx-light
need chromium chromium
need snmpd snmpd
need snmptrap snmp
need redis-server redis-server
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "wifiplan: tests that need these packages will be skipped; to run them: sudo apt-get install --no-install-recommends$missing"
  exit 0
fi
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM
fi
echo "wifiplan: installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 3 "$log" >&2
  echo "wifiplan: apt failed; tests that need$missing will be skipped" >&2
fi
rm -f "$log"
