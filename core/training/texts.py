"""What is said of a training picture: by the miniature world's grammar, or by the captions that came with it."""

from dataclasses import dataclass

from core.world import grammar


@dataclass(frozen=True)
class Captioned:
    """A picture of somebody's own: its captions, at least one. It stands where a rendered picture has its Scene."""

    captions: tuple[str, ...]


def is_own(scenes):
    """Whether the pictures came with captions instead of scenes."""
    return bool(scenes) and isinstance(scenes[0], Captioned)


def caption(scene):
    """The one caption that figures are measured with."""
    return scene.captions[0] if isinstance(scene, Captioned) else grammar.caption(scene)


def paraphrase(scene, rng, unseen=False):
    """(a caption drawn at random, the facets that it names); see core.world.grammar.paraphrase. Captions name no facets."""
    if isinstance(scene, Captioned):
        return scene.captions[rng.integers(len(scene.captions))], ()
    return grammar.paraphrase(scene, rng, unseen)


def every_text(scenes=()):
    """Everything that a model trained on these scenes may read; the grammar's every sentence unless they are captions."""
    return [text for scene in scenes for text in scene.captions] if is_own(scenes) else grammar.every_text()


def facets(scenes=()):
    """Facet → its words, of scenes; {} for captions."""
    return {} if is_own(scenes) else {**grammar.FACETS, **grammar.PAIR_FACETS}
