"""Signing in at a real OpenID Connect provider on this machine: who has which role, the page that was wanted, and signing out."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

SECRET = "a secret that only the provider knows"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A process of its own: every name that signs in there is an address that it vouches for."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    httpx.get(f"http://localhost:{port}/.well-known/openid-configuration").raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.2)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, provider: str, serving: Callable[..., Any]) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("login")
    port = free_port()
    (folder / "access.toml").write_text(
        f'[login]\nby = "oidc"\nserver_metadata_url = "{provider}/.well-known/openid-configuration"\nclient_id = "wifiplan"\n'
        f'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n[roles]\nviewer = ["*@city.example"]\n'
        'operator = ["hana@city.example"]\n',
        encoding="utf-8",
    )
    (folder / "targets.toml").write_text(
        '[store]\nurl = "sqlite:store.sqlite"\n[[target]]\nname = "wlc"\nsite = "北小学校"\nhost = "127.0.0.1"\n',
        encoding="utf-8",
    )
    with serving(folder, port=port, environment={"WIFIPLAN_OIDC_SECRET": SECRET}) as address:
        yield address


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=sub]").fill(name)
    page.locator("button").first.click()


def test_who_signs_in_comes_to_the_page_they_wanted_with_their_roles(page: Page, url: str) -> None:
    page.goto(f"{url}/facilities?lang=en")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    before = page.content()
    sign_in(page, "hana@city.example")
    expect(page.get_by_role("heading", name="All facilities")).to_be_visible()
    expect(page.get_by_text("viewer, operator")).to_be_visible()
    page.goto(f"{url}/live?lang=en")
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Live", exact=True)).to_have_count(0)

    assert "北小学校" not in before


def test_who_has_no_role_is_told_so_and_sees_nothing(page: Page, url: str) -> None:
    page.goto(f"{url}/live?lang=en")
    sign_in(page, "taro@else.example")
    expect(page.get_by_text("taro@else.example has no role here.")).to_be_visible()

    assert "北小学校" not in page.content()
    assert SECRET not in page.content()
