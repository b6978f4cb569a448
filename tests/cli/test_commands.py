"""The command line: what it writes, what it says, and its exit status."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

import core.execute
import core.exports.figure
import core.packs
import core.storage.run_folder
from core.__main__ import main
from core.base.errors import OutputError
from core.base.images import encode_png, read_image, write_png
from tests.support.fake_pack import FakePack, FakePainter, painters

ROOT = Path(__file__).parents[2]
PROMPT = "a red fox in snow"


def arguments(out, *more, prompt=PROMPT, pack="miniature"):
    return ["run", "--prompt", prompt, "--out", str(out), "--pack", str(pack), *more]


def table(out):
    with open(out / "metrics.csv", newline="") as file:
        return list(csv.DictReader(file))


def held(out):
    return json.loads((out / "run.json").read_text())


def complaint(capsys):
    """The one line on standard error."""
    said = capsys.readouterr()
    told = [line for line in said.out.splitlines() if not line.startswith("Painted: ")]  # of a run before
    assert told == [] and said.err.count("\n") == 1 and "Traceback" not in said.err
    return said.err


@pytest.fixture
def fake(monkeypatch, tiny_pack):
    """Painters, models and drawing without torch or charts; only the manifest is the tiny pack's.

    Returns its folder.
    """
    monkeypatch.setattr(core.packs, "open_pack_limited", lambda name: FakePack())
    monkeypatch.setattr(
        core.exports.figure, "figure_png", lambda sheet: encode_png(next(iter(sheet.images.values())))
    )
    use(monkeypatch)
    return tiny_pack.folder


def use(monkeypatch, **others):
    classes = painters(**others)
    monkeypatch.setattr(core.execute, "painter_classes", lambda: classes)


def test_run_writes_metrics_frames_figure_and_description(tiny_pack, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CTJP_THREADS", "1")
    outs = [tmp_path / "one", tmp_path / "two"]
    for out in outs:
        assert main(arguments(out, "--steps", "2", "--seed", "3", pack=tiny_pack.folder)) == 0
    said = capsys.readouterr()
    assert said.err == ""  # no progress where there is no terminal
    assert said.out.splitlines() == [
        f"Painted: “{PROMPT}” by Pixel ascent, VQGAN+CLIP, Guided diffusion, "
        f"9 frames, metrics.csv and figure.png in {out}."
        for out in outs
    ]
    rows = [table(out) for out in outs]
    assert list(rows[0][0])[:6] == ["painter", "step", "seconds", "score", "heldout", "realism"]
    assert [(r["painter"], r["step"]) for r in rows[0]] == [
        (p, str(s)) for s in range(3) for p in ("pixels", "vqgan", "diffusion")
    ]
    assert [{**r, "seconds": 0} for r in rows[0]] == [{**r, "seconds": 0} for r in rows[1]]
    frames = [sorted((out / "frames").glob("*/*.png")) for out in outs]
    assert [p.name for p in frames[0][:3]] == ["00000.png", "00001.png", "00002.png"] and len(frames[0]) == 9
    assert [p.read_bytes() for p in frames[0]] == [p.read_bytes() for p in frames[1]]
    assert held(outs[0])["status"] == "done" and held(outs[0])["pack_hash"] == tiny_pack.hash
    assert read_image(outs[0] / "figure.png").shape[1] == 1800


def test_options_reach_the_painters(fake, tmp_path):
    options = ["--painters", "diffusion, pixels", "--steps", "3", "--pixels-steps", "2"]
    options += ["--pixels-canvas", "fourier", "--diffusion-guidance-strength", "0.5", "--seed", "7"]
    assert main(arguments(tmp_path / "out", *options, pack=fake)) == 0
    assert held(tmp_path / "out")["seed"] == 7
    settings = held(tmp_path / "out")["settings"]
    assert list(settings) == ["pixels", "diffusion"]
    assert (settings["pixels"]["steps"], settings["diffusion"]["steps"]) == (2, 3)
    assert (settings["pixels"]["canvas"], settings["diffusion"]["guidance_strength"]) == ("fourier", 0.5)


def test_extras_are_written_when_asked_for(fake, tmp_path):
    main(arguments(tmp_path / "plain", "--steps", "2", pack=fake))
    main(arguments(tmp_path / "full", "--steps", "2", "--pixels-steps", "50", "--extras", pack=fake))
    assert not (tmp_path / "plain" / "extras").exists()
    found = {
        painter: len(list((tmp_path / "full" / "extras" / painter).glob("*-gradient.png")))
        for painter in ("pixels", "vqgan")
    }
    assert found == {"pixels": 51, "vqgan": 3}, "of every step"


def test_extras_are_added_to_a_run_that_is_there_and_only_if_it_comes_out_the_same(fake, tmp_path, capsys):
    out = tmp_path / "out"
    main(arguments(out, "--steps", "50", pack=fake))
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    assert main(["extras", str(out)]) == 0
    assert [path.name for path in sorted((out / "extras" / "vqgan").iterdir())][:2] == [
        "00000-gradient.webp",
        "00003-gradient.webp",
    ]
    assert before == {path: path.read_bytes() for path in before}
    write_png(out / "frames" / "pixels" / "00003.png", read_image(out / "frames" / "pixels" / "00050.png"))
    assert main(["extras", str(out)]) == 2
    assert "Step 3 of pixels comes out different" in complaint(capsys)
    assert main(["extras", str(tmp_path)]) == 2
    assert "does not hold a run" in complaint(capsys)


BAD = [
    ({"prompt": ""}, [], "The prompt is empty"),
    ({"prompt": "x" * 2000}, [], "2000 characters; at most 300"),
    ({}, ["--steps", "0"], "steps is 0; it takes 1 to 500"),
    ({}, ["--steps", "-1"], "steps is -1;"),
    ({}, ["--steps", "1000000"], "steps is 1000000;"),
    ({}, ["--steps", "many"], "steps is 'many';"),
    ({}, ["--seed", "-1"], "whole number from 0"),
    (
        {},
        ["--painters", "pixels,rembrandt"],
        "Unknown painter 'rembrandt'; choose from pixels, vqgan, diffusion",
    ),
    ({}, ["--painters", ""], "No painter is chosen"),
    ({}, ["--painters", "pixels", "--vqgan-steps", "3"], "vqgan is not among --painters"),
    ({}, ["--diffusion-mode", "blind"], "judge, text, both"),
    ({}, ["--brush", "3"], "unrecognized arguments: --brush"),
    ({"pack": "nonesuch"}, [], "Unknown model pack 'nonesuch'"),
]


@pytest.mark.parametrize(("changed", "options", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_input_is_one_line_and_exit_2_and_leaves_nothing(changed, options, message, tmp_path, capsys):
    assert main(arguments(tmp_path / "new" / "out", *options, **changed)) == 2
    assert message in complaint(capsys)
    assert not (tmp_path / "new").exists()


def test_emoji_prompt_is_refused_by_the_judge_and_leaves_nothing(tiny_pack, tmp_path, capsys):
    assert main(arguments(tmp_path / "out", prompt="🦊🦊", pack=tiny_pack.folder)) == 2
    assert "knows no word" in complaint(capsys) and not (tmp_path / "out").exists()


def test_altered_weights_are_refused(tiny_pack, tmp_path, capsys):
    pack = shutil.copytree(tiny_pack.folder, tmp_path / "pack")
    weights = pack / tiny_pack.manifest["models"]["judge"]["file"]
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    assert main(arguments(tmp_path / "out", pack=pack)) == 2
    assert "altered" in complaint(capsys) and not (tmp_path / "out").exists()
    assert main(["packs", "verify", str(pack)]) == 2


def test_folder_that_cannot_be_written(fake, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "inside", Path("/proc/nowhere")):
        assert main(arguments(out, pack=fake)) == 2
        assert f"Cannot write to the folder {out}" in complaint(capsys)
    assert (tmp_path / "file").read_text() == "mine"


def test_another_run_is_replaced_only_by_force_and_nothing_else_is_touched(fake, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(arguments(out, "--steps", "4", "--extras", pack=fake)) == 0
    (out / "frames" / "vqgan" / "notes.png").write_text("mine")
    other = arguments(out, "--painters", "pixels", "--steps", "2", pack=fake)
    assert main(other) == 2
    assert "already holds another run" in complaint(capsys) and len(table(out)) == 15
    assert main([*other, "--force"]) == 0
    frames = [f"frames/pixels/{step:05d}.png" for step in range(3)]
    pictures = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))
    assert pictures == ["figure.png", *frames, "frames/vqgan/notes.png"]
    assert main(other) == 0  # the same run again


def test_files_of_others_are_not_overwritten(fake, tmp_path, capsys):
    (tmp_path / "metrics.csv").write_text("mine")
    assert main(arguments(tmp_path, pack=fake)) == 2
    assert "--force" in complaint(capsys) and (tmp_path / "metrics.csv").read_text() == "mine"


def test_ctrl_c_keeps_what_is_painted_and_exits_130(fake, tmp_path, monkeypatch, capsys):
    class Interrupted(FakePainter):
        def frames(self):
            for frame in super().frames():
                if frame.step == 3:
                    signal.raise_signal(signal.SIGINT)
                yield frame

    use(monkeypatch, pixels=type("pixels", (Interrupted,), {"name": "pixels"}))
    before = signal.getsignal(signal.SIGINT)
    assert main(arguments(tmp_path / "out", "--painters", "pixels", pack=fake)) == 130
    assert [r["step"] for r in table(tmp_path / "out")] == ["0", "1", "2", "3"]
    assert held(tmp_path / "out")["status"] == "stopped" and (tmp_path / "out" / "figure.png").exists()
    assert signal.getsignal(signal.SIGINT) is before and capsys.readouterr().err == ""


def test_full_disk_is_one_line_and_what_is_painted_stays(fake, tmp_path, monkeypatch, capsys):
    write, written = core.storage.run_folder.write_png, []

    def until_full(path, image, text=None):
        if len(written) == 5:
            raise OutputError(f"Cannot write {path}: No space left on device.")
        written.append(path)
        write(path, image, text)

    monkeypatch.setattr(core.storage.run_folder, "write_png", until_full)
    assert main(arguments(tmp_path / "out", pack=fake)) == 2
    assert "No space left on device" in complaint(capsys)
    assert len(table(tmp_path / "out")) == 5 and held(tmp_path / "out")["status"] == "failed"


def test_a_bug_is_one_line_unless_the_traceback_is_asked_for(fake, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(core.packs, "open_pack_limited", lambda name: 1 / 0)
    monkeypatch.delenv("CTJP_DEBUG", raising=False)
    assert main(arguments(tmp_path / "out", pack=fake)) == 1
    assert "ZeroDivisionError: division by zero. Rerun with CTJP_DEBUG=1" in complaint(capsys)
    monkeypatch.setenv("CTJP_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(arguments(tmp_path / "out", pack=fake))


def test_progress_on_a_terminal(fake, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(arguments(tmp_path / "out", "--steps", "3", pack=fake)) == 0
    said = capsys.readouterr()
    assert all(f"{label}" in said.err for label in ("Pixel ascent", "VQGAN+CLIP", "Guided diffusion", "3/3"))
    assert said.out.startswith("Painted: ") and said.out.count("\n") == 1


def test_figure_is_drawn_again(fake, tmp_path, capsys):
    main(arguments(tmp_path / "out", "--steps", "2", pack=fake))
    first = (tmp_path / "out" / "figure.png").read_bytes()
    (tmp_path / "out" / "figure.png").unlink()
    assert main(["figure", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "figure.png").read_bytes() == first
    assert main(["figure", str(tmp_path)]) == 2


def test_packs_are_listed_and_verified(tiny_pack, capsys):
    assert main(["packs", "list"]) == 0
    assert main(["packs", "verify", str(tiny_pack.folder)]) == 0
    said = capsys.readouterr().out
    assert tiny_pack.hash in said and all(name in said for name in tiny_pack.manifest["models"])


def test_worker_and_train_get_their_arguments(monkeypatch):
    got = []
    monkeypatch.setitem(
        sys.modules,
        "core.service.painter_process",
        types.SimpleNamespace(main=lambda *a, **named: got.append((*a, named)) or 75),
    )
    monkeypatch.setitem(
        sys.modules, "core.cli.train", types.SimpleNamespace(main=lambda argv: got.append(argv))
    )
    assert main(["worker", "--store", "here", "--pack", "tiny", "--workers", "ray"]) == 75
    assert main(["train", "judge", "--steps", "3", "--help"]) == 0
    assert got == [("here", "tiny", {"workers": "ray"}), ["judge", "--steps", "3", "--help"]]


def test_help_is_quick_and_loads_nothing_heavy():
    script = (
        "import sys, time\nfrom core.__main__ import main\n"
        "try:\n    main(['run', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'PIL', 'altair', 'streamlit'} & set(sys.modules)\n"
        "print(f'{time.process_time():.3f} {heavy}', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    seconds, heavy = done.stderr.split(maxsplit=1)
    assert "--pixels-learning-rate" in done.stdout and heavy.strip() == "set()" and float(seconds) < 0.5


def test_real_process_exits_2_with_one_line(tmp_path):
    command = [sys.executable, "-m", "core", *arguments(tmp_path / "out", prompt=" ")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (
        done.returncode == 2 and done.stdout == "" and done.stderr.startswith("Error: The prompt is empty.")
    )
