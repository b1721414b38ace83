"""`wifiplan check` reads a whole configuration and polls nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.check import checked


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C", "public")


def target(name: str, more: str = "", host: str = "192.0.2.1") -> str:
    return f'[[target]]\nname = "{name}"\nsite = "gym"\nhost = "{host}"\ncommunity_env = "C"\n{more}'


def written(tmp_path: Path, *parts: str) -> Path:
    path = tmp_path / "targets.toml"
    path.write_text('[store]\nurl = "sqlite:store.sqlite"\n' + "".join(parts), encoding="utf-8")
    return path


@pytest.mark.usefixtures("secret")
def test_a_configuration_that_is_right_is_ok_and_no_store_appears(tmp_path: Path) -> None:
    found = checked(written(tmp_path, target("wlc")))

    assert ((), (), 1, 1) == (found.errors, found.warnings, found.targets, found.sites)
    assert not (tmp_path / "store.sqlite").exists()


@pytest.mark.usefixtures("secret")
def test_every_file_that_it_names_is_read_and_every_fault_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    text = target("a", 'design = "broken.json"\nprofile = "no-such"\n') + target("b", 'design = "missing.json"\n', "192.0.2.2")
    found = checked(written(tmp_path, text))

    assert ["broken.json", "missing.json", "no-such"] == sorted(
        name for name in ("broken.json", "missing.json", "no-such") if any(name in error for error in found.errors)
    )
    assert 3 == len(found.errors)


def test_a_secret_that_is_not_there_is_told_without_it(tmp_path: Path) -> None:
    (error,) = checked(written(tmp_path, target("wlc"))).errors

    assert "target wlc: the environment variable C is not set" in error


@pytest.mark.usefixtures("secret")
def test_one_device_by_two_spellings_of_its_address_is_a_warning(tmp_path: Path) -> None:
    found = checked(written(tmp_path, target("a", host="127.0.0.1"), target("b", host="127.000.0.1")))

    assert ((), 1) == (found.errors, len(found.warnings))
    assert "a, b are one device by their address" in found.warnings[0]


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("host", "says"), [("http://192.0.2.1", "is no address"), ("192.0.2.300", "is no address"), ("224.0.0.1", "of one device")]
)
def test_a_host_that_is_no_address_is_the_error(tmp_path: Path, host: str, says: str) -> None:
    (error,) = checked(written(tmp_path, target("wlc", host=host))).errors

    assert f"target[0].host: {host} is no address" in error
    assert says in error


@pytest.mark.usefixtures("secret")
def test_a_store_of_no_known_kind_is_an_error_without_opening_any(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text('[store]\nurl = "influx3://u:secret@x/y"\n' + target("wlc"), encoding="utf-8-sig")
    (error,) = checked(path).errors

    assert "influx3: is of no known kind; give sqlite:PATH" in error
    assert "secret" not in error


@pytest.mark.usefixtures("secret")
def test_a_list_of_opened_shelters_is_read_where_it_is_there(tmp_path: Path) -> None:
    path = written(tmp_path, target("wlc"), '[shelters]\nopened_file = "opened.csv"\n')

    assert ["is not there yet" in one for one in checked(path).warnings] == [True]
    (tmp_path / "opened.csv").write_text("a,b\n")
    (error,) = checked(path).errors

    assert "no column of names" in error


@pytest.mark.usefixtures("secret")
def test_sites_that_differ_by_width_alone_are_a_warning(tmp_path: Path) -> None:
    more = target("b", host="192.0.2.2").replace('"gym"', '"ＧＹＭ "')

    assert [
        "'gym', 'ＧＹＭ ' differ by blanks, width or case alone" in one
        for one in checked(written(tmp_path, target("a"), more)).warnings
    ] == [True]


@pytest.mark.usefixtures("secret")
def test_a_site_that_nothing_serves_is_a_warning(tmp_path: Path) -> None:
    found = checked(written(tmp_path, target("a"), '[[site]]\nname = "north"\n'))

    assert ["site north: no target serves it" in warning for warning in found.warnings] == [True]


def test_a_file_that_cannot_be_read_is_the_one_error(tmp_path: Path) -> None:
    found = checked(written(tmp_path, "[[target]]\nname = 1\n"))

    assert 1 == len(found.errors)
    assert "target[0]" in found.errors[0]
