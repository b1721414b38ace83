"""Who may do what: by the table, by access.toml, and in the log of what was done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from collectors.errors import ConfigError
from dashboards import roles
from dashboards.errors import AccessError
from dashboards.roles import Action, Role, User

OIDC = """
[login]
by = "oidc"
server_metadata_url = "https://id.city.example/.well-known/openid-configuration"
client_id = "wifiplan"
redirect_uri = "https://wifi.city.example/oauth2callback"
groups = "groups"

[roles]
viewer = ["*@city.example"]
operator = ["Duty@city.example", "disaster-office"]
planner = ["hana@city.example"]
"""


def somebody(*has: Role) -> User:
    return User(name="somebody", roles=frozenset(has))


@pytest.fixture
def access_toml(tmp_path: Path) -> Path:
    path = tmp_path / "access.toml"
    path.write_text(OIDC, encoding="utf-8")
    return path


@pytest.mark.parametrize("action", get_args(Action))
def test_every_action_has_its_roles_and_a_stranger_may_nothing(action: Action) -> None:
    assert roles.ALLOWED[action]
    assert not roles.may(action, None)
    assert not roles.may(action, somebody())
    assert roles.may(action, roles.LOCAL)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("viewer", {"see"}),
        ("operator", {"see", "acknowledge", "silence", "event", "open_shelter"}),
        ("planner", {"see", "plan"}),
    ],
)
def test_a_role_may_its_own_and_no_more(role: Role, may: set[str]) -> None:
    assert may == {action for action in get_args(Action) if roles.may(action, somebody(role))}


@pytest.mark.parametrize(
    ("name", "groups", "has"),
    [
        ("taro@city.example", [], {"viewer"}),
        ("DUTY@city.example ", [], {"viewer", "operator"}),
        ("hana@city.example", ["disaster-office"], {"viewer", "operator", "planner"}),
        ("taro@evil.example", [], set()),
        ("taro@city.example.evil.example", [], set()),
        ("", [], set()),
    ],
)
def test_names_and_groups_have_the_roles_of_the_file(access_toml: Path, name: str, groups: list[str], has: set[str]) -> None:
    assert has == roles.load(access_toml).user(name, groups).roles


@pytest.mark.parametrize(
    "claims",
    [{}, {"email": ""}, {"email": ["hana@city.example"]}, {"email": "hana@city.example", "email_verified": False}],
)
def test_who_is_not_vouched_for_is_a_stranger(access_toml: Path, claims: dict[str, Any]) -> None:
    assert roles.load(access_toml).user_of_claims(claims) is None


def test_whom_the_provider_vouches_for_has_their_roles(access_toml: Path) -> None:
    found = roles.load(access_toml).user_of_claims({"email": "hana@city.example", "groups": ["disaster-office"]})

    assert User(name="hana@city.example", roles=frozenset({"viewer", "operator", "planner"})) == found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('by = "oidc"', 'by = "guess"', "login.by"),
        ('client_id = "wifiplan"', "", "client_id is missing"),
        ("oauth2callback", "elsewhere", "/oauth2callback"),
        ("planner = ", "king = ", "roles.king"),
        ("[roles]", "[rolls]", "roles: missing"),
        ('groups = "groups"', 'trusted = ["proxy.city.example"]', "not an address"),
        ('groups = "groups"', "secret = 1", "login.secret: unknown key"),
    ],
)
def test_a_wrong_access_toml_is_refused_in_one_line_with_its_place(access_toml: Path, old: str, new: str, said: str) -> None:
    access_toml.write_text(OIDC.replace(old, new), encoding="utf-8")
    with pytest.raises(AccessError) as caught:
        roles.load(access_toml)

    assert str(access_toml) in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_access_toml_without_anybody_is_refused(access_toml: Path) -> None:
    access_toml.write_text('[login]\nby = "proxy"\n[roles]\n', encoding="utf-8")
    with pytest.raises(AccessError, match="nobody"):
        roles.load(access_toml)
    with pytest.raises(ConfigError, match="give the path"):
        roles.load(access_toml.with_name("none.toml"))


def test_the_clients_secret_comes_from_the_environment_alone(access_toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WIFIPLAN_OIDC_SECRET", raising=False)
    access = roles.load(access_toml)
    with pytest.raises(AccessError, match="WIFIPLAN_OIDC_SECRET is not set"):
        access.auth_section("seal")
    monkeypatch.setenv("WIFIPLAN_OIDC_SECRET", "s3cret")

    assert "s3cret" == access.auth_section("seal")["client_secret"]
    assert "s3cret" not in repr(access)


def test_deeds_are_read_back_newest_first(tmp_path: Path) -> None:
    log = tmp_path / "deeds.jsonl"
    roles.record(log, somebody("operator"), "open_shelter", "第一小学校", "開設")
    roles.record(log, somebody("operator"), "acknowledge", "北小 停止")
    with log.open("a", encoding="utf-8") as file:
        file.write('{"time": "2026-')  # the power went

    assert [("acknowledge", "北小 停止", ""), ("open_shelter", "第一小学校", "開設")] == [
        (deed.action, deed.what, deed.text) for deed in roles.deeds(log)
    ]
    assert 1 == len(roles.deeds(log, most=1))
    assert () == roles.deeds(tmp_path / "none.jsonl")


def test_what_somebody_may_not_do_is_refused_and_not_logged(tmp_path: Path) -> None:
    log = tmp_path / "deeds.jsonl"
    with pytest.raises(AccessError, match="ask for the role operator"):
        roles.record(log, somebody("viewer", "planner"), "open_shelter", "第一小学校")

    assert not log.exists()


def test_a_log_that_cannot_be_written_stops_the_deed(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="nothing was done"):
        roles.record(tmp_path, somebody("operator"), "event", "祭り")


def test_a_line_break_in_a_name_makes_no_second_line(tmp_path: Path) -> None:
    log = tmp_path / "deeds.jsonl"
    roles.record(log, User(name="a\n{}", roles=frozenset({"operator"})), "event", "x\ny", "z" * 10_000)
    (line,) = log.read_text("utf-8").splitlines()

    assert roles.MOST_LOG_TEXT == len(json.loads(line)["text"])
