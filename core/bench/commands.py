"""What `python -m core bench pack` does."""

import json
import sys
import time

from core.errors import PackError, SettingError


def bench_pack(arguments):
    """`bench pack`: what the pack's models can do on fresh scenes. Returns 1 if a figure falls short.

    Raises:
        SettingError: a number out of range. PackError: the pack knows no miniature world, or `--card` cannot be written.
    """
    for option, low in (("seed", 0), ("prompts", 1), ("seeds", 1)):
        if getattr(arguments, option) < low:
            raise SettingError(f"--{option} is {getattr(arguments, option)}; it takes {low} or more.")
    if arguments.prompts > 1000:
        raise SettingError(f"--prompts is {arguments.prompts}; it takes at most 1000, the number of scenes drawn.")
    from core.bench import card, pack
    from core.bench.rows import table
    from core.commands import open_pack_limited
    from core.world.grammar import every_text

    opened = open_pack_limited(arguments.pack)
    if unknown := sorted({word for text in every_text() for word in text.split()} - set(opened.manifest.get("words") or ())):
        raise PackError(
            f"Pack {opened.name!r} does not know the miniature world's words ({', '.join(unknown[:3])}, …); only its packs can be measured."
        )
    tell = (lambda text: print(text, file=sys.stderr)) if sys.stderr.isatty() else (lambda text: None)
    began = time.perf_counter()
    trial = pack.Trial(opened, arguments.seed, arguments.prompts, arguments.seeds, tell)
    rows = pack.run(trial)
    short, seconds = [row for row in rows if row.ok is False], time.perf_counter() - began
    if arguments.card:
        card.write(trial, rows, opened.folder)
    about = {
        "pack": opened.name,
        "pack_hash": opened.hash,
        "seed": trial.seed,
        "prompts": trial.prompts,
        "seeds": trial.seeds,
        "seconds": seconds,
    }
    if arguments.json:
        print(json.dumps({**about, "rows": [row.as_dict() for row in rows], "short": len(short)}, indent=2))
    else:
        print(table(rows))
        outcome = f"{len(short)} fall short: {'; '.join(row.name for row in short)}" if short else "no figure falls short"
        print(
            f"\nPack {opened.name} {opened.hash[:16]}, seed {trial.seed}, {trial.prompts} x {trial.seeds} runs, {seconds:.0f} s: {outcome}."
        )
    return 1 if short else 0
