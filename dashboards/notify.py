"""Telling people: news as a message in their language, and its way to them by Apprise (mail, Slack, Teams, LINE, webhook).

A message says what it is, what that means, since when, and what to do first, with the card of each site. Addresses hold
passwords and tokens: they come from the environment when they are needed, and no error and no log ever shows them.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
import warnings
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dashboards import locale
from dashboards.alerts import LEVELS, RULE_OF, News

if TYPE_CHECKING:
    from collectors.config import Config, Site
    from collectors.operations import Recipient
    from wifiplan.report.catalogue import Lang

SENDING_S = 15.0
"""So long one delivery may take, whatever the server does: a mail takes seconds. Assumed."""
_ANSWER_S = 8.0
_MOST_LONG = 8
"""So many alerts are told in full; beyond that those of one kind are one line."""
_MOST_LINES = 12
_MOST_NAMES = 10
_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A message in words."""

    title: str
    body: str


def composed(news: Sequence[News], recipient: Recipient, config: Config) -> Text:
    """All news for one recipient as one message, troubles first.

    What was raised and is over before it was told is told as having passed.
    """
    lang = recipient.lang
    raised = {one.condition.key: one for one in news if one.kind == "raised"}
    cleared = {one.condition.key: one for one in news if one.kind == "cleared"}
    going_on = sorted(
        (one for key, one in raised.items() if key not in cleared or cleared[key].at < one.at),
        key=lambda one: (LEVELS.index(one.condition.level), one.since, one.condition.key),
    )
    over = [one for key, one in cleared.items() if key not in {other.condition.key for other in going_on}]
    zone = config.time_zone
    url = "" if config.alerts is None else config.alerts.app_url
    cards = {site.name: site for site in config.sites}
    parts: list[str] = []
    if len(going_on) <= _MOST_LONG:
        parts += [_in_full(one, cards, zone, lang) for one in going_on]
    else:
        parts += _in_groups(going_on, zone, lang)
    lines = [_over(one, raised.get(one.condition.key), zone, lang) for one in over]
    if lines:
        more = len(lines) - _MOST_LINES
        shown = [*lines[:_MOST_LINES], *([locale.words("message.more", lang, count=more, url=url)] if more > 0 else [])]
        parts.append("\n".join(shown))
    if url:
        parts.append(url)
    return Text(title=_title(going_on, over, lang), body="\n\n".join(parts))


def _title(going_on: Sequence[News], over: Sequence[News], lang: Lang) -> str:
    news = going_on or over
    first = news[0].condition
    values = {
        "level": locale.words(f"level.{first.level}", lang),
        "place": place(first.sites, lang),
        "what": _what(news[0], lang).split("。")[0].split(". ")[0][:60],
        "count": len(news),
        "sites": len({site for one in news for site in one.condition.sites}),
    }
    if len(news) == 1:
        return locale.words("message.title_raised" if going_on else "message.title_cleared", lang, **values)
    return locale.words("message.title_many" if going_on else "message.title_cleared_many", lang, **values)


def place(sites: Sequence[str], lang: Lang) -> str:
    """Where it is: a few sites by name, and how many more."""
    if not sites:
        return locale.words("message.everywhere", lang)
    names = locale.words("count.comma", lang).join(sites[:3])
    return names if len(sites) <= 3 else locale.words("message.listed", lang, names=names, count=len(sites) - 3)


def _what(one: News, lang: Lang) -> str:
    return locale.reason(one.condition.reason, lang)


def first_step(code: str, lang: Lang) -> str:
    """What to do first about a reason."""
    for name in (code, RULE_OF[code].kind, "plan"):
        if f"first.{name}" in locale.all_words().entries:
            return locale.words(f"first.{name}", lang)
    raise KeyError(code)


def _at(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _in_full(one: News, cards: Mapping[str, Site], zone: ZoneInfo, lang: Lang) -> str:
    found = one.condition
    lines = [
        locale.words("message.raised", lang, place=place(found.sites, lang), level=locale.words(f"level.{found.level}", lang)),
        locale.words("message.meaning", lang, text=_what(one, lang)),
        locale.words("message.since", lang, time=_at(one.since, zone)),
        locale.words("message.first", lang, text=first_step(found.code, lang)),
    ]
    lines += [card_line(cards[site], lang) for site in found.sites[:3] if site in cards and has_card(cards[site])]
    return "\n".join(lines)


def has_card(site: Site) -> bool:
    """Whether anything is known for who has to go there."""
    return bool(site.contact or site.telephone or site.rack or site.breaker)


def card_line(site: Site, lang: Lang) -> str:
    """A site's card in one line: whom to call, where the rack and the breaker are."""
    dash = "-"
    return locale.words(
        "message.card",
        lang,
        contact=site.contact or dash,
        telephone=site.telephone or dash,
        rack=site.rack or dash,
        breaker=site.breaker or dash,
    )


def _in_groups(news: Sequence[News], zone: ZoneInfo, lang: Lang) -> list[str]:
    """Those of one kind as one paragraph: what, at how many sites, since when, what to do first."""
    kinds: dict[str, list[News]] = {}
    for one in news:
        kinds.setdefault(RULE_OF[one.condition.code].kind, []).append(one)
    found = []
    for group in kinds.values():
        first = group[0].condition
        sites = tuple(dict.fromkeys(site for one in group for site in one.condition.sites))
        names = locale.words("count.comma", lang).join(sites[:_MOST_NAMES])
        if len(sites) > _MOST_NAMES:
            names = locale.words("message.listed", lang, names=names, count=len(sites) - _MOST_NAMES)
        level = locale.words(f"level.{first.level}", lang)
        lines = [
            locale.words("message.grouped", lang, count=len(sites), level=level, names=names),
            locale.words("message.meaning", lang, text=_what(group[0], lang)),
            locale.words("message.since", lang, time=_at(min(one.since for one in group), zone)),
            locale.words("message.first", lang, text=first_step(first.code, lang)),
        ]
        found.append("\n".join(lines))
    return found


def _over(one: News, raised: News | None, zone: ZoneInfo, lang: Lang) -> str:
    values = {
        "place": place(one.condition.sites, lang),
        "text": _what(one, lang).split("。")[0].split(". ")[0],
        "since": _at(one.since, zone),
        "time": _at(one.at, zone),
    }
    return locale.words("message.cleared" if raised is None else "message.passed", lang, **values)


def repeat_note(lang: Lang) -> str:
    """What stands below a message that may have come already."""
    return locale.words("message.repeat", lang)


# --- the way there --------------------------------------------------------------------------------------------------


class _Said(logging.Handler):
    """The last thing that Apprise complained of, which it says only to its log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


def delivered(recipient: Recipient, text: Text, environment: Mapping[str, str] | None = None) -> str:
    """Send a message now; empty when it was taken, else why not, without anything of the address.

    It ends within about `SENDING_S`, whatever the server does.
    """
    address = (os.environ if environment is None else environment).get(recipient.url_env, "")
    if not address:
        return f"the environment variable {recipient.url_env} is not set; put the address there before the start"
    with _LOADING:
        _apprise()
    said: list[str] = []
    # A thread that nobody waits for: a server that drips bytes must neither hold up others nor the end of the program.
    sender = threading.Thread(target=lambda: said.append(_sent(address, recipient.url_env, text)), daemon=True)
    sender.start()
    sender.join(SENDING_S)
    return said[0] if said else f"{recipient.url_env}: no answer within {SENDING_S:g} s"


@functools.cache
def _apprise() -> ModuleType:
    """Apprise with all its plugins: a second, which only who sends pays. Some import what Python is about to drop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import apprise

        apprise.Apprise.instantiate("json://127.0.0.1/")
    return apprise


def _sent(address: str, name: str, text: Text) -> str:
    apprise = _apprise()
    asset = apprise.AppriseAsset(app_id="wifiplan", app_desc="wifiplan", async_mode=False, storage_mode="memory")
    target = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if target is None:
        return f"{name}: not an address that Apprise knows; write it as mailto://, slack://, workflows://, line:// or json://"
    target.socket_connect_timeout = target.socket_read_timeout = _ANSWER_S
    said, log = _Said(), logging.getLogger("apprise")
    before = log.propagate
    log.addHandler(said)
    log.propagate = False
    try:
        taken = target.notify(body=text.body, title=text.title, body_format=apprise.NotifyFormat.TEXT)
    except Exception as error:  # noqa: BLE001  (a plugin's fault costs this attempt only)
        return f"{name}: {type(error).__name__} while sending"
    finally:
        log.removeHandler(said)
        log.propagate = before
    return "" if taken else f"{name}: not taken ({_without(said.text, address) or 'no reason given'})"


def _without(text: str, address: str) -> str:
    """A complaint without anything that may be a secret of the address."""
    text = " ".join(text.split())[:200]
    for part in sorted(
        {address, *address.replace("@", "/").replace(":", "/").replace("?", "/").split("/")}, key=len, reverse=True
    ):
        if len(part) > 3 and part not in ("json", "mailto", "mailtos", "slack", "line"):
            text = text.replace(part, "…")
    return text


def tried(recipients: Iterable[Recipient], now: datetime, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Send each a test; name and error, which is empty where it was taken. None waits for another."""
    chosen = list(recipients)

    def one(recipient: Recipient) -> str:
        values = {"name": recipient.name, "time": _at(now, zone)}
        title, body = (locale.words(key, recipient.lang, **values) for key in ("message.test_title", "message.test_body"))
        return delivered(recipient, Text(title=title, body=body))

    with ThreadPoolExecutor(max_workers=max(1, min(16, len(chosen)))) as pool:
        return list(zip((recipient.name for recipient in chosen), pool.map(one, chosen), strict=True))
