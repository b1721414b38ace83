"""Access point models as data: what is known of them, what is assumed, and files of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import floorplans
from wifiplan import equipment
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Design, Radio, Requirement, load, save
from wifiplan.prices import price_list


def test_every_figure_says_where_it_is_from() -> None:
    """What is not read in a source is said to be assumed, never left open; there are more models than generic ones."""
    rows = equipment.to_json(equipment.models())

    assert {row["model"] for row in rows} == set(equipment.models())
    for row in rows:
        assert all(said.strip() for said in row["sources"].values()), row["model"]
        assert row["price_range_yen"][0] <= row["price_yen"] <= row["price_range_yen"][1], row["model"]
        assert 1 <= row["clients_per_radio"] <= 512, row["model"]
        assert row["poe_w"] <= equipment.POE_W[row["poe"]], row["model"]
    assert json.loads(json.dumps(rows)) == rows


@pytest.mark.parametrize("name", ["Generic Wi-Fi 6", "generic wifi-6", "Wi-Fi 6"])
def test_a_name_is_found_however_it_is_spaced(name: str) -> None:
    """With or without the maker."""
    assert "Generic Wi-Fi 6" == equipment.find(name).name


def test_an_unknown_model_is_refused_with_the_nearest_names() -> None:
    """One line: what, and the way out."""
    with pytest.raises(DesignError, match=r"model Generic Wi-Fi 6X: not known; nearest are Generic Wi-Fi 6.*wifiplan equipment"):
        equipment.find("Generic Wi-Fi 6X")


def test_own_models_and_figures_come_from_a_file(tmp_path: Path) -> None:
    """A new model takes what it does not say from its generation; a known one keeps its other figures. Sources name the file."""
    path = tmp_path / "own.toml"
    path.write_text(
        '["Ours X1"]\ngeneration = "ax"\nclients_per_radio = 80\nprice_yen = 50000\n["Generic Wi-Fi 6"]\nclients_per_radio = 70\n'
    )
    found = equipment.models(path)

    assert (80, 50000, ("2.4", "5")) == (found["Ours X1"].clients_per_radio, found["Ours X1"].price_yen, found["Ours X1"].bands)
    assert (70, "own.toml") == (found["Generic Wi-Fi 6"].clients_per_radio, found["Generic Wi-Fi 6"].source("clients_per_radio"))
    assert "assumed" == found["Ours X1"].source("poe")
    assert "part of what the device holds" in found["Yamaha WLX222"].source("clients_per_radio")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('["Ours"]\ngeneration = "ax"\nclients_per_radio = 0\n', "Ours: clients_per_radio"),
        ('["Ours"]\ngeneration = "wifi9"\n', "Ours: "),
        ('["Ours"]\ngeneration = "ax"\ncolour = 1\n', "Ours: colour"),
        ('["Ours"]\ngeneration = "ax"\nradios = []\n', "Ours: give one radio a band"),
        ('["Ours"]\ngeneration = "ax"\n["Ours".sources]\ncolour = "me"\n', "sources.colour: no such figure"),
        ("x = 1\n", "x: give a table for each model"),
        ("[", "not TOML"),
        ('["My AP"]\ngeneration = "ax"\npoe = "af"\npoe_w = 30\n', r"poe_w 30 is more than 802.3af gives \(15.4 W\)"),
        ('["My AP"]\ngeneration = "ax"\nprice_low_yen = 2\nprice_high_yen = 1\n', "price_low_yen 2 is above price_high_yen 1"),
        ('["My AP"]\ngeneration = "ax"\nname = "Other"\n', "name is Other; write it in the brackets alone"),
    ],
)
def test_a_bad_file_is_one_line_with_file_model_and_figure(tmp_path: Path, text: str, sentence: str) -> None:
    """Nothing of it is taken."""
    path = tmp_path / "bad.toml"
    path.write_text(text)

    with pytest.raises(DesignError, match=sentence) as caught:
        equipment.models(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_lower_poe_class_takes_what_the_model_says_it_takes() -> None:
    """And below that the model does not work, which is said by name."""
    model = equipment.models()["Generic Wi-Fi 6"]
    less = model.at_poe("af")

    assert model == model.at_poe("bt3")
    assert (4, 2) == (model.radio("5").streams, less.radio("5").streams)
    assert (17.0, 15.4) == (less.radio("5").max_power_dbm, less.poe_w)
    with pytest.raises(DesignError, match=r"Generic Wi-Fi 7: needs 802\.3at and the switch gives 802\.3af"):
        equipment.models()["Generic Wi-Fi 7"].at_poe("af")


def test_a_model_known_to_need_its_class_is_not_assumed_to_work_on_less() -> None:
    """Only what a source or a planner says is taken away; AP43 has no lesser mode, AP32 has."""
    known = equipment.models()

    assert 2 == known["Juniper Mist AP32"].at_poe("af").radio("5").streams
    with pytest.raises(DesignError, match=r"Juniper Mist AP43: needs 802\.3at and the switch gives 802\.3af"):
        known["Juniper Mist AP43"].at_poe("af")


def test_makers_of_the_profiles_and_of_japan_are_there() -> None:
    """By maker, at least one model each."""
    makers = {one.maker for one in equipment.models().values()}

    wanted = {
        "Cisco",
        "Cisco Meraki",
        "HPE Aruba",
        "Ruckus",
        "Juniper Mist",
        "Extreme",
        "Fortinet",
        "Ubiquiti",
        "TP-Link",
        "Yamaha",
    }
    wanted |= {"Allied Telesis", "Buffalo", "NEC", "Fujitsu", "Ruijie", "Huawei", "H3C", "Cambium", "ELECOM", "I-O DATA"}
    assert set() == wanted - makers


def test_the_limit_of_a_radio_is_its_own_else_required_else_its_models() -> None:
    """In that order; an access point without a model is taken for the default one."""
    radio = Radio(band="5", channel=36)
    ap = AccessPoint(name="a", x_m=0.0, y_m=0.0, height_m=3.0, radios=(radio,))

    assert 100 == equipment.client_limit(ap, radio, Requirement())
    assert 30 == equipment.client_limit(ap, radio, Requirement(max_clients_per_radio=30))
    assert 7 == equipment.client_limit(ap, Radio(band="5", channel=36, client_limit=7), Requirement(max_clients_per_radio=30))


def test_a_model_brings_its_price_and_watts_but_a_planners_price_stays(tmp_path: Path) -> None:
    """The default model costs what the price list says, so that answers of before stand."""
    generic, dear = equipment.models()["Generic Wi-Fi 6"], equipment.models()["Generic Wi-Fi 7"]
    own = tmp_path / "prices.toml"
    own.write_text("[access_point]\nyen = 99000\n")

    assert price_list()["access_point"]["yen"] == generic.priced(price_list())["access_point"]["yen"]
    assert (180000, 40.0) == tuple(dear.priced(price_list())["access_point"][key] for key in ("yen", "poe_w"))
    assert 99000 == dear.priced(price_list(own))["access_point"]["yen"]


def test_a_design_keeps_what_is_needed_to_reload_its_own_models(tmp_path: Path) -> None:
    """Models of a file of one's own, and figures of ours that it replaced, are known to the design that is read back."""
    path, file = tmp_path / "own.toml", tmp_path / "design.json"
    path.write_text(
        '["Ours X1"]\ngeneration = "ax"\nclients_per_radio = 80\nprice_yen = 50000\n["Generic Wi-Fi 6"]\nclients_per_radio = 70\n'
    )
    known = equipment.models(path)
    points = tuple(
        AccessPoint(name=name, x_m=5.0, y_m=5.0, height_m=4.0, model=model, radios=(Radio(band="5", channel=36),))
        for name, model in (("a", "Ours X1"), ("b", "Generic Wi-Fi 6"), ("c", "Yamaha WLX222"))
    )
    design = Design(floor_plan=floorplans.gym(20.0, 15.0, 8.0), access_points=points)
    save(equipment.with_own(design, [known[ap.model] for ap in points if ap.model]), file)
    path.unlink()
    read = load(file)
    found = equipment.known_to(read)

    assert {"Ours X1", "Generic Wi-Fi 6"} == set(read.equipment)
    assert known["Ours X1"] == found["Ours X1"]
    assert [80, 70] == [equipment.client_limit(ap, ap.radios[0], Requirement(), found) for ap in read.access_points[:2]]
    assert equipment.models() == equipment.known_to(design)


def test_a_model_of_a_design_that_is_none_is_refused() -> None:
    design = Design(floor_plan=floorplans.gym(20.0, 15.0, 8.0), access_points=(), equipment={"Ours": {"generation": "wifi9"}})

    with pytest.raises(DesignError, match=r"the design's equipment: Ours: "):
        equipment.known_to(design)
