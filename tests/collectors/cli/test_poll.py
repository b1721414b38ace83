"""`wifiplan profile` and `wifiplan poll`: what they print, and one line for what is wrong."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collectors.metrics import MEASUREMENTS
from tests.collectors.cli.run import ROOT, wifiplan


def test_a_profile_is_tried_on_a_walk_as_snmpbulkwalk_prints_it(tmp_path: Path) -> None:
    walk = tmp_path / "new.walk"
    walk.write_text(
        ".1.3.6.1.2.1.1.1.0 = STRING: U6-Lite 6.5.28\n"
        ".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.8072.3.2.10\n"
        ".1.3.6.1.2.1.1.3.0 = Timeticks: (4200) 0:00:42.00\n"
        ".1.3.6.1.4.1.41112.1.6.1.2.1.6.1 = STRING: public\n"
        ".1.3.6.1.4.1.41112.1.6.1.2.1.8.1 = INTEGER: 7\n"
        ".1.3.6.1.4.1.41112.1.6.1.2.1.9.1 = STRING: na\n"
    )
    done = wifiplan("profile", "test", str(ROOT / "collectors" / "profiles" / "unifi.yaml"), "--walk", str(walk), "--json")
    found = json.loads(done.stdout)

    assert 0 == done.returncode
    assert (True, "unifi") == (found["fits"], found["chosen"])
    assert {"what": "clients", "source": "ssid", "value": 7.0} in found["totals"]


@pytest.mark.parametrize(
    ("profile", "text", "says"),
    [
        ("nope", "1.3.6.1.2.1.1.1.0|4|x", "no profile nope"),
        ("unifi", "this is no walk", "rec:1: not `.OID = TYPE: value`"),
        ("unifi", "1.3.6.1.2.1.1.1.0|4|x\n1.3.6|2|y", "rec:2: 'y' is no value of type 2"),
        ("unifi", "", "there is nothing in this walk"),
    ],
)
def test_a_bad_profile_or_walk_is_one_line_and_exit_2(tmp_path: Path, profile: str, text: str, says: str) -> None:
    (tmp_path / "rec").write_text(text)
    done = wifiplan("profile", "test", profile, "--walk", str(tmp_path / "rec"))

    assert 2 == done.returncode
    assert says in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_the_command_prints_one_json_object_that_keeps_to_the_promise(snmpsim: int) -> None:
    done = wifiplan("poll", f"127.0.0.1:{snmpsim}", "--community", "cisco-wlc", "--json")
    found = json.loads(done.stdout)

    assert 0 == done.returncode
    assert "" == done.stderr
    assert {"device", "samples", "totals", "warnings", "error", "requests", "seconds"} == set(found)
    assert {"vendor": "Cisco", "profile": "cisco-wlc", "sys_name": "wlc-east"}.items() <= found["device"].items()
    assert {"what": "clients", "source": "ssid", "value": 32.0} in found["totals"]
    assert found["error"] is None
    assert found["requests"] >= 3
    for sample in found["samples"]:
        assert {"site": "127.0.0.1", "device": "127.0.0.1"}.items() <= sample["tags"].items()
        assert timedelta(0) == datetime.fromisoformat(sample["time"]).utcoffset()
        assert sample["fields"]
        assert all(type(value) is float and math.isfinite(value) for value in sample["fields"].values())
        assert set(sample["fields"]) <= {metric.name for metric in MEASUREMENTS[sample["measurement"]].fields}


def test_without_json_it_tells_people(snmpsim: int) -> None:
    done = wifiplan("poll", f"127.0.0.1:{snmpsim}", "--community", "unifi")

    assert 0 == done.returncode
    assert "Ubiquiti U6-Pro (unifi), gym-ap" in done.stdout
    assert "total       clients by ssid: 31" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["127.0.0.1:9"], 1, "nothing listens there"),
        (["127.0.0.1:9", "--engine", "pysnmp"], 1, "no answer"),
        (["nowhere.invalid"], 1, "cannot be resolved"),
        (["127.0.0.1:99999"], 2, "99999 is no port"),
        (["127.0.0.1:"], 2, "no port after the colon"),
        (["127.0.0.1", "--profile", "nope"], 2, "no profile nope"),
        (["127.0.0.1", "--profile", "missing.yaml"], 2, "missing.yaml"),
        (["127.0.0.1", "--version", "3"], 2, "--v3-user"),
        (["127.0.0.1", "--version", "4"], 2, "--version"),
        (["127.0.0.1", "--v3-user", "u", "--v3-auth", "sha1"], 2, "WIFIPLAN_V3_AUTH is not set"),
        (["127.0.0.1", "--v3-user", "u", "--v3-priv", "des"], 2, "--v3-auth"),
        (["127.0.0.1", "--version", "2c", "--v3-user", "u"], 2, "--version 3"),
    ],
)
def test_bad_input_is_one_line_and_its_exit_code(arguments: list[str], code: int, says: str) -> None:
    done = wifiplan("poll", *arguments, "--timeout-s", "0.2", "--retries", "0")

    assert code == done.returncode
    assert says in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert "" == done.stdout


def test_a_wrong_community_is_a_timeout_with_one_object_and_exit_1(snmpsim: int) -> None:
    done = wifiplan(
        "poll", f"127.0.0.1:{snmpsim}", "--community", "not this one", "--timeout-s", "0.3", "--retries", "0", "--json"
    )
    found = json.loads(done.stdout)

    assert 1 == done.returncode
    assert "timeout" == found["error"]["kind"]
    assert "community" in found["error"]["message"]
    assert "not this one" not in done.stdout + done.stderr
    assert [] == found["samples"]


def test_the_community_may_come_from_the_environment_or_a_file(
    snmpsim: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """On the command line everybody on the machine may read it."""
    secret = tmp_path / "community"
    secret.write_text("unifi\n", encoding="utf-8")
    secret.chmod(0o600)
    monkeypatch.setenv("WIFIPLAN_TEST_COMMUNITY", "unifi")
    host = f"127.0.0.1:{snmpsim}"
    by_file = wifiplan("poll", host, "--community-file", secret, "--json")
    by_env = wifiplan("poll", host, "--community-env", "WIFIPLAN_TEST_COMMUNITY", "--json")
    unset = wifiplan("poll", host, "--community-env", "WIFIPLAN_NOT_SET")
    both = wifiplan("poll", host, "--community-env", "A", "--community", "b")

    assert [None, None] == [json.loads(done.stdout)["error"] for done in (by_file, by_env)]
    assert (2, 2) == (unset.returncode, both.returncode)
    assert "the environment variable WIFIPLAN_NOT_SET is not set" in unset.stderr
    assert "give one of them" in both.stderr


def test_a_host_may_be_an_ipv6_address_with_its_port() -> None:
    """In brackets, as in a URL; what is left open is said before anything is sent."""
    done = wifiplan("poll", "[::1]:9", "--timeout-s", "0.2", "--retries", "0")
    open_bracket = wifiplan("poll", "[::1")

    assert (1, 2) == (done.returncode, open_bracket.returncode)
    assert "::1" in done.stderr
    assert "write an IPv6 address with a port as [address]:port" in open_bracket.stderr


def test_the_list_of_profiles_is_the_table_of_the_docs() -> None:
    done = wifiplan("profile", "list")

    assert 0 == done.returncode
    assert done.stdout.strip() in (ROOT / "docs" / "vendors.md").read_text(encoding="utf-8")
