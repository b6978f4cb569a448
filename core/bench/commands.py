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


def bench_quality(arguments):
    """`bench speed --quality`: what each shortcut does to the figures, on the miniature pack. Returns 0.

    Raises:
        SettingError: a number out of range.
    """
    for option in ("prompts", "seeds"):
        if getattr(arguments, option) < 1:
            raise SettingError(f"--{option} is {getattr(arguments, option)}; it takes 1 or more.")
    from core.bench import quality
    from core.commands import open_pack_limited

    tell = (lambda text: print(text, file=sys.stderr, flush=True)) if sys.stderr.isatty() else (lambda text: None)
    effects = quality.measure(open_pack_limited("miniature"), arguments.prompts, arguments.seeds, tell=tell)
    print(json.dumps([effect.as_dict() for effect in effects], indent=2) if arguments.json else quality.table(effects))
    return 0


def bench_speed(arguments):
    """`bench speed`: steps of the painters beside the usual method. Returns 1 if a figure falls short.

    Raises:
        SettingError: `--only` names no row.
    """
    import torch

    from core.bench import speed
    from core.bench.rows import table
    from core.threads import limit_threads

    if arguments.quality:
        return bench_quality(arguments)
    only = None if arguments.only is None else [name.strip() for name in arguments.only.split(",") if name.strip()]
    if unknown := [name for name in only or () if name not in speed.CHECKS]:
        raise SettingError(f"--only names {unknown[0]!r}; it takes some of {', '.join(speed.CHECKS)}.")
    tell = (lambda text: print(text, file=sys.stderr, flush=True)) if sys.stderr.isatty() else (lambda text: None)
    threads, began = limit_threads(), time.perf_counter()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    rows = speed.run(speed.Bench(device, arguments.short, tell), only)
    short, seconds = [row for row in rows if row.ok is False], time.perf_counter() - began
    about = {"device": speed.device_name(device), "threads": threads, "dtype": speed.dtype_name(device), "seconds": seconds}
    if arguments.json:
        print(json.dumps({**about, "rows": [row.as_dict() for row in rows], "short": len(short)}, indent=2))
    else:
        print(table(rows))
        outcome = f"{len(short)} fall short: {'; '.join(row.name for row in short)}" if short else "no figure falls short"
        print(f"\n{about['device']}, {threads} threads, ours in {about['dtype']}, {seconds:.0f} s: {outcome}.")
    return 1 if short else 0
