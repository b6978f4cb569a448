"""What can stand in the miniature world, and how people say it. No torch, no numba.

A scene is one subject, or two in a relation, with colours, ground, time of day and weather. Every
caption names subjects and colours; ground, time and weather are named in most captions, with
synonyms and varying word order. Some templates and combinations of synonyms are kept for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SUBJECTS = {
    "fox": ("fox", "vixen"),
    "rabbit": ("rabbit", "bunny", "hare"),
    "bear": ("bear", "teddy bear", "teddy"),
    "duck": ("duck", "duckling"),
    "elephant": ("elephant",),
    "giraffe": ("giraffe",),
    "turtle": ("turtle", "tortoise"),
    "snail": ("snail",),
    "penguin": ("penguin",),
    "car": ("car", "automobile"),
    "train": ("train", "locomotive"),
    "boat": ("boat", "sailboat", "ship"),
    "airplane": ("airplane", "plane"),
    "rocket": ("rocket", "spaceship"),
    "house": ("house", "cottage", "home"),
    "tower": ("tower", "castle tower", "castle"),
    "windmill": ("windmill", "mill"),
    "tree": ("tree", "fir tree", "pine"),
    "flower": ("flower", "blossom"),
    "mushroom": ("mushroom", "toadstool"),
    "cactus": ("cactus",),
    "ball": ("ball", "sphere"),
    "cube": ("cube", "block", "box"),
    "chair": ("chair", "seat"),
    "teapot": ("teapot", "kettle"),
    "cake": ("cake", "birthday cake"),
}
COLOURS = {
    "red": ("red", "scarlet", "crimson"),
    "orange": ("orange", "tangerine"),
    "yellow": ("yellow", "golden"),
    "green": ("green", "emerald"),
    "blue": ("blue", "sapphire"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "rosy"),
    "brown": ("brown", "chestnut"),
    "white": ("white", "ivory"),
    "black": ("black", "ebony"),
}
GROUNDS = {
    "snow": ("in snow", "in the snow", "on snowy ground"),
    "grass": ("on grass", "in the meadow", "on a green lawn"),
    "sand": ("on sand", "in the desert", "on the beach"),
    "water": ("on water", "on the lake", "on the sea"),
    "stone": ("on stone", "on cobblestones", "on the pavement"),
    "wood": ("on wood", "on wooden boards", "on a wooden floor"),
}
TIMES = {
    "morning": ("in the morning", "at sunrise", "at dawn"),
    "day": ("by day", "in daylight", "at noon"),
    "sunset": ("at sunset", "at dusk", "in the evening"),
    "night": ("at night", "by moonlight", "after dark"),
}
WEATHERS = {
    "clear": ("", "under a clear sky", ""),
    "fog": ("in fog", "in the mist", "in misty air"),
    "snowfall": ("while it snows", "in falling snow", "with snowflakes in the air"),
}
RELATIONS = {"next to": ("next to", "beside"), "in front of": ("in front of",), "behind": ("behind",)}
Words = Mapping[str, tuple[str, ...]]  # canonical word → ways to say it
FACETS: dict[str, Words] = {
    "subject": SUBJECTS,
    "colour": COLOURS,
    "ground": GROUNDS,
    "time": TIMES,
    "weather": WEATHERS,
}
PAIR_FACETS: dict[str, Words] = {"relation": RELATIONS, "second": SUBJECTS, "second_colour": COLOURS}
# facets that have phrases of their own, and the share of training captions that name them
SAID: dict[str, Words] = {"relation": RELATIONS, "ground": GROUNDS, "time": TIMES, "weather": WEATHERS}
SHARES = {"relation": 1.0, "ground": 0.9, "time": 0.75, "weather": 0.75}
UNSEEN_SHARES = {"ground": 1.0, "time": 1.0}  # where the sentences kept for tests differ

# {who} is "a red fox" or a pair
PATTERNS = (
    "{who} {ground} {time} {weather}",
    "{who} {ground} {weather} {time}",
    "{ground} {who} stands {time} {weather}",
    "{time} {who} {ground} {weather}",
    "a photo of {who} {ground} {time} {weather}",
    "{weather} {who} {ground} {time}",
)
PAIRS = ("{first} {relation} {second}", "{second} with {first} {relation} it")
# For tests only; their sentences always name ground and time, so that no sentence of PATTERNS equals one.
UNSEEN_PATTERNS = (
    "{time} {ground} {who} {weather}",
    "{weather} {time} {who} stands {ground}",
    "{who} stands {time} {ground} {weather}",
    "{time} a photo of {who} {weather} {ground}",
)
UNSEEN_PAIRS = ("{relation} {second} {first}",)


@dataclass(frozen=True)
class Scene:
    """One scene, in canonical words (the keys of the tables above).

    With a relation there is a second subject: "a red fox next to a blue house" is
    Scene("fox", "red", …, relation="next to", second="house", second_colour="blue").
    """

    subject: str
    colour: str
    ground: str
    time: str
    weather: str = "clear"
    relation: str = ""
    second: str = ""
    second_colour: str = ""

    def __post_init__(self) -> None:
        is_pair = self.relation or self.second or self.second_colour
        pair: dict[str, Words] = PAIR_FACETS if is_pair else {}
        for (facet, words), value in zip({**FACETS, **pair}.items(), astuple(self), strict=False):
            if value not in words:
                raise ValueError(f"Unknown {facet} {value!r}; choose from {', '.join(words)}.")
        if self.second == self.subject:
            raise ValueError(f"Both subjects are {self.subject!r}; they must differ.")


def every_scene() -> list[Scene]:
    """All scenes with one subject, in a fixed order."""
    return [Scene(*words) for words in product(*FACETS.values())]


def variants(scene: Scene, facet: str) -> list[Scene]:
    """The scene and all that differ from it in one facet, in a fixed order; none if it has no such facet."""
    if not getattr(scene, facet):
        return []
    taken = {"subject": scene.second, "second": scene.subject}.get(facet)
    words = {**FACETS, **PAIR_FACETS}[facet]
    return [replace(scene, **{facet: word}) for word in words if word != taken]


def sample_scene(rng: np.random.Generator) -> Scene:
    """A scene drawn with `rng`; half of all skies are clear, a quarter of the scenes are pairs."""

    def pick(words: Mapping[str, object], taken: str = "") -> str:
        return str(rng.choice([word for word in words if word != taken]))

    weather = "clear" if rng.random() < 0.5 else pick(WEATHERS, "clear")
    scene = Scene(pick(SUBJECTS), pick(COLOURS), pick(GROUNDS), pick(TIMES), weather)
    if rng.random() >= 0.25:
        return scene
    return replace(
        scene,
        relation=pick(RELATIONS),
        second=pick(SUBJECTS, scene.subject),
        second_colour=pick(COLOURS, scene.colour),
    )


def _sentence(
    pattern: str, pair: str, name: Callable[..., str], scene: Scene, phrases: Mapping[str, str]
) -> str:
    """One sentence about a scene.

    `name(colour, subject)` says one thing without its article; `phrases` has one per facet, "" if it is left
    out.
    """
    who = _with_article(name(scene.colour, scene.subject))
    if scene.relation:
        second = _with_article(name(scene.second_colour, scene.second))
        who = pair.format(first=who, relation=phrases["relation"], second=second)
    return " ".join(pattern.format(who=who, **phrases).split())


def _with_article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def caption(scene: Scene) -> str:
    """The canonical sentence, which names everything: "a red fox in snow at night while it snows"."""
    chosen = {facet: getattr(scene, facet) for facet in SAID}
    phrases = {facet: SAID[facet][word][0] for facet, word in chosen.items() if word}
    return _sentence(PATTERNS[0], PAIRS[0], "{} {}".format, scene, phrases)


def names(colour: str, subject: str, unseen: bool = False) -> list[str]:
    """Ways to say a coloured thing.

    Two synonyms together ("crimson bunny") are `unseen`: training never says so. A thing with one name only
    has no such way, and gets its ordinary ones.
    """
    pairs = product(enumerate(COLOURS[colour]), enumerate(SUBJECTS[subject]))
    found = [f"{a} {b}" for (i, a), (j, b) in pairs if (i > 0 and j > 0) == unseen]
    return found or names(colour, subject)


def paraphrase(scene: Scene, rng: np.random.Generator, unseen: bool = False) -> tuple[str, set[str]]:
    """One of many natural sentences, drawn with numpy's Generator `rng`.

    Args:
        unseen: draw from the templates and combinations of synonyms that are kept for tests. Every
            single word of them occurs in training.

    Returns:
        (text, facets it names); subjects, colours and the relation are always named, the ground in
        nine tenths, time and weather in three quarters of the sentences, a clear sky only when it
        is said in words. Unseen sentences always name ground and time.
    """

    def draw(phrases: Sequence[str]) -> str:
        return str(rng.choice(phrases))

    def name(colour: str, subject: str) -> str:
        return draw(names(colour, subject, unseen))

    shares = SHARES | UNSEEN_SHARES if unseen else SHARES
    phrases = {facet: "" for facet in SAID}
    for facet, share in shares.items():
        if getattr(scene, facet) and rng.random() < share:
            phrases[facet] = draw(SAID[facet][getattr(scene, facet)])
    pattern = draw(UNSEEN_PATTERNS if unseen else PATTERNS)
    pair = draw(UNSEEN_PAIRS if unseen else PAIRS)
    text = _sentence(pattern, pair, name, scene, phrases)
    always = {"subject", "colour"} | ({"second", "second_colour"} if scene.relation else set())
    return text, always | {facet for facet, phrase in phrases.items() if phrase}


def every_text() -> list[str]:
    """Texts that together hold every word of the grammar, for building a vocabulary."""
    tables = (*FACETS.values(), RELATIONS)
    phrases = [phrase for words in tables for group in words.values() for phrase in group]
    return [*phrases, "a photo of an", "stands", "with it"]
