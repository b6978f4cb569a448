"""The pages' logic, without a browser: what a click does to the store, and what a person is told."""

import logging
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.components import messages
from app.views import how_to_read
from core.base.request import MAX_PROMPT
from core.base.settings import PAINTERS, settings_of
from tests.conftest import EXAMPLES
from tests.support.app_pages import (
    button,
    checked,
    forget_caches,
    opened,
    opened_drawers,
    press,
    shown,
    told,
)
from tests.support.serving import example_request, invented_steps, pack_with_example


def test_the_page_opens_with_the_example_s_form(pack):
    test = opened()
    assert test.text_input(key="prompt").value == EXAMPLES[0]
    assert told(test) == []
    assert button(test, "Cancel").disabled
    assert resources.store().recent() == []


def test_the_example_that_comes_with_the_pack_is_imported_once(bare_pack, tmp_path, monkeypatch):
    folder = pack_with_example(bare_pack, tmp_path / "pack")
    monkeypatch.setenv("CTJP_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("CTJP_PACK", str(folder))
    forget_caches()
    opened()
    opened()
    (run,) = resources.store().recent()
    assert (run.id, run.status) == (resources.example_id(), "done")
    forget_caches()


def test_run_queues_what_the_form_says(pack):
    test = opened_drawers(opened())
    test.text_input(key="prompt").set_value("a blue rabbit on grass")
    test.number_input(key="seed").set_value(5)
    test.toggle(key="painter:vqgan").set_value(False)
    test.number_input(key="knob:pixels:steps").set_value(7)
    press(test, "Run")
    run = shown(test)
    assert run.status == "queued"
    assert (run.request.prompt, run.request.seed, run.request.painters) == (
        "a blue rabbit on grass",
        5,
        ("pixels", "diffusion"),
    )
    assert run.request.settings["pixels"].steps == 7
    assert run.request.settings["diffusion"] == PAINTERS["diffusion"]()


def test_whoever_started_a_run_may_cancel_it_and_nobody_else(pack):
    mine = press(opened(), "Run")
    run_id = shown(mine).id
    assert not button(mine, "Cancel").disabled
    stranger = opened(run=run_id)
    assert button(stranger, "Cancel").disabled
    press(mine, "Cancel")
    assert resources.store().get(run_id).status == "stopped"
    assert button(mine, "Cancel").disabled


def test_cancelling_too_late_is_said(pack):
    test = press(opened(), "Run")
    resources.store().queue.set_status(shown(test).id, "done")
    press(test, "Cancel")
    assert "nothing to cancel" in told(test)[0]


def test_a_link_brings_its_form_along(pack):
    first = opened_drawers(opened())
    first.text_input(key="prompt").set_value("a blue rabbit on grass at sunset")
    first.number_input(key="knob:vqgan:cutouts").set_value(3)
    first.toggle(key="painter:pixels").set_value(False)
    press(first, "Run")
    second = opened(run=shown(first).id)
    assert second.text_input(key="prompt").value == "a blue rabbit on grass at sunset"
    assert opened_drawers(second).number_input(key="knob:vqgan:cutouts").value == 3
    assert not second.toggle(key="painter:pixels").value


def test_the_same_run_again_is_shown_at_once(pack):
    test = press(opened(), "Run")
    run_id = shown(test).id
    resources.store().queue.set_status(run_id, "done")
    press(test, "Run")
    assert shown(test).id == run_id
    assert "already exists" in told(test)[0]


def test_a_failed_run_is_queued_again(pack):
    test = press(opened(), "Run")
    run_id = shown(test).id
    resources.store().queue.set_status(run_id, "failed", "Killed.")
    press(test, "Run")
    assert (shown(test).id, shown(test).status) == (run_id, "queued")


def test_words_that_the_judge_never_saw_are_named_while_typing(pack):
    test = opened()
    checked(test.text_input(key="prompt").set_value("a red unicorn on a trampoline, unicorn 🚲").run())
    (warning,) = told(test)
    assert "do not know “unicorn”, “trampoline”, “🚲”, so they read “a red on a”" in warning
    assert any(part.label.endswith("words they know") for part in test.expander)
    checked(test.text_input(key="prompt").set_value("a red fox").run())
    assert told(test) == []


def test_how_a_weighted_prompt_is_read_and_what_is_cut_off_is_said_while_typing(pack):
    test = opened()
    assert not any(caption.value.startswith("Read as") for caption in test.caption)
    checked(test.text_input(key="prompt").set_value("red fox:2 | snow:-1").run())
    assert "Read as: red fox ×2, snow ×−1" in [caption.value for caption in test.caption]
    assert told(test) == []
    checked(test.text_input(key="prompt").set_value("red fox:1,5 | red house").run())
    assert any("is read as text, not as a weight" in said for said in told(test))
    checked(test.text_input(key="prompt").set_value("a " * 75 + "red fox").run())
    assert "does not read “red”, “fox”" in told(test)[0]
    test.text_input(key="prompt").set_value("red fox:0 | snow:0")
    press(test, "Run")
    assert "Every weight in the prompt is 0" in test.error[0].value
    assert resources.store().recent() == []


def test_a_name_in_markdown_stays_text(pack):
    test = opened()
    checked(test.text_input(key="prompt").set_value("a_b [fox](https://example.org)").run())
    assert "](" not in told(test)[0]


def test_one_note_says_that_no_word_is_known(pack):
    test = opened()
    checked(test.text_input(key="prompt").set_value("zzz qqq").run())
    typed = told(test)
    assert len(typed) == 1 and "knows no word of" in typed[0]
    press(test, "Run")
    assert told(test) == typed


BAD = {
    "": "The prompt is empty",
    "   ": "The prompt is empty",
    "🎨🖌️": "knows no word of",
    "zzz qqq": "knows no word of",
    "red fox " * 250: f"at most {MAX_PROMPT}",
}


@pytest.mark.parametrize("prompt", BAD, ids=["empty", "blank", "emoji", "unknown", "long"])
def test_a_bad_prompt_gets_one_sentence_and_no_run(pack, prompt):
    test = opened()
    test.text_input(key="prompt").set_value(prompt)
    press(test, "Run")
    sentence = test.error[0].value.replace("\\", "")
    assert BAD[prompt] in sentence
    assert resources.store().recent() == []


def test_no_painter_gets_one_sentence(pack):
    test = opened()
    for painter in PAINTERS:
        test.toggle(key=f"painter:{painter}").set_value(False)
    press(test, "Run")
    assert "No painter is chosen" in test.error[0].value
    assert resources.store().recent() == []


def test_settings_that_contradict_each_other_get_one_sentence(pack):
    test = opened_drawers(opened())
    test.number_input(key="knob:diffusion:guide_start").set_value(0.9)
    test.number_input(key="knob:diffusion:guide_stop").set_value(0.1)
    press(test, "Run")
    assert "lies after" in test.error[0].value
    assert resources.store().recent() == []


@pytest.mark.parametrize("junk", ["nonsense", "a" * 26, "../../etc/passwd"])
def test_a_run_that_is_not_here_is_said(pack, junk):
    assert "not stored here" in told(opened(run=junk))[0]


def test_every_knob_is_offered_with_its_own_bounds_default_and_help(pack):
    test = opened_drawers(opened())
    fields = {f.key: f for f in [*test.number_input, *test.selectbox]}
    sentences = [caption.value for caption in test.caption]
    for painter, settings in PAINTERS.items():
        for knob in settings_of(settings):
            field = fields[f"knob:{painter}:{knob.name}{':kind' if knob.read else ''}"]
            assert (field.label, field.value) == (knob.label, knob.default)
            assert messages.escape_markdown(knob.help) in sentences, (
                "what a knob does is read without hovering"
            )
            if knob.read:
                assert "a picture of yours" in field.options
                assert ("mid-grey" in field.options) == (painter == "pixels")
            elif knob.name == "judge":
                assert tuple(field.options) == ("judge",)  # the only one that this pack has
            elif knob.choices:
                assert tuple(field.options) == knob.choices
            else:
                assert (field.min, field.max) == (knob.low, knob.high)


def test_a_store_that_cannot_be_used_is_one_sentence(pack, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("CTJP_STORE", str(blocked))
    resources.store.cache_clear()
    test = opened()
    assert len(test.error) == 1 and "CTJP" in test.error[0].value.replace("\\", "")


def test_a_pack_that_is_not_there_is_one_sentence(pack, monkeypatch):
    monkeypatch.setenv("CTJP_PACK", "no-such-pack")
    resources.manifest.cache_clear()
    test = opened()
    assert len(test.error) == 1 and "no" in test.error[0].value and "pack" in test.error[0].value


def test_a_bug_is_one_sentence_and_logged(pack, monkeypatch, caplog):
    def broken():
        raise RuntimeError("secret detail")

    monkeypatch.setattr(resources, "known_words", broken)
    with caplog.at_level(logging.ERROR, logger="app"):
        test = opened()
    assert [e.value for e in test.error] == [messages.BUG_MESSAGE]
    assert "secret detail" in caplog.text


def test_how_to_read_shows_the_pack_s_own_figures(pack):
    test = AppTest.from_string(
        "from app.views import how_to_read\nhow_to_read.page()", default_timeout=30
    ).run()
    checked(test)
    text = " ".join(element.value for element in [*test.markdown, *test.caption])
    assert "held-out judge" in text.lower() and "cannot see" in text
    assert "A \\<b\\>bare\\</b\\> pack" in text, "a pack's title is text, not HTML"
    tables = " ".join(table.value.to_string() for table in test.table)
    for figure in ("0.6", "0.99", "19\u202f000", "0.791", "1\u202f234\u202f567"):
        assert figure in tables


def test_model_facts_show_what_the_manifest_says_and_nothing_else():
    assert how_to_read.model_facts({}) == {}
    facts = how_to_read.model_facts(
        {"bytes": 1000, "figures": {"psnr": 27.123456, "per_step": {"a": 1}}, "sha256": "ab"}
    )
    assert facts == {"bytes": "1\u202f000", "figures: psnr": "27.1", "figures: per step": "a 1"}


def test_invented_runs_cover_every_painter_and_step(tmp_path):
    request = example_request(tmp_path)
    steps = list(invented_steps(request))
    assert len(steps) == sum(settings.steps + 1 for settings in request.settings.values())


def test_no_visitor_waits_for_a_page_s_module(monkeypatch):
    from app import main, views

    imported = []
    monkeypatch.setattr(main.importlib, "import_module", imported.append)
    main._import_views()
    names = {path.stem for path in Path(views.__file__).parent.glob("*.py")} - {"__init__"}
    assert len(names) >= 15 and sorted(imported) == sorted(f"app.views.{name}" for name in names)
