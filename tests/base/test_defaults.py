"""A new default changes no old link, run, sweep or picture: what is not named there has its value of then.

The addresses and stored texts below were written by commit f00a982, which knew no versions of the defaults.
"""

import copy
import json

import pytest

from core.base import defaults, links
from core.base.png_records import read_picture_settings
from core.base.request import RunRequest
from core.base.settings import PAINTERS, settings_of, stored_settings, unnamed_values
from core.base.sweep_plan import SweepPlan, parse_axis
from tests.base.test_png_records import changed

SHARED = {"also_optimise": "nothing", "proxy_weight": 0.05, "at_once": 0, "precision": "auto"}
PIXELS = {"steps": 100, "learning_rate": 0.05, "canvas": "raw", "cutouts": 1, "init_noise": 0.01, **SHARED}
VQGAN = {"steps": 60, "learning_rate": 0.1, "cutouts": 8, **SHARED}
DIFFUSION = {
    **{"steps": 50, "mode": "both", "guidance_strength": 0.15, "cfg_scale": 3.0, "guide_start": 0.0},
    **{"guide_stop": 1.0, "cutouts": 1, "gradient": "detached", "sampler": "ddim", "at_once": 0},
    **{"precision": "auto", "repeats": 1, "repeat_stop": 1.0},  # these two came later and change nothing
}
OLD_ADDRESSES = [
    ({"prompt": "a red fox in snow"}, {"pixels": PIXELS, "vqgan": VQGAN, "diffusion": DIFFUSION}),
    (
        {
            **{"prompt": "a blue car on sand", "seed": "7", "painters": "vqgan,diffusion"},
            **{"vqgan.cutouts": "3", "diffusion.mode": "judge", "diffusion.gradient": "exact"},
        },
        {"vqgan": VQGAN | {"cutouts": 3}, "diffusion": DIFFUSION | {"mode": "judge", "gradient": "exact"}},
    ),
]
OLD_RUN = (
    '{"pack":"miniature","prompt":"a red fox in snow","seed":0,"settings":{"diffusion":{"cfg_scale":3.0,'
    '"cutouts":1,"guidance_strength":0.15,"guide_start":0.0,"guide_stop":1.0,"mode":"both","steps":50},'
    '"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":100},'
    '"vqgan":{"cutouts":8,"learning_rate":0.1,"steps":60}}}'
)
OLD_SWEEP = (
    '{"base":{"diffusion":{"steps":4}},"pack":"miniature","painter":"diffusion","prompt":"a red fox",'
    '"seed":0,"x":["guidance_strength",[0.0,2.0]],"y":null}'
)
# Version 2. Whoever changes a default from now on also writes these values down as data: see defaults.py.
SECOND = {
    "pixels": {"steps": 100, "cutouts": 1, "canvas": "raw"},
    "vqgan": {"steps": 60, "cutouts": 16, "learning_rate": 0.1},
    "diffusion": {
        **{"steps": 20, "mode": "judge", "guidance_strength": 0.6, "cutouts": 4, "cfg_scale": 3.0},
        **{"repeats": 4, "repeat_stop": 0.6},
    },
}


@pytest.fixture
def moved(monkeypatch):
    """As though these defaults had been others in the first version."""
    earlier = copy.deepcopy(defaults.EARLIER)
    earlier[1]["pixels"]["steps"] = 33
    earlier[1]["diffusion"] |= {"steps": 44, "repeats": 9, "guide_start": 0.5}
    monkeypatch.setattr(defaults, "EARLIER", earlier)


def settings_in(link):
    """The settings of the run that a link asks for, painter → setting → value."""
    request = RunRequest.make(
        link.prompt, link.seed, painters=link.painters, **{p: link.settings.get(p, {}) for p in link.painters}
    )
    return {painter: vars(settings) for painter, settings in request.settings.items()}


@pytest.mark.parametrize(("address", "meant"), OLD_ADDRESSES)
def test_an_address_of_f00a982_means_what_it_meant(address, meant):
    link = links.read_link(address)
    found = settings_in(link)
    assert link.ignored == () and list(found) == list(meant)
    for painter, settings in meant.items():
        assert found[painter].items() >= settings.items()  # newer settings may have joined


def test_a_link_without_a_version_takes_the_first_defaults_and_one_with_it_todays(moved):
    old = settings_in(links.read_link({"prompt": "a fox", "diffusion.mode": "judge"}))
    assert (old["pixels"]["steps"], old["diffusion"]["steps"], old["diffusion"]["repeats"]) == (33, 44, 9)
    assert old["diffusion"]["mode"] == "judge"
    new = settings_in(links.read_link({"prompt": "a fox", "v": "2"}))
    assert new == {p: {s.name: s.default for s in settings_of(cls)} for p, cls in PAINTERS.items()}
    assert links.read_link({"run": "a" * 26}).settings == {}, "a run brings its settings itself"


def test_what_a_link_names_wins_over_its_versions_defaults(moved):
    link = links.read_link({"pixels.steps": "8", "diffusion.guide_stop": "0.7"})
    assert link.settings["pixels"] == {"steps": 8}
    named = {"steps": 44, "repeats": 9, "guide_start": 0.5, "guide_stop": 0.7}
    assert link.settings["diffusion"].items() >= named.items()
    contradiction = links.read_link({"diffusion.guide_stop": "0.3"})  # before 0.5, where it then started
    assert contradiction.ignored == ("diffusion.guide_stop=0.3",)
    assert contradiction.settings["diffusion"].items() >= {"steps": 44, "guide_start": 0.5}.items()
    assert "guide_stop" not in contradiction.settings["diffusion"]


def test_every_written_address_carries_the_version():
    written = links.request_parameters(RunRequest.make("a red fox"))
    assert written == {"prompt": "a red fox", "v": str(defaults.VERSION)}
    assert links.read_link(written).ignored == () and links.is_setting_parameter("v")
    assert not links.read_link({"v": "2", "run": "a" * 26}).given, "a version alone asks for nothing"


@pytest.mark.parametrize("text", ["", "0", "-1", "two", "²", str(defaults.VERSION + 1), "9" * 5000])
def test_a_version_that_there_is_not_is_named(text, moved):
    link = links.read_link({"prompt": "a fox", "v": text})
    assert len(link.ignored) == 1 and link.ignored[0].startswith("v=")
    assert link.settings == {}, "read with today's defaults"


def test_the_first_version_names_every_setting_there_was():
    table = defaults.EARLIER[defaults.FIRST]
    for painter, meant in (("pixels", PIXELS), ("vqgan", VQGAN), ("diffusion", DIFFUSION)):
        assert table[painter].items() >= meant.items()
    for painter, values in table.items():  # and only settings that there are, with values they take
        known = {setting.name: setting for setting in settings_of(PAINTERS[painter])}
        assert {name: known[name].parse(value, painter) for name, value in values.items()} == values


def test_the_second_version_is_what_its_links_have_counted_on():
    for painter, values in SECOND.items():
        assert unnamed_values(2, painter).items() >= values.items()


def test_a_stored_run_keeps_its_text_and_so_its_name():
    request = RunRequest.from_dict(json.loads(OLD_RUN))
    assert request.canonical() == OLD_RUN
    assert vars(request.settings["diffusion"]).items() >= DIFFUSION.items()


def test_later_settings_are_left_out_at_the_value_that_changes_nothing(moved):
    stored = json.loads(OLD_RUN)
    request = RunRequest.from_dict(stored)
    assert request.settings["diffusion"].repeats == 9 and request.canonical() == OLD_RUN
    today = RunRequest.make("a red fox in snow").settings["diffusion"]
    assert today.repeats != 9 and stored_settings(today)["repeats"] == today.repeats


def test_a_picture_that_does_not_name_a_setting_was_painted_before_it_was_there(moved):
    values = json.loads(OLD_RUN)["settings"]
    found = read_picture_settings(changed(settings=values | {"vqgan": {"steps": "x"}}), "miniature")
    assert found.request.settings["diffusion"].repeats == 9
    assert found.ignored == ("VQGAN+CLIP: steps is x, which is of the wrong kind. Its default is used.",)


def test_a_stored_sweep_keeps_its_settings(moved):
    plan = SweepPlan.from_text(OLD_SWEEP)
    settings = [cell.request.settings["diffusion"] for cell in plan.cells()]
    assert [(s.steps, s.repeats, s.guide_start) for s in settings] == [(4, 9, 0.5)] * 2
    made = SweepPlan.make("a red fox", "diffusion", parse_axis("guidance_strength", "0, 2", "diffusion"))
    assert made.cells()[0].request.settings["diffusion"].steps == unnamed_values(2, "diffusion")["steps"]
    assert SweepPlan.from_text(made.canonical()) == made, "its defaults are in it"


def test_a_sweep_whose_defaults_have_not_changed_keeps_its_text_and_so_its_name(monkeypatch):
    today = {p: unnamed_values(defaults.VERSION, p) for p in PAINTERS}
    monkeypatch.setattr(defaults, "EARLIER", {1: today})
    assert SweepPlan.from_text(OLD_SWEEP).canonical() == OLD_SWEEP
