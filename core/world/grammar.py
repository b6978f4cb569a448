"""What can stand in the miniature world, and how people say it. No torch, no numba.

A scene is five words. Every caption names subject and colour; ground, time and weather are
named in most captions, with synonyms and varying word order.
"""

from dataclasses import astuple, dataclass
from itertools import product

SUBJECTS = {
    "fox": ("fox",),
    "rabbit": ("rabbit", "bunny", "hare"),
    "bear": ("bear", "teddy bear"),
    "duck": ("duck", "duckling"),
    "elephant": ("elephant",),
    "car": ("car", "automobile"),
    "boat": ("boat", "sailboat", "ship"),
    "rocket": ("rocket", "spaceship"),
    "house": ("house", "cottage", "home"),
    "tower": ("tower", "castle tower"),
    "tree": ("tree", "fir tree", "pine"),
    "mushroom": ("mushroom", "toadstool"),
    "cactus": ("cactus",),
    "ball": ("ball", "sphere"),
    "cube": ("cube", "block", "box"),
    "chair": ("chair", "seat"),
}
COLOURS = {
    "red": ("red", "scarlet", "crimson"),
    "orange": ("orange", "tangerine"),
    "yellow": ("yellow", "golden"),
    "green": ("green", "emerald"),
    "blue": ("blue", "navy"),
    "purple": ("purple", "violet"),
    "white": ("white", "pale"),
    "black": ("black", "dark"),
}
GROUNDS = {
    "snow": ("in snow", "in the snow", "on snowy ground"),
    "grass": ("on grass", "in the meadow", "on a green lawn"),
    "sand": ("on sand", "in the desert", "on the beach"),
    "water": ("on water", "on the lake", "on the sea"),
    "stone": ("on stone", "on cobblestones", "on the pavement"),
}
TIMES = {
    "day": ("by day", "in daylight", "at noon"),
    "sunset": ("at sunset", "at dusk", "in the evening"),
    "night": ("at night", "by moonlight", "after dark"),
}
WEATHERS = {
    "clear": ("", "under a clear sky", ""),
    "fog": ("in fog", "in the mist", "on a foggy day"),
    "snowfall": ("while it snows", "in falling snow", "with snowflakes in the air"),
}
FACETS = {"subject": SUBJECTS, "colour": COLOURS, "ground": GROUNDS, "time": TIMES, "weather": WEATHERS}

# (pattern, which of ground, time, weather it names)
PATTERNS = (
    "{a} {subject} {ground} {time} {weather}",
    "{a} {subject} {ground} {weather} {time}",
    "{ground} {a} {subject} stands {time} {weather}",
    "{time} {a} {subject} {ground} {weather}",
    "a photo of {a} {subject} {ground} {time} {weather}",
    "{weather} {a} {subject} {ground} {time}",
)


@dataclass(frozen=True)
class Scene:
    """One scene, in canonical words (the keys of SUBJECTS, COLOURS, GROUNDS, TIMES, WEATHERS)."""

    subject: str
    colour: str
    ground: str
    time: str
    weather: str = "clear"

    def __post_init__(self):
        for (facet, words), value in zip(FACETS.items(), astuple(self)):
            if value not in words:
                raise ValueError(f"Unknown {facet} {value!r}; choose from {', '.join(words)}.")


def every_scene():
    """All scenes of the world, in a fixed order."""
    return [Scene(*words) for words in product(*FACETS.values())]


def sample_scene(rng):
    """A scene drawn with numpy's Generator `rng`; half of all skies are clear."""
    pick = lambda words: str(rng.choice(list(words)))
    weather = "clear" if rng.random() < 0.5 else pick(("fog", "snowfall"))
    return Scene(pick(SUBJECTS), pick(COLOURS), pick(GROUNDS), pick(TIMES), weather)


def _sentence(scene, pattern, say, time, weather):
    colour = say(COLOURS, scene.colour)
    words = pattern.format(
        a=f"{'an' if colour[0] in 'aeiou' else 'a'} {colour}",
        subject=say(SUBJECTS, scene.subject),
        ground=say(GROUNDS, scene.ground),
        time=say(TIMES, scene.time) if time else "",
        weather=say(WEATHERS, scene.weather) if weather else "",
    )
    return " ".join(words.split())


def caption(scene):
    """The canonical sentence, which names everything: "a red fox in snow at night while it snows"."""
    return _sentence(scene, PATTERNS[0], lambda words, key: words[key][0], True, True)


def paraphrase(scene, rng):
    """One of many natural sentences, drawn with numpy's Generator `rng`.

    Returns:
        (text, facets it names); subject, colour and ground are always named, time and weather in
        three quarters of the sentences, a clear sky only when it is said in words.
    """
    say = lambda words, key: str(rng.choice(words[key]))
    time, weather = rng.random() < 0.75, rng.random() < 0.75
    text = _sentence(scene, str(rng.choice(PATTERNS)), say, time, weather)
    named = {"subject", "colour", "ground"} | ({"time"} if time else set())
    if any(phrase and phrase in text for phrase in WEATHERS[scene.weather]):
        named.add("weather")
    return text, named


def every_text():
    """Texts that together hold every word of the grammar, for building a vocabulary."""
    phrases = [phrase for words in FACETS.values() for group in words.values() for phrase in group]
    return [*phrases, "a photo of an", "stands"]
