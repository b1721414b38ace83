"""targets.toml: what it says is kept, what is wrong in it is named, secrets are not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.config import Secret, load
from collectors.errors import ConfigError

GOOD = """
interval_s = 30

[store]
url = "sqlite:data/store.sqlite"

[[target]]
name = "wlc"
site = "east-gym"
host = "192.0.2.1"
community_env = "WIFIPLAN_TEST_COMMUNITY"
answers_from = ["192.0.2.2"]
design = "designs/east.json"

[[target]]
name = "ap"
site = "west-gym"
host = "2001:db8::1"
port = 1161
interval_s = 5
v3_user = "monitor"
v3_auth = "sha256"
v3_priv = "aes256-reeder"
v3_auth_env = "A"
v3_priv_file = "secret"
ap = "AP-1"
profile = "mine.yaml"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "targets.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_read_whole_with_paths_beside_it(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    wlc, ap = config.targets

    assert f"sqlite:{tmp_path}/data/store.sqlite" == config.store_url
    assert (30.0, 5.0) == (wlc.interval_s, ap.interval_s)
    assert (161, None, ("192.0.2.2",)) == (wlc.port, wlc.version, wlc.answers_from)
    assert tmp_path / "designs" / "east.json" == wlc.design
    assert "3" == ap.version
    assert ap.user is not None
    assert ("monitor", "sha256", "aes256-reeder") == (ap.user.name, ap.user.auth, ap.user.priv)
    assert tmp_path / "secret" == ap.user.priv_secret.file
    assert str(tmp_path / "mine.yaml") == ap.profile


def test_the_interval_may_stand_with_the_store_and_defaults_to_a_minute(tmp_path: Path) -> None:
    inside = '[store]\nurl = "sqlite:x"\ninterval_s = 7\n'

    assert 7.0 == load(written(tmp_path, inside)).interval_s
    assert 60.0 == load(written(tmp_path, '[store]\nurl = "sqlite:x"\n')).interval_s


MORE = """
[traps]
community_env = "WIFIPLAN_TEST_COMMUNITY"

[metrics]

[[probe]]
name = "gateway"
site = "east-gym"
url = "icmp://192.0.2.254"
interval_s = 10

[[probe]]
name = "names"
site = "east-gym"
url = "dns://192.0.2.53:5353/www.example.jp"
"""


def test_what_else_the_collector_does_is_off_until_it_is_asked_for(tmp_path: Path) -> None:
    """Notifications on UDP 1162, metrics on loopback, probes at their own or the common interval."""
    plain, more = load(written(tmp_path, GOOD)), load(written(tmp_path, GOOD + MORE))
    gateway, names = more.probes

    assert (None, None, ()) == (plain.traps, plain.metrics, plain.probes)
    assert more.traps is not None
    assert ("0.0.0.0", 1162) == (more.traps.host, more.traps.port)
    assert Secret(env="WIFIPLAN_TEST_COMMUNITY") == more.traps.community
    assert ("127.0.0.1", 9162) == more.metrics
    assert ("icmp", ("192.0.2.254", None, ""), 10.0) == (gateway.kind, gateway.place, gateway.interval_s)
    assert ("dns", ("192.0.2.53", 5353, "www.example.jp"), 30.0) == (names.kind, names.place, names.interval_s)


def test_other_stores_keep_their_url(tmp_path: Path) -> None:
    assert "influx1://db:8086/wifi" == load(written(tmp_path, '[store]\nurl = "influx1://db:8086/wifi"\n')).store_url


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("interval_s = 30", "intervall_s = 30"), "intervall_s: unknown key"),
        (('name = "wlc"', 'name = "wlc"\nhots = "x"'), "target[0].hots: unknown key"),
        (('host = "192.0.2.1"', ""), "target[0].host: missing"),
        (("port = 1161", 'port = "x"'), "target[1].port"),
        (("port = 1161", "port = 0"), "target[1].port"),
        (("interval_s = 5", "interval_s = -5"), "target[1].interval_s"),
        (("interval_s = 5", "interval_s = nan"), "target[1].interval_s"),
        (('v3_auth = "sha256"', 'v3_auth = "sha3"'), "target[1].v3_auth"),
        (('v3_auth = "sha256"', ""), "v3_priv needs v3_auth"),
        (('v3_user = "monitor"', 'v3_user = "monitor"\nversion = "2c"'), "v3_user needs version"),
        (('name = "ap"', 'name = "wlc"'), "target[1].name: wlc is also target[0]"),
        (("[store]", "[store"), "not TOML"),
        (('url = "sqlite:data/store.sqlite"', ""), "store.url: missing"),
        (("[store]", '[metrics]\nlisten = "0.0.0.0:9162"\n[store]'), "metrics.listen: 0.0.0.0:9162: metrics are shown to this"),
        (("[store]", '[metrics]\nlisten = "9162"\n[store]'), "metrics.listen: 9162: write ADDRESS:PORT"),
        (("[store]", '[traps]\nlisten = "here:1162"\n[store]'), "traps.listen: here:1162: here is no IP address"),
        (("[store]", "[traps]\nport = 1162\n[store]"), "traps.port: unknown key"),
        (
            ("[store]", '[[probe]]\nname = "p"\nsite = "s"\nurl = "tcp://h"\n[store]'),
            "probe[0].url: tcp://h: write icmp://HOST, ",
        ),
        (("[store]", '[[probe]]\nname = "p"\nsite = "s"\nurl = "ftp://h"\n[store]'), "probe[0].url: ftp://h: write icmp"),
        (("[store]", '[[probe]]\nname = "p"\nsite = "s"\nurl = "http://u:w@h/"\n[store]'), "probe[0].url: h/: write icmp"),
        (
            ("[store]", '[[probe]]\nname = "p"\nsite = "s"\nurl = "icmp://h"\n' * 2 + "[store]"),
            "probe[1].name: p of s is also probe[0]",
        ),
        (
            ("[store]", '[[probe]]\nname = "p"\nsite = "east gym"\nurl = "icmp://h"\n[store]'),
            "probe[0].site: no target has the site east gym; there are east-gym, west-gym",
        ),
    ],
)
def test_a_fault_is_one_line_with_file_and_place(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = written(tmp_path, GOOD.replace(*change))

    with pytest.raises(ConfigError) as caught:
        load(path)

    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert 2 == caught.value.exit_code


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: no such file"):
        load(tmp_path / "none.toml")


def test_secrets_are_read_late_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load(written(tmp_path, GOOD))
    monkeypatch.setenv("WIFIPLAN_TEST_COMMUNITY", "hush")

    assert "hush" == config.targets[0].community.reveal()
    assert "hush" not in repr(config)
    assert "hush" not in repr(Secret(value="hush"))


def test_a_secret_that_is_not_there_is_named_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load(written(tmp_path, GOOD))
    monkeypatch.delenv("WIFIPLAN_TEST_COMMUNITY", raising=False)

    with pytest.raises(ConfigError, match="WIFIPLAN_TEST_COMMUNITY is not set"):
        config.targets[0].community.reveal()


def test_a_secret_file_must_be_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("passphrase\n")
    path.chmod(0o644)
    secret = Secret(file=path)

    with pytest.raises(ConfigError, match="chmod 600"):
        secret.reveal()
    path.chmod(0o600)

    assert "passphrase" == secret.reveal()


def test_names_that_a_store_would_write_otherwise_are_refused_and_all_others_are_read(tmp_path: Path) -> None:
    """Else a site with a line break in its name would be "never polled" for ever."""
    text = (Path(__file__).parent / "reported" / "influx-names-not-found" / "targets.toml").read_text(encoding="utf-8")
    head, *targets = text.split("[[target]]\n")
    read, refused = [], []
    for number, one in enumerate(targets):
        path = tmp_path / f"{number}.toml"
        path.write_text(f"{head}[[target]]\n{one}", encoding="utf-8")
        try:
            read += [target.site for target in load(path).targets]
        except ConfigError as error:
            refused.append(str(error).partition(": ")[2])

    assert [" 中小学校 ", "港小学校"] == read
    assert 6 == len(refused)
    assert all("control character" in why or "backslash" in why for why in refused)


def test_a_port_may_stand_beside_the_host(tmp_path: Path) -> None:
    """As people copy it from elsewhere; two that differ are asked about."""
    table = '[store]\nurl = "sqlite:s"\n[[target]]\nname = "w"\nsite = "A"\nhost = "192.0.2.1:1161"\n'

    assert ("192.0.2.1", 1161) == (load(written(tmp_path, table)).targets[0].host, load(written(tmp_path, table)).targets[0].port)
    with pytest.raises(ConfigError, match="161, and 1161 beside the host; keep one"):
        load(written(tmp_path, table + "port = 161\n"))


def test_one_bracket_too_few_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="write it in double brackets"):
        load(written(tmp_path, '[store]\nurl = "sqlite:s"\n[target]\nname = "w"\nhost = "192.0.2.1"\n'))
