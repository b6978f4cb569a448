"""What `run`, `sweep` and `rank` say about a prompt before they begin."""

from core.cli.prompt_notes import tell_about_prompt


def test_how_a_weighted_prompt_is_read_is_said_and_what_is_cut_off(tiny_pack, capsys):
    def said(prompt: str) -> list[str]:
        tell_about_prompt(prompt, str(tiny_pack.folder), tiny_pack.manifest)
        return capsys.readouterr().err.splitlines()

    assert said("a red fox in snow") == []
    assert said("red fox:2 | snow:-1") == ["Read as: red fox ×2, snow ×−1"]
    read, cut = said(f"{'red fox ' * 6}:2 | snow:-1")  # its judge reads ten pieces
    assert read.endswith("fox ×2, snow ×−1") and "does not read red, fox in" in cut
    (unknown,) = said("red zebra:2 | snow:-1")
    assert "zebra" in unknown and "red ×2, snow ×−1" in unknown
