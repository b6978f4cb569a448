"""The command line warns of words that the models do not know."""

from core.__main__ import main


def test_unknown_words_are_named_on_a_terminal_or_not(tiny_pack, tmp_path, capsys):
    out, pack = str(tmp_path / "out"), str(tiny_pack.folder)
    few = ("--painters", "pixels", "--steps", "1")
    main(["run", "--prompt", "a red zebra", "--out", out, "--pack", pack, *few])
    assert "do not know “zebra”, so they read “a red”" in capsys.readouterr().err
