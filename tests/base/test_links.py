"""Addresses: settings there and back, whatever a stranger writes into one, and what the page does with it."""

import random
import string

import pytest

from app import resources
from app.web.headers import OWNER_COOKIE
from core.base import links
from core.base.request import MAX_PROMPT, MAX_SEED, RunRequest
from core.base.settings import PAINTERS, settings_of
from tests.conftest import EXAMPLES
from tests.support.app_pages import (
    bare_pack,  # noqa: F401  a fixture
    button,
    checked,
    opened,
    opened_drawers,
    pack,  # noqa: F401  a fixture
    press,
    shown,
    told,
)

NAMES = [f"{p}.{k.name}" for p, cls in PAINTERS.items() for k in settings_of(cls)]

STARTS = ("noise", "rendering:a blue car on sand@3", f"frame:{'a2' * 13}/vqgan#{'ab' * 32}")


def drawn(rng, setting):
    """An accepted value of a setting."""
    if setting.read:
        return rng.choice(STARTS)
    if setting.choices:
        return rng.choice(setting.choices)
    return (
        rng.randint(setting.low, setting.high)
        if setting.type is int
        else rng.uniform(setting.low, setting.high)
    )


def some_settings(rng):
    """(prompt, seed, painters, painter → setting → value) as a form could say."""
    painters = rng.sample(list(PAINTERS), rng.randint(1, 3))
    values = {
        p: {k.name: drawn(rng, k) for k in settings_of(PAINTERS[p]) if rng.random() < 0.6} for p in painters
    }
    if "diffusion" in values:  # the only two settings that can contradict each other
        start, stop = sorted(rng.random() for _ in range(2))
        values["diffusion"] |= {"guide_start": start, "guide_stop": stop}
    return (
        rng.choice(["a red fox", "fox & snow = “ünïcode” 🦊 + 100 %", "x" * MAX_PROMPT]),
        rng.randint(0, MAX_SEED),
        painters,
        values,
    )


@pytest.mark.parametrize("seed", range(60))
def test_settings_survive_the_way_through_an_address(seed):
    prompt, number, painters, values = some_settings(random.Random(seed))
    link = links.read_link(links.parameters(prompt, number, painters, values))
    assert link.ignored == () and (link.prompt, link.seed, set(link.painters)) == (
        prompt,
        number,
        set(painters),
    )
    asked = RunRequest.make(prompt, number, "miniature", painters, **{p: values[p] for p in painters})
    again = RunRequest.make(
        link.prompt,
        link.seed,
        "miniature",
        link.painters,
        **{p: link.settings.get(p, {}) for p in link.painters},
    )
    assert again.canonical() == asked.canonical()


def test_only_what_differs_from_the_defaults_is_written():
    defaults = {p: {k.name: k.default for k in settings_of(cls)} for p, cls in PAINTERS.items()}
    assert links.parameters("a red fox", 0, tuple(PAINTERS), defaults) == {"prompt": "a red fox", "v": "2"}
    changed = {**defaults, "vqgan": {**defaults["vqgan"], "cutouts": 3}, "pixels": {"steps": 7}}
    assert links.parameters("a red fox", 5, ("vqgan", "diffusion"), changed) == {
        **{"prompt": "a red fox", "seed": "5", "painters": "vqgan,diffusion", "vqgan.cutouts": "3", "v": "2"}
    }


JUNK = {
    "pixels.steps": ["0", "99999", "1.5", "many", "", "nan", "1e3", "-3", "9" * 5000],
    "diffusion.guidance_strength": ["nan", "inf", "-1", "11", "strong", "0x1"],
    "pixels.canvas": ["oil", "", "RAW"],
    "pixels.brush": ["1"],
    "rembrandt.steps": ["3"],
    "a.b.c": [""],
    "seed": ["-1", "abc", "", "1.5", "9" * 40, "²", "٣"],
    "painters": ["rembrandt", "", "pixels,rembrandt", ","],
    "prompt": ["", "   ", "x" * 2000, "a red \x00 fox"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in JUNK.items() for text in texts])
def test_junk_falls_back_to_the_default_and_is_named(name, text):
    link = links.read_link({name: text, "v": "2", "run": "kept", "utm_source": "mail"})
    assert (
        len(link.ignored) == 1
        and link.ignored[0].startswith(name.split("=")[0][:30])
        and len(link.ignored[0]) <= 60
    )
    assert link.ignored[0].isprintable()
    assert (link.prompt, link.seed, link.settings) == (None, 0, {})
    assert link.painters == (("pixels",) if text == "pixels,rembrandt" else tuple(PAINTERS))


def test_settings_that_contradict_each_other_fall_back_together():
    link = links.read_link(
        {"diffusion.guide_start": "0.9", "diffusion.guide_stop": "0.1", "pixels.steps": "7", "v": "2"}
    )
    assert link.settings == {"pixels": {"steps": 7}}
    assert link.ignored == ("diffusion.guide_start=0.9", "diffusion.guide_stop=0.1")


@pytest.mark.parametrize("seed", range(40))
def test_no_address_makes_reading_raise(seed):
    rng = random.Random(seed)
    letters = string.printable + "ü🦊\x00\ud800²"
    names = [*NAMES, "seed", "painters", "prompt", "v", ".", "x.", "run", "b", "step"]

    def noise():
        return "".join(rng.choices(letters, k=rng.randint(0, 60)))

    address = {rng.choice([*names, noise()]): rng.choice([noise(), "1", "nan", "raw"]) for _ in range(12)}
    link = links.read_link(address)
    RunRequest.make(
        link.prompt or "a",
        link.seed,
        "miniature",
        link.painters,
        **{p: link.settings.get(p, {}) for p in link.painters},
    )


# In the page


def test_a_link_to_settings_fills_the_form_and_runs_nothing(pack):  # noqa: F811
    test = opened(prompt="a blue rabbit on grass", seed="5", painters="pixels,vqgan", **{"pixels.steps": "7"})
    assert test.text_input(key="prompt").value == "a blue rabbit on grass"
    assert (test.number_input(key="seed").value, test.session_state["knob:pixels:steps"]) == (5, 7)
    assert not test.toggle(key="painter:diffusion").value
    assert "press Run to paint it" in told(test)[0]
    assert resources.store().recent() == []
    press(test, "Run")
    assert shown(test).request.settings["pixels"].steps == 7 and "run" in test.query_params


def test_a_link_to_settings_that_are_stored_shows_their_run_at_once(pack):  # noqa: F811
    first = opened(prompt=EXAMPLES[0], **{"pixels.steps": "9"})
    press(first, "Run")
    for run in ({}, {"run": "b" * 26}):  # the run of another server, too
        second = opened(prompt=EXAMPLES[0], **{"pixels.steps": "9"}, **run)
        assert shown(second).id == shown(first).id
        assert told(second) == []


def test_a_link_never_loses_parameters_of_others(pack):  # noqa: F811
    test = opened(
        prompt=EXAMPLES[0], step="40", axis="seconds", view="presenter", utm_source="mail", b="a" * 26
    )
    press(test, "Run")
    kept = {name: test.query_params[name] for name in ("step", "axis", "view", "utm_source")}
    assert {name: value if isinstance(value, str) else value[0] for name, value in kept.items()} == {
        **{"step": "40", "axis": "seconds", "view": "presenter", "utm_source": "mail"}
    }


def test_junk_in_a_link_is_named_in_one_sentence(pack):  # noqa: F811
    test = opened(
        prompt="x" * 2000,
        seed="abc",
        **{"pixels.steps": "99999", "pixels.brush": "1", "rembrandt.steps": "3"},
    )
    (sentence,) = [text.replace("\\", "") for text in told(test)]
    for named in (
        "prompt of 2000 characters",
        "seed=abc",
        "pixels.steps=99999",
        "pixels.brush=1",
        "rembrandt.steps=3",
    ):
        assert f"“{named}”" in sentence
    assert test.text_input(key="prompt").value == EXAMPLES[0]
    assert test.session_state["knob:pixels:steps"] == 100


@pytest.mark.parametrize("seed", range(12))
def test_no_address_brings_a_traceback_onto_the_page(pack, seed):  # noqa: F811
    rng = random.Random(seed)
    names = rng.sample([*NAMES, "seed", "painters", "prompt", "run", "b", "sweep", "step", "x.y"], 8)
    values = ["", "0", "1", "-1", "nan", "1e400", "raw", "a" * 26, "x" * 2000, "ü🦊", "<b>", "${x}", "[a](b)"]
    test = opened(**{name: rng.choice(values) for name in names})
    assert not test.error, "nothing in a link is the visitor's mistake"
    if rng.random() < 0.5:
        press(test, "Run")


def test_the_address_of_the_page_as_anybody_finds_it_stays_bare(pack, monkeypatch):  # noqa: F811
    said = []
    monkeypatch.setattr(
        "app.components.copy_link._component.show", lambda key, data: said.append(data["settings"])
    )
    test = opened()
    assert said[-1] == {}
    checked(opened_drawers(test).number_input(key="knob:vqgan:cutouts").set_value(3).run())
    assert said[-1] == {"prompt": EXAMPLES[0], "v": "2", "vqgan.cutouts": "3"}
    press(test, "Reset")
    assert said[-1] == {}
    press(test, "Run")
    assert said[-1] == {"prompt": EXAMPLES[0], "v": "2"}, "a run in the address brings its settings"


def test_a_run_kept_as_b_travels_in_the_address(pack):  # noqa: F811
    test = press(opened(), "Run")
    first = shown(test).id
    press(test, "Keep as B")
    assert test.query_params["b"] in (first, [first])
    checked(test.number_input(key="seed").set_value(4).run())
    press(test, "Run")
    second = shown(test).id
    assert any("seed 4 instead of 0" in caption.value for caption in test.caption)
    press(test, "Swap")
    assert shown(test).id == first and test.number_input(key="seed").value == 0
    assert test.query_params["b"] in (second, [second])
    press(test, "Remove B")
    assert "b" not in test.query_params
    assert button(test, "Keep as B")
    press(test, "Previous as B")
    assert test.query_params["b"] in (second, [second])


def test_a_link_never_lets_a_stranger_cancel(pack):  # noqa: F811
    mine = press(opened(prompt=EXAMPLES[0]), "Run")
    stranger = opened(run=shown(mine).id, prompt=EXAMPLES[0])
    assert button(stranger, "Cancel").disabled
    assert not resources.store().queue.request_cancel(shown(mine).id, "guessed")
    assert OWNER_COOKIE not in stranger.query_params
