"""In the wild: every command, link and hook that the page shows does what it says."""

import shlex

import pytest
import torch

from core import links
from core.__main__ import build_parser
from core.lesson.wild import HOOKS, LATEST, PLACES, PROMPT, USE_HOOKS
from core.settings import PAINTERS, RunRequest
from tests.test_docs import addresses_of_pages


def parsed(command):
    """Arguments of a command as the page shows it."""
    python, dash_m, core, *rest = shlex.split(command)
    assert (python, dash_m, core) == ("python", "-m", "core")
    return build_parser().parse_args(rest)


COMMANDS = [command for place in PLACES for command in place.commands]
LINKS = [link for place in PLACES for link in place.links]


def test_each_place_has_something_that_does_its_job():
    assert len(PLACES) == 5 and all(place.commands or place.code for place in PLACES)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_accepted(command):
    arguments = parsed(command)
    assert callable(arguments.command)
    if "run" in command.split():
        from core.commands import _request

        assert isinstance(_request(arguments), RunRequest)


@pytest.mark.parametrize(("label", "path", "parameters"), LINKS)
def test_links_lead_somewhere_and_nothing_in_them_is_refused(label, path, parameters):
    assert path in addresses_of_pages() and links.read(parameters).junk == ()


def test_the_notebooks_link_and_its_command_ask_for_the_same():
    from core.commands import _request

    (notebook,) = (place for place in PLACES if "notebooks" in place.name)
    link, request = links.read(notebook.links[0][2]), _request(parsed(notebook.commands[0]))
    assert (link.prompt, link.painters, link.seed) == (request.prompt, request.painters, request.seed)
    assert links.of(request) == notebook.links[0][2] and set(PAINTERS) - set(link.painters)


def test_touchdesigners_expression_is_an_expression():
    class Table(dict):
        numRows = 3

    assert eval(LATEST, {"op": lambda name: Table({(2, "path"): f"{name}/2.png"})}) == "folder1/2.png"


# The hooks, run as they are shown, on a pipeline of diffusers with tiny random models


@pytest.fixture(scope="module")
def pipeline():
    """Makes a StableDiffusionPipeline without a text encoder: prompts come as embeddings."""
    diffusers = pytest.importorskip("diffusers")

    def make(prediction):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            unet = diffusers.UNet2DConditionModel(
                sample_size=8, block_out_channels=(16,), layers_per_block=1, down_block_types=("CrossAttnDownBlock2D",),
                up_block_types=("CrossAttnUpBlock2D",), cross_attention_dim=8, attention_head_dim=8, norm_num_groups=8,
            )  # fmt: skip
            vae = diffusers.AutoencoderKL(block_out_channels=(16, 16), down_block_types=("DownEncoderBlock2D",) * 2,
                                          up_block_types=("UpDecoderBlock2D",) * 2, norm_num_groups=8)  # fmt: skip
        scheduler = diffusers.DDIMScheduler(prediction_type=prediction, clip_sample=False, steps_offset=1)
        pipe = diffusers.StableDiffusionPipeline(
            vae, None, None, unet, scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
        pipe.set_progress_bar_config(disable=True)
        return pipe

    return make


def embedded(pipe, **more):
    """Call a pipeline as a prompt's owner would, with an embedding for the prompt."""
    return pipe(
        prompt_embeds=torch.zeros(1, 4, 8), negative_prompt_embeds=torch.zeros(1, 4, 8), num_inference_steps=4, height=16, width=16,
        generator=torch.Generator().manual_seed(0), output_type="pt", **more,
    )  # fmt: skip


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_the_hooks_guide_and_measure(pipeline, tiny_pack, prediction):
    shown = {}
    exec(compile(HOOKS.read_text("utf-8"), str(HOOKS), "exec"), shown)
    score = lambda found: tiny_pack.judge.score(found.images.float(), tiny_pack.judge.encode(PROMPT))  # noqa: E731
    plain = score(embedded(pipeline(prediction)))
    scores, told = [], []
    for strength in (0.0, 0.5):
        pipe = pipeline(prediction)
        shown["guide"](pipe, PROMPT, tiny_pack, strength)
        scores.append(score(embedded(pipe, callback_on_step_end=shown["watch"](PROMPT, tiny_pack, told.append))))
    assert scores[0] == pytest.approx(plain, abs=1e-4)  # without strength the sampler is as it was
    assert scores[1] > plain + 0.02
    assert len(told) == 8 and all("held-out" in line and "realism" in line for line in told)


def test_the_text_that_uses_the_hooks_runs_as_it_is(pipeline, tiny_pack, monkeypatch, capsys):
    import core.packs

    pipe = pipeline("epsilon")
    monkeypatch.setattr(core.packs, "open_pack", lambda name: tiny_pack)
    shown = {"pipe": pipe}
    # The only difference: a prompt needs a text encoder, which the tiny pipeline lacks.
    call = type(pipe).__call__
    monkeypatch.setattr(type(pipe), "__call__", lambda self, prompt, **more: call_with(call, self, **more))
    exec(USE_HOOKS, shown)
    assert shown["picture"].size == (16, 16) and capsys.readouterr().out.count("held-out") == 4


def call_with(call, pipe, **more):
    return call(
        pipe, prompt_embeds=torch.zeros(1, 4, 8), negative_prompt_embeds=torch.zeros(1, 4, 8), num_inference_steps=4,
        height=16, width=16, generator=torch.Generator().manual_seed(0), **more,
    )  # fmt: skip
