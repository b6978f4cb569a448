"""What a person asks for: a prompt, a seed, a pack and up to three painters with their settings. No torch."""

import json
import types
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.base.defaults import FIRST
from core.base.errors import PromptError, SettingError
from core.base.settings import (
    PAINTER_LABELS,
    PAINTERS,
    PainterSettings,
    check_painters,
    painter_settings,
    stored_settings,
    unnamed_values,
)

MAX_PROMPT = 300  # characters
MAX_SEED = 2**31 - 1


def check_prompt(prompt: object) -> str:
    """The prompt with white space folded. Raises PromptError if empty, too long or unprintable."""
    if not isinstance(prompt, str) or not prompt.strip():
        raise PromptError('The prompt is empty. Type a few words, for example "a red fox in snow".')
    if len(prompt) > MAX_PROMPT:
        raise PromptError(
            f"The prompt has {len(prompt)} characters; at most {MAX_PROMPT} are read. Shorten it."
        )
    folded = " ".join(prompt.split())
    # Control characters and halves of surrogate pairs fit neither a file name, nor UTF-8, nor the page.
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in folded):
        raise PromptError("The prompt holds characters that cannot be printed. Remove them and try again.")
    return folded


def _completed(painter: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored settings with those that are not named; a painter that there is not is refused later."""
    return unnamed_values(FIRST, painter) | dict(values) if painter in PAINTERS else dict(values)


@dataclass(frozen=True)
class RunRequest:
    """Everything a person chose for one run; with the pack's hash and the code it determines every byte.

    Args:
        prompt: with white space folded. seed: 0 … MAX_SEED. pack: name or folder of the model pack.
        settings: painter → its settings, in display order; not to be changed.
    """

    prompt: str
    seed: int
    pack: str
    settings: Mapping[str, PainterSettings]

    @classmethod
    def make(
        cls,
        prompt: object,
        seed: object = 0,
        pack: str = "miniature",
        painters: Iterable[str] = tuple(PAINTERS),
        **settings: Mapping[str, Any],
    ) -> "RunRequest":
        """Check everything and build a request.

        Args:
            painters: names in PAINTERS, at least one; display order is restored.
            settings: painter → setting → value, for example pixels={"steps": 50}.

        Raises:
            PromptError, SettingError.
        """
        prompt = check_prompt(prompt)
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
            raise SettingError(f"The seed is {seed!r}; it takes a whole number from 0 to {MAX_SEED}.")
        chosen = tuple(painters)
        check_painters((*chosen, *settings))
        if not chosen:
            labels = ", ".join(PAINTER_LABELS.values())
            raise SettingError(f"No painter is chosen; switch on at least one of {labels}.")
        checked = {name: painter_settings(name, settings.get(name)) for name in PAINTERS if name in chosen}
        return cls(prompt, seed, pack, types.MappingProxyType(checked))

    @property
    def painters(self) -> tuple[str, ...]:
        """The painters that are switched on, in display order."""
        return tuple(self.settings)

    def only(self, painters: Iterable[str]) -> "RunRequest":
        """The same request for some of its painters; for none of them it has no settings."""
        wanted = set(painters)
        kept = {name: settings for name, settings in self.settings.items() if name in wanted}
        return replace(self, settings=types.MappingProxyType(kept))

    def to_dict(self) -> dict[str, Any]:
        """The request as JSON-ready data."""
        return {
            "prompt": self.prompt,
            "seed": self.seed,
            "pack": self.pack,
            "settings": {name: stored_settings(settings) for name, settings in self.settings.items()},
        }

    @classmethod
    def from_dict(cls, data: Any) -> "RunRequest":
        """Inverse of `to_dict`; checks everything again, since the data may come from a file or an address.

        Raises:
            PromptError, SettingError.
        """
        try:
            if not isinstance(data["pack"], str):
                raise TypeError("the pack is no text")
            settings = {name: _completed(name, values) for name, values in data["settings"].items()}
            return cls.make(data["prompt"], data["seed"], data["pack"], tuple(settings), **settings)
        except (KeyError, TypeError, AttributeError) as error:
            raise SettingError(
                f"These are not the settings of a run ({error}); expected prompt, seed, pack, settings."
            ) from error

    def canonical(self) -> str:
        """The same text for the same request, to be hashed."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
