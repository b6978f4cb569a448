"""What `run`, `sweep` and `rank` say about a prompt before they begin."""

import pytest

from core.__main__ import main
from core.cli.prompt_notes import tell_about_prompt


def test_how_a_weighted_prompt_is_read_is_said_and_what_is_cut_off(tiny_pack, capsys):
    def said(prompt: str) -> list[str]:
        tell_about_prompt(prompt, str(tiny_pack.folder), tiny_pack.manifest)
        return capsys.readouterr().err.splitlines()

    assert said("a red fox in snow") == []
    assert said("red fox:2 | snow:-1") == ["Read as: red fox ×2, snow ×−1"]
    read, cut = said(f"{'red fox ' * 6}:2 | snow:-1")  # its judge reads ten pieces
    assert read.endswith("fox ×2, snow ×−1") and "does not read red, fox in" in cut
    assert any("Write “:1.5”." in line for line in said("red fox:1,5 | snow"))
    (unknown,) = said("red zebra:2 | snow:-1")
    assert "zebra" in unknown and "red ×2, snow ×−1" in unknown


@pytest.mark.parametrize("prompt", ["fox:0 | snow:0", "fox:nan", "fox:1e400", "fox:99999"])
def test_a_prompt_whose_weights_are_refused_is_not_said_to_be_read(prompt, tiny_pack, tmp_path, capsys):
    command = ["run", "--prompt", prompt, "--out", str(tmp_path / "out"), "--pack", str(tiny_pack.folder)]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert said.startswith("Error: ") and said.count("\n") == 1 and "weight" in said.lower()
