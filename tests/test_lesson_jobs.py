"""What the lesson pages ask for: refused or computed, stored once, done a slice at a time beside everything else."""

import json
import types

import numpy as np
import pytest

from core.errands import Errands
from core.errors import SettingError, StoreError
from core.images import encode_png, read_image, to_tensor, to_uint8
from core.lesson import codebook, commands, jobs, noise, pictures, work
from core.store import RunStore

SIDE, CODES = 8, 16  # of the tiny pack
FIGURES = {"score", "heldout", "realism"}


@pytest.fixture
def store(tmp_path):
    with RunStore(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def lessons(store, monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "SHOWN", tmp_path / "shown")
    return jobs.Lessons(store)


def finished(computing):
    """(shares it told, data, pictures decoded) of a computation in slices."""
    shares = []
    while True:
        try:
            shares.append(next(computing))
        except StopIteration as end:
            data, made = end.value
            return shares, data, {name: read_image(content) for name, content in made.items()}


def code_picture(pack, request):
    _, data, made = finished(codebook.compute(pack, codebook.check(request, pack.manifest)))
    return data, made["picture.png"]


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("noise", {"scene": "trampoline"}),
        ("noise", {"scene": "fox", "seed": 100}),
        ("noise", {"scene": "fox", "seed": "1"}),
        ("noise", [1]),
        ("codebook", {"scene": ["fox"]}),
        ("codebook", {"scene": "fox", "change": "all"}),
        ("codebook", {"scene": "fox", "change": "shuffle", "seed": -1}),
        ("codebook", {"scene": "fox", "codes": [0] * (SIDE * SIDE - 1)}),
        ("codebook", {"scene": "fox", "codes": [CODES] + [0] * (SIDE * SIDE - 1)}),
        ("codebook", {"scene": "fox", "codes": [True] * SIDE * SIDE}),
        ("codebook", "fox"),
        ("nonsense", {}),
    ],
)
def test_what_cannot_be_computed_is_refused_in_one_sentence(tiny_pack, kind, request_):
    with pytest.raises(SettingError) as caught:
        jobs.make(kind, request_, tiny_pack.folder)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_job_is_named_by_what_determines_it(tiny_pack):
    def name(**request):
        return jobs.make("codebook", {"scene": "fox", **request}, tiny_pack.folder).id

    assert name() == name(change="none", seed=3)  # without a change there is nothing to draw
    assert len({name(), name(change="shuffle"), name(change="shuffle", seed=1), name(change="random")}) == 4
    assert name(change="shuffle") != jobs.make("codebook", {"scene": "duck", "change": "shuffle"}, tiny_pack.folder).id


def test_shuffled_codes_are_the_same_codes_elsewhere(tiny_pack):
    plain, picture = code_picture(tiny_pack, {"scene": "fox"})
    real = pictures.load("fox", tiny_pack.size)
    assert plain["codes"] == codebook.codes_of(tiny_pack, real) and plain["side"] == SIDE
    assert (picture == codebook.decode(tiny_pack, plain["codes"])).all()
    shuffled, other = code_picture(tiny_pack, {"scene": "fox", "change": "shuffle"})
    assert sorted(shuffled["codes"]) == sorted(plain["codes"]) and shuffled["codes"] != plain["codes"]
    assert (picture != other).any()
    random, _ = code_picture(tiny_pack, {"scene": "fox", "change": "random"})
    assert sorted(random["codes"]) != sorted(plain["codes"]) and max(random["codes"]) < CODES
    assert set(plain["figures"]) == FIGURES | {"spelling", "statistics", "manifold"}


def test_codes_by_hand_are_decoded_as_they_are(tiny_pack):
    plain, picture = code_picture(tiny_pack, {"scene": "fox"})
    codes = plain["codes"].copy()
    codes[9] = (codes[9] + 5) % CODES
    edited, changed = code_picture(tiny_pack, {"scene": "fox", "codes": codes})
    assert edited["codes"] == codes and edited["change"] == "by hand"
    assert (picture != changed).any()


def test_spelling_is_small_for_what_the_book_can_say(tiny_pack):
    """On random weights only the order of magnitude is certain: a picture the decoder made is nearer than one it did not."""
    rng = np.random.default_rng(0)
    spelt = codebook.decode(tiny_pack, [0] * SIDE * SIDE)
    assert codebook.spelling(tiny_pack, spelt) < codebook.spelling(tiny_pack, rng.integers(0, 256, (32, 32, 3)).astype(np.uint8))


def test_the_palette_holds_every_code_once(tiny_pack):
    shares, data, made = finished(codebook.compute(tiny_pack, {"palette": True}))
    assert sorted(data["order"]) == list(range(CODES)) and data["columns"] == 6 and shares == sorted(shares)
    assert made["palette.webp"].shape == (3 * data["patch"], 6 * data["patch"], 3)
    colours = codebook.to_tensor(made["palette.webp"]).reshape(3, 3, data["patch"], 6, data["patch"]).mean((0, 2, 4))
    across = colours.mean(0)
    assert across[0] > across[3]  # light on the left; the last cells of the last row are empty


@pytest.fixture(scope="module")
def way(tiny_pack):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noise, "encode_webp", lambda image, quality: encode_png(image))  # what is lost to compression is not looked at
        return finished(noise.compute(tiny_pack, noise.check({"scene": "fox", "seed": 4}, tiny_pack.manifest)))


def strip(made, name, size=32):
    """The tiles of a strip, uint8 n×H×W×3."""
    return made[f"{name}.webp"].reshape(size, -1, size, 3).transpose(1, 0, 2, 3)


def test_the_way_into_noise_and_back_is_complete(way):
    shares, data, made = way
    levels = noise.STEPS + 1
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) > levels  # slices, so that a run may go on between them
    assert data["alpha_bar"][0] == 1 and data["alpha_bar"] == sorted(data["alpha_bar"], reverse=True) and data["alpha_bar"][-1] < 1e-3
    assert data["timesteps"][0] == 0 and data["timesteps"] == sorted(data["timesteps"])
    for name in ("forward", "off", "on"):
        assert len(data[name]) == levels and all(set(found) == FIGURES for found in data[name])
    assert all(len(strip(made, name)) == levels for name in ("forward", "off-x0", "on-noisy"))
    assert all(len(found) == len(noise.LEAPS) == len(strip(made, f"{lane}-leaps")) for lane, found in data["leap_figures"].items())
    json.dumps(data)


def test_both_lanes_begin_with_the_noise_that_the_picture_ends_in(way, tiny_pack):
    import torch

    _, _, made = way
    noisy = torch.randn(1, *tiny_pack.denoiser.latent_shape, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        start = to_uint8(tiny_pack.denoiser.decode(noisy)).astype(int)
    for found in (strip(made, "off-noisy")[0], strip(made, "on-noisy")[0], strip(made, "forward")[-1]):
        assert abs(found - start).mean() < 1  # ᾱ of the last level is not quite 0


def test_the_forward_process_is_the_closed_form_in_the_denoisers_latents(way, tiny_pack):
    import torch

    _, data, made = way
    denoiser, level = tiny_pack.denoiser, 8
    epsilon = torch.randn(1, *denoiser.latent_shape, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        clean = denoiser.normalise(tiny_pack.vqgan.encode(to_tensor(pictures.load("fox", 32))))
        a = denoiser.alpha_bar(data["timesteps"][level])
        wanted = to_uint8(denoiser.decode(a**0.5 * clean + (1 - a) ** 0.5 * epsilon)).astype(int)
    assert a == pytest.approx(data["alpha_bar"][level], abs=1e-5)
    assert (strip(made, "forward")[level] == wanted).all()


def test_the_nudge_is_all_that_differs_and_the_leap_is_the_first_guess(way):
    _, data, made = way
    assert data["settings"]["off"]["mode"] == "text" and data["settings"]["on"]["mode"] == "both"
    for lane in noise.LANES:
        assert data["leap_figures"][lane][0] == data[lane][1] and data["leap_figures"][lane][-1] == data[lane][-1]
    assert data["off"][0] == data["on"][0] and data["off"][-1] != data["on"][-1]


def test_what_is_asked_is_computed_once_and_then_there(lessons, store, tiny_pack):
    errands = Errands(store, lambda text: pytest.fail(text))
    name, request = str(tiny_pack.folder), {"scene": "fox", "change": "shuffle"}
    asked = lessons.ask("codebook", request, name)
    assert asked.status == "waiting" and lessons.result(asked.id) is None
    while errands.between_steps({name: tiny_pack}):
        pass
    done = lessons.ask("codebook", request, name)
    assert (done.id, done.status, done.share) == (asked.id, "done", 1)
    assert lessons.result(done.id)["kind"] == "codebook" and read_image(lessons.file(done.id, "picture.png")).shape == (32, 32, 3)
    assert not errands.between_runs({name: tiny_pack}.get)


def test_files_are_given_out_by_known_names_only(lessons):
    assert lessons.get("../../etc") is None and lessons.result("x") is None
    assert lessons.file("0" * 32, "../result.json") is None


def test_another_packs_job_waits_while_a_run_is_painted(lessons, store, tiny_pack):
    lessons.ask("codebook", {"scene": "fox"}, str(tiny_pack.folder))
    errands = Errands(store, lambda text: pytest.fail(text))
    assert not errands.between_steps({"miniature": None})


@pytest.fixture
def told(monkeypatch):
    """A lesson kind whose computation says in which order its slices came."""
    order = []

    def compute(pack, request):
        for part in range(request["parts"]):
            order.append((request["name"], part))
            if request["name"] == "broken":
                raise RuntimeError("no")
            yield (part + 1) / request["parts"]
        return {"name": request["name"]}, {}

    monkeypatch.setitem(jobs.KINDS, "told", types.SimpleNamespace(check=lambda request, manifest: request, compute=compute, CODE=1))
    return order


def test_what_was_asked_last_is_done_first_and_the_rest_goes_on(lessons, store, tiny_pack, told):
    errands, name = Errands(store, lambda text: pytest.fail(text)), str(tiny_pack.folder)
    long = lessons.ask("told", {"name": "long", "parts": 4}, name)
    errands.between_steps({name: tiny_pack})
    assert lessons.get(long.id).share == 0.25
    short = lessons.ask("told", {"name": "short", "parts": 1}, name)
    while errands.between_steps({name: tiny_pack}):
        pass
    assert told == [("long", 0), ("short", 0), ("long", 1), ("long", 2), ("long", 3)]
    assert [lessons.get(job.id).status for job in (long, short)] == ["done", "done"]


def test_a_computation_that_fails_says_so_and_may_be_asked_again(lessons, store, tiny_pack, told):
    logged, name = [], str(tiny_pack.folder)
    errands = Errands(store, logged.append)
    job = lessons.ask("told", {"name": "broken", "parts": 1}, name)
    assert errands.between_steps({name: tiny_pack})
    assert (lessons.get(job.id).status, lessons.get(job.id).reason) == ("failed", work.BUG.format(name="RuntimeError"))
    assert "no" in logged[0]
    assert lessons.ask("told", {"name": "broken", "parts": 1}, name).status == "waiting"


def test_a_vanished_painter_process_fails_what_it_was_computing(lessons, tiny_pack):
    job = lessons.ask("codebook", {"scene": "fox"}, str(tiny_pack.folder))
    assert lessons.take_next().id == job.id
    lessons.recover()
    assert (lessons.get(job.id).status, lessons.get(job.id).reason) == ("failed", jobs.GONE)


def test_too_much_waiting_is_refused_but_what_is_known_is_not(lessons, tiny_pack, told, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_WAITING", 2)
    name = str(tiny_pack.folder)
    for number in (1, 2):
        lessons.ask("told", {"name": str(number), "parts": 1}, name)
    assert lessons.ask("told", {"name": "1", "parts": 1}, name).status == "waiting"
    with pytest.raises(StoreError, match="2 computations"):
        lessons.ask("told", {"name": "3", "parts": 1}, name)


def test_the_oldest_results_give_way(lessons, tiny_pack, told, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_KEPT", 1)
    kept = [lessons.ask("told", {"name": str(number), "parts": 1}, str(tiny_pack.folder)) for number in (1, 2)]
    for job in kept:
        lessons.finish(job.id, {"kind": "told"}, {})
    lessons.tidy()
    assert [lessons.result(job.id) is None for job in kept] == [True, False]
    assert lessons.get(kept[0].id) is None


def test_what_comes_with_the_program_needs_no_painter_process(lessons, tiny_pack, capsys):
    commands._make(str(tiny_pack.folder), "codebook", [{"scene": "fox"}])
    job = lessons.ask("codebook", {"scene": "fox"}, str(tiny_pack.folder))
    assert job.status == "done" and lessons.result(job.id)["scene"] == "fox" and lessons.file(job.id, "picture.png")
    assert lessons.take_next() is None
    commands._make(str(tiny_pack.folder), "codebook", [{"scene": "duck"}])  # in place of what lay there
    assert lessons.ask("codebook", {"scene": "fox"}, str(tiny_pack.folder)).status == "waiting"


def test_the_default_states_are_shipped_and_small():
    wanted = [("noise", {"scene": pictures.DEFAULT}), ("codebook", {"palette": True})]
    wanted += [("codebook", {"scene": scene, "change": change}) for scene in pictures.SCENES for change in codebook.CHANGES]
    sizes = {}
    for kind, request in wanted:
        folder = jobs.SHOWN / jobs.make(kind, request, "miniature").id
        made = f"make it again: python -m core lesson {kind}"
        assert (folder / jobs.RESULT).is_file(), made
        sizes[kind] = sizes.get(kind, 0) + sum(path.stat().st_size for path in folder.iterdir())
    assert all(size <= commands.MOST_BYTES for size in sizes.values()), sizes


def test_the_pictures_are_real_ones_at_any_size():
    for scene in pictures.SCENES:
        assert pictures.load(scene, 128).shape == (128, 128, 3) and pictures.load(scene, 32).shape == (32, 32, 3)
        assert pictures.load(scene, 128).std() > 10
