"""Lists of devices: every row is a target, or is said with its reason, and what is written can be read back."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from collectors import inventory
from collectors.config import Secret, Target, load
from collectors.errors import ConfigError, SnmpError
from collectors.inventory import Entry, addresses, discover, review, targets_toml
from collectors.profile import recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.snmp.message import Operation, Peer, Response, Value

HERE = Path(__file__).resolve().parent

TABLE = """名称,施設,IPアドレス,ポート,備考
AP-1,北校,192.0.2.1,,体育館
AP-2,北校,192.0.2.2/24,1161,
AP-3,,192.0.2.3,,
AP-1,南校,192.0.2.4,,
控え,南校,192.0.2.1,,
古い,南校,,,
変,南校,a b,,
"""


def entry(name: str, host: str, site: str = "gym", **more: Any) -> Entry:
    return Entry(keys={"name": name, "site": site, "host": host, **more})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_becomes_targets_and_what_cannot_be_polled_is_said(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Headings in Japanese, as a spreadsheet saves it; addresses twice, sites and addresses missing."""
    path = tmp_path / "devices.csv"
    path.write_text(TABLE.replace(",", delimiter), encoding=encoding)
    reviewed = review(*inventory.read(path))

    assert {
        "targets": 3,
        "without_site": ["AP-3"],
        "duplicates": [{"name": "控え", "why": "192.0.2.1:161 is also AP-1 (devices.csv:2)"}],
        "skipped": [
            {"place": "devices.csv:7", "why": "古い has no address"},
            {"place": "devices.csv:8", "why": "a b is no address"},
        ],
    } == reviewed.to_json()


def test_what_is_written_is_read_back_and_what_is_to_be_decided_is_a_comment(tmp_path: Path) -> None:
    (tmp_path / "devices.csv").write_text(TABLE, encoding="utf-8")
    text = targets_toml(review(*inventory.read(tmp_path / "devices.csv")), source="devices.csv")
    path = tmp_path / "targets.toml"
    path.write_text(text, encoding="utf-8")
    found = load(path).targets

    assert [
        ("AP-1", "北校", "192.0.2.1", 161),
        ("AP-2", "北校", "192.0.2.2", 1161),
        ("AP-1 (192.0.2.4)", "南校", "192.0.2.4", 161),
    ] == [(target.name, target.site, target.host, target.port) for target in found]
    for line in (
        '# name = "AP-3"',
        '# site = ""',
        "# 192.0.2.1:161 is also AP-1 (devices.csv:2)",
        "# Left out: devices.csv:7: 古い has no",
    ):
        assert line in text


def test_a_reviewer_only_takes_the_signs_away(tmp_path: Path) -> None:
    """What is commented out is a whole target but for its site."""
    text = targets_toml(review([entry("AP-3", "192.0.2.3", site="")]), source="x")
    block = text[text.index("# [[target]]") :].replace("# ", "").replace('site = ""', 'site = "北校"')
    path = tmp_path / "targets.toml"
    path.write_text('[store]\nurl = "sqlite:x"\n' + block, encoding="utf-8")

    assert [("AP-3", "北校")] == [(target.name, target.site) for target in load(path).targets]


def test_a_devices_own_words_stay_words(tmp_path: Path) -> None:
    """Neither quotes nor line ends of a name break out of it, nor those of a description out of a comment."""
    nasty = 'a"\n[[target]]\nname = \\"b\x7f\u2028'
    one = Entry(keys={"name": nasty, "site": nasty, "host": "192.0.2.1"}, about=nasty, place=nasty)
    text = targets_toml(review([one, one], [(nasty, nasty)]), source=nasty)
    path = tmp_path / "targets.toml"
    path.write_text(text, encoding="utf-8")

    plain = 'a" [[target]] name = \\"b'  # control characters are refused in names, so they are not written

    assert [(plain, plain)] == [(target.name, target.site) for target in load(path).targets]


def test_what_the_targets_have_already_is_a_duplicate() -> None:
    known = [Target(name="AP-1", site="gym", host="192.0.2.1")]
    reviewed = review([entry("new", "192.0.2.1"), entry("AP-1", "192.0.2.9")], known=known)

    assert [{"name": "new", "why": "192.0.2.1:161 is also target AP-1"}] == reviewed.to_json()["duplicates"]
    assert ["AP-1 (192.0.2.9)"] == [one.keys["name"] for one in reviewed.targets]


NETBOX = {
    "count": 4,
    "next": None,
    "results": [
        {
            "name": "wlc-1",
            "device_type": {"model": "C9800-L", "manufacturer": {"name": "Cisco"}},
            "role": {"name": "controller"},
            "site": {"id": 3, "name": "市役所", "slug": "city-hall"},
            "status": {"value": "active", "label": "Active"},
            "primary_ip": {"address": "192.0.2.10/24", "family": 4},
        },
        {"name": "old", "status": {"value": "decommissioning"}, "primary_ip": {"address": "192.0.2.11/24"}},
        {"name": None, "display": "UPS 2", "site": "北校", "primary_ip4": "192.0.2.12/32"},
        {"name": "no-address", "site": {"name": "北校"}, "primary_ip": None, "status": "active"},
    ],
}


@pytest.mark.parametrize("form", ["page", "list"])
def test_netbox_devices_become_targets(tmp_path: Path, form: str) -> None:
    """As its API gives them, with nested objects, or as a plain list; those not active are left out and named."""
    path = tmp_path / "netbox.json"
    path.write_text(json.dumps(NETBOX if form == "page" else NETBOX["results"]))
    reviewed = review(*inventory.read(path))

    assert [
        {"name": "wlc-1", "site": "市役所", "host": "192.0.2.10"},
        {"name": "UPS 2", "site": "北校", "host": "192.0.2.12"},
    ] == [one.keys for one in reviewed.targets]
    assert "Cisco C9800-L, controller" == reviewed.targets[0].about
    assert ["old is decommissioning", "no-address has no address"] == [why for _, why in reviewed.skipped]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column for name; call one of them name or 名称 or 機器名"),
        ("name,site\nAP,x", ":1: no column for host; call one of them host or IP address or 管理IP (there are: name,site)"),
        ('{"results": 5}', "no list of devices"),
        ('{"results": [], "next": "http://netbox/?offset=50"}', "one page of several"),
        ("[1, 2", "not JSON"),
        ("\x00\x81\xff", "neither UTF-8 nor Shift_JIS"),
    ],
)
def test_a_file_of_another_form_is_one_line_with_the_way_out(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "devices"
    path.write_bytes(text.encode("latin-1") if "\xff" in text else text.encode())

    with pytest.raises(ConfigError) as caught:
        inventory.read(path)

    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("AP,s,192.0.2.1,99999,,", "99999 is no port"),
        ("AP,s,192.0.2.1,,4,", "version 4: write 1, 2c or 3"),
        ("AP,s,192.0.2.1,,3,", "version 3 needs v3_user, and v3_user needs version 3"),
        ("AP,s,192.0.2.1,,2c,monitor", "version 3 needs v3_user, and v3_user needs version 3"),
    ],
)
def test_a_row_that_makes_no_target_is_said_with_its_line(tmp_path: Path, row: str, why: str) -> None:
    path = tmp_path / "devices.csv"
    path.write_text("name,site,host,port,version,v3_user\n" + row + "\nB,s,192.0.2.2,,V2,\n")
    entries, skipped = inventory.read(path)

    assert [("devices.csv:2", why)] == skipped
    assert [{"name": "B", "site": "s", "host": "192.0.2.2", "version": "2c"}] == [one.keys for one in entries]


# ------------------------------------------------------------------------------------------------------------- the network


@pytest.mark.parametrize(
    ("networks", "count"),
    [(["192.0.2.0/30"], 2), (["192.0.2.7"], 1), (["192.0.2.0/24", "192.0.2.0/25"], 254), (["2001:db8::/126"], 3)],
)
def test_the_addresses_of_networks_come_once(networks: list[str], count: int) -> None:
    assert count == len(addresses(networks))


@pytest.mark.parametrize(
    "networks", [["10.0.0.0/8"], ["10.0.0.0/20", "10.1.0.0/20"], ["gym"], ["192.0.2.0/33"], ["2001:db8::/64"]]
)
def test_a_search_is_bounded(networks: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"too many; search at most 4096 at once|no network"):
        addresses(networks)


class Network:
    """Many devices at once, each at its address; elsewhere is silence."""

    def __init__(self, agents: dict[str, Any]) -> None:
        self.agents = agents
        self.at_once = self.most = 0

    async def exchange(
        self, peer: Peer, operation: Operation, oids: Sequence[str], repetitions: int = 0, *, non_repeaters: int = 0
    ) -> Response:
        del non_repeaters
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if peer.address[0] not in self.agents:
            raise SnmpError("timeout", "silence")
        answer: Response = await self.agents[peer.address[0]].exchange(peer, operation, oids, repetitions)
        return answer

    async def close(self) -> None:
        pass


def recorded(name: str, **more: Value) -> dict[str, Value]:
    return {**recording.read(HERE.parent / "snmp" / f"{name}.snmprec").values, **more}


def test_a_search_without_its_credentials_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every device would be silent, and the network seem empty."""
    monkeypatch.delenv("WIFIPLAN_TEST_COMMUNITY", raising=False)
    like = Target(name="", site="", host="", community=Secret(env="WIFIPLAN_TEST_COMMUNITY"))

    with pytest.raises(ConfigError, match="WIFIPLAN_TEST_COMMUNITY is not set"):
        asyncio.run(discover(Network({}), [like], ["192.0.2.1"]))


def test_a_search_finds_devices_tells_their_make_and_knows_one_at_two_addresses(
    scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIFIPLAN_TEST_COMMUNITY", "hush")
    located = {"1.3.6.1.2.1.1.6.0": "北校".encode()}
    network = Network(
        {
            "192.0.2.1": scripted(recorded("cisco-wlc") | located),
            "192.0.2.2": scripted(recorded("cisco-wlc") | located),
            "192.0.2.9": scripted(recorded("ups")),
            "192.0.2.17": scripted({"1.3.6.1.2.1.1.1.0": b"NAS", "1.3.6.1.2.1.1.3.0": 500}),
        }
    )
    like = Target(name="", site="", host="", community=Secret(env="WIFIPLAN_TEST_COMMUNITY"), retries=0)
    seen: list[int] = []
    entries, twice = asyncio.run(discover(network, [like], addresses(["192.0.2.0/27"]), at_once=8, progress=seen.append))
    reviewed = review(entries)

    assert [("wlc-east", "192.0.2.1"), ("192.0.2.9", "192.0.2.9"), ("192.0.2.17", "192.0.2.17")] == [
        (one.keys["name"], one.keys["host"]) for one in entries
    ]
    assert {"site": "北校", "version": "2c", "community_env": "WIFIPLAN_TEST_COMMUNITY"}.items() <= entries[0].keys.items()
    assert "Cisco wireless controller (AireOS, Catalyst 9800) (cisco-wlc)" in entries[0].about
    assert "of no known make; NAS" == entries[2].about
    assert ["another address of wlc-east (192.0.2.1)"] == [why for _, why in twice]
    assert ["192.0.2.9", "192.0.2.17"] == [one.keys["name"] for one in reviewed.without_site]
    assert network.most <= 8
    assert list(range(1, 31)) == seen


def test_a_search_tries_one_credential_after_the_other(scripted: Any, tmp_path: Path) -> None:
    """Schools that were fitted out in different years have different communities; each device is written with its own."""
    secret = tmp_path / "old"
    secret.write_text("hush\n", encoding="utf-8")
    secret.chmod(0o600)

    class Closed(Network):
        async def exchange(self, peer: Peer, *arguments: Any, **more: Any) -> Response:
            if (peer.community == "hush") != (peer.address[0] == "192.0.2.2"):
                raise SnmpError("timeout", "a wrong community is not answered")
            return await super().exchange(peer, *arguments, **more)

    network = Closed({f"192.0.2.{n}": scripted({"1.3.6.1.2.1.1.1.0": b"NAS", "1.3.6.1.2.1.1.3.0": 500 * n}) for n in (1, 2)})
    like = Target(name="", site="s", host="", retries=0)
    likes = [like, dataclasses.replace(like, community=Secret(file=secret))]
    entries, _ = asyncio.run(discover(network, likes, ["192.0.2.1", "192.0.2.2", "192.0.2.3"]))

    assert [("192.0.2.1", None), ("192.0.2.2", str(secret))] == [
        (one.keys["host"], one.keys.get("community_file")) for one in entries
    ]


# ------------------------------------------------------------------------------------------------- what people really have


def reported(kind: str, name: str) -> Any:
    entries, skipped = inventory.read(HERE / "reported" / kind / name)
    return review(entries, skipped)


def test_an_address_padded_with_zeros_is_decimal_and_the_same_one() -> None:
    """The C library would read octal numbers in it, and poll another device under this name."""
    found = reported("inventory-addresses", "leading-zeros.csv")

    assert [("ap1", "192.0.2.10")] == [(one.keys["name"], one.keys["host"]) for one in found.targets]
    assert ["ap2", "ap3"] == [one.keys["name"] for one, _ in found.duplicates]


def test_a_port_beside_an_address_is_one_and_what_is_no_address_is_said() -> None:
    found = reported("inventory-addresses", "port-in-host.csv")

    assert [("192.0.2.1", 1161)] == [(one.keys["host"], one.keys["port"]) for one in found.targets]
    assert ["http://192.0.2.2/", "192.0.2.3, 192.0.2.4", "192.0.2.5-192.0.2.9", "192.0.2.300"] == [
        why.removesuffix(" is no address") for _, why in found.skipped
    ]


@pytest.mark.parametrize(
    ("name", "hosts"),
    [
        ("headings-variants.csv", ["192.0.2.1"]),
        ("ipv4.csv", ["192.0.2.1"]),
        ("utf16.csv", ["192.0.2.1"]),
        ("nautobot.json", ["192.0.2.1"]),
    ],
)
def test_usual_lists_are_read(name: str, hosts: list[str]) -> None:
    """Headings in any width and case, spreadsheets' Unicode text, and Nautobot, whose sites are locations."""
    found = reported("inventory-refused", name)

    assert hosts == [one.keys["host"] for one in found.targets]
    assert all(one.keys["site"] for one in found.targets)


def test_what_is_not_at_work_is_not_polled() -> None:
    """As in NetBox's JSON: left out, and said."""
    found = reported("inventory-status-column", "netbox-export.csv")

    assert ["wlc-1"] == [one.keys["name"] for one in found.targets]
    assert ["old-wlc is decommissioning", "spare is offline", "planned-1 is planned"] == [why for _, why in found.skipped]


def test_lines_above_the_headings_and_columns_of_credentials(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "無線機器一覧,,,\n2026年11月,,,\n機器名,施設名,ＩＰ アドレス,community_file\nAP1,北校,[2001:DB8::1]:1161,secrets/north\n",
        encoding="utf-8",
    )
    entries, skipped = inventory.read(path)

    assert [] == skipped
    assert [
        {"name": "AP1", "site": "北校", "host": "2001:db8::1", "port": 1161, "community_file": "secrets/north"}
    ] == [one.keys for one in entries]  # fmt: skip


def test_headings_are_read_by_what_is_in_them_and_states_by_their_words(tmp_path: Path) -> None:
    """Lists of a city: title lines, headings of its own, states with a date or a word more, remarks."""
    path = tmp_path / "list.csv"
    path.write_text(
        "ネットワーク機器一覧,,,,,\n令和8年11月現在,,,,,\nNo.,AP名称,設置施設,管理用IPアドレス,状況,備考\n"
        "1,AP-01,北小学校,１９２．０．２．１,稼働中（R9更新予定）,体育館\n2,AP-02,北小学校,192.0.2.2,令和6年撤去,\n"
        "3,AP-03,北小学校,192.0.2.3,Ｏｆｆｌｉｎｅ,\n4,AP-04,北小学校,192.0.2.4,未稼働,\n5,AP-05,北小学校,192.0.2.5,,撤去済\n"
        "6,AP-06,北小学校,192.0.2.6,Not in use,\n",
        encoding="utf-16-be",
    )
    entries, skipped = inventory.read(path)

    assert [{"name": "AP-01", "site": "北小学校", "host": "192.0.2.1"}] == [entry.keys for entry in entries]
    assert "稼働中(r9更新予定); 体育館" == entries[0].about
    assert ["令和6年撤去", "offline", "未稼働", "撤去済", "not in use"] == [why.split(" is ")[1] for _, why in skipped]


def test_an_empty_address_leaves_the_word_to_the_next_column(tmp_path: Path) -> None:
    """As exports with one column for IPv4 and one for IPv6 have it; a gateway or a MAC is no device's address."""
    path = tmp_path / "list.csv"
    path.write_text(
        "Device Name,Site,MAC address,Default Gateway IP Address,Primary IPv4,Primary IPv6\n"
        "a,North,00:11:22:33:44:55,192.0.2.254,,2001:db8::1/64\nb,North,,192.0.2.254,192.0.2.2/24,\n"
    )

    assert ["2001:db8::1", "192.0.2.2"] == [entry.keys["host"] for entry in inventory.read(path)[0]]


def test_lists_in_json_of_other_programs_are_read(tmp_path: Path) -> None:
    """GraphQL's nesting, and a plain list with `hostname` and `ip`."""
    path = tmp_path / "list.json"
    for given in (
        {"data": {"devices": [{"name": "a", "status": "ACTIVE", "primary_ip4": {"address": "192.0.2.1/24"}, "site": "North"}]}},
        [{"hostname": "a", "ip": "192.0.2.1", "location": {"name": "North"}}],
    ):
        path.write_text(json.dumps(given))

        assert [{"name": "a", "site": "North", "host": "192.0.2.1"}] == [entry.keys for entry in inventory.read(path)[0]]
