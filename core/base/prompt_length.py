"""What of a prompt is too long for a judge's text encoder. No torch, so the page can say so at once.

A text encoder reads a fixed number of pieces and nothing after them: 77, start and end included, in published
CLIPs. The pieces are those of CLIP's byte-pair encoding (Radford et al. 2021, arXiv 2103.00020; Sennrich et
al. 2016, arXiv 1508.07909). open_clip has it, but brings torch; its list of merges is read here.
"""

import functools
import gzip
import html
import importlib.util
import re
from collections.abc import Collection
from pathlib import Path

from core.base.vocabulary import words_of
from core.base.weighted_prompt import lenient_parts

MERGES_FILE = "bpe_simple_vocab_16e6.txt.gz"
MERGES = 49_152 - 256 - 2  # lines of the file that are used, after its first
END = "</w>"  # marks the last piece of a word
START_AND_END = 2


def cut_off_words(prompt: str, context_length: int, words: Collection[str] | None) -> list[str]:
    """Words of a prompt that the text encoder does not read to their end, in order.

    Args:
        context_length: pieces that it reads of each part of the prompt, start and end included.
        words: all that the judge knows, the others are left out; None: it reads every word.
    """
    room, cut = context_length - START_AND_END, []
    for part in lenient_parts(prompt):
        read = 0
        for word in part.text.split() if words is None else words_of(part.text):
            if words is None or word in words:
                read += number_of_pieces(word)
                cut += [word] if read > room else []
    return cut


@functools.lru_cache(maxsize=10_000)
def number_of_pieces(text: str) -> int:
    """How many pieces CLIP's byte-pair encoding makes of a text."""
    if text.isascii() and text.isalnum():  # nothing to clean: most words need neither of the two packages
        return sum(len(_pieces(token)) for token in re.findall("[a-z]+|[0-9]", text.lower()))
    import ftfy
    import regex

    # As open_clip cleans and splits it.
    clean = " ".join(html.unescape(html.unescape(ftfy.fix_text(text))).split()).lower()
    tokens = regex.findall(r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", clean, regex.IGNORECASE)
    return sum(len(_pieces(token)) for token in tokens)


def _pieces(token: str) -> tuple[str, ...]:
    """The pieces of one token: its bytes, the most frequent neighbours joined first."""
    letters = [_byte_letters()[byte] for byte in token.encode("utf-8")]
    pieces = (*letters[:-1], letters[-1] + END)
    ranks = _merge_ranks()
    while len(pieces) > 1:
        pairs = zip(pieces, pieces[1:], strict=False)
        best = min(pairs, key=lambda pair: ranks.get(" ".join(pair), len(ranks)))
        if " ".join(best) not in ranks:
            break
        joined: list[str] = []
        for piece in pieces:
            follows = joined and (joined[-1], piece) == best
            joined = [*joined[:-1], joined[-1] + piece] if follows else [*joined, piece]
        pieces = tuple(joined)
    return pieces


@functools.cache
def _merge_ranks() -> dict[str, int]:
    """Two neighbours, with a space between them → how early they are joined."""
    found = importlib.util.find_spec("open_clip")  # found, not imported
    assert found is not None and found.submodule_search_locations, "open_clip is a requirement"
    packed = (Path(found.submodule_search_locations[0]) / MERGES_FILE).read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").split("\n")[1 : MERGES + 1]
    return {line: rank for rank, line in enumerate(lines)}


@functools.cache
def _byte_letters() -> dict[int, str]:
    """Byte → the letter that stands for it in the list of merges: printable ones for themselves."""
    own = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in own]
    return {byte: chr(byte) for byte in own} | {byte: chr(256 + n) for n, byte in enumerate(others)}
