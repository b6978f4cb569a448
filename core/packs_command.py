"""`packs list`, `get`, `verify` and `remove`. torch is imported by `verify` only."""

import sys

from core.commands import StopOnInterrupt
from core.errors import PackError
from core.packs import catalogue, cost, download, installed, known_packs, open_pack, pack_hash, read_manifest
from core.packs.download import size_text
from core.packs.fetch import Stopped
from core.packs.manifest import files_of, got_packs, verify
from core.places import pack_name, packs_folder

PRIORS = {"pixels": "judge", "vqgan": "vqgan", "diffusion": "denoiser"}


def packs_list(_):
    """`packs list`: what is here, then what the catalogue has besides."""
    print("Here:")
    for name in dict.fromkeys([*known_packs(), *got_packs()]):
        used = "  (used unless you say otherwise)" if name == pack_name() else ""
        print(f"  {name:<12} {_here(name)}{used}")
    waiting = [pack for name, pack in catalogue.packs().items() if name not in got_packs()]
    if waiting:
        print("\nTo be got with `python -m core packs get NAME` (estimates of memory and time):")
    for pack in waiting:
        print(f"  {pack.name:<12} {pack.title}  {pack.size} px  {_to_get(pack)}")
        for line in _facts(pack):
            print(f"  {'':<12} {line}")


def packs_get(arguments):
    """`packs get`: show the licences, ask, then get what is missing. Returns 0, or 130 when stopped.

    Raises:
        PackError: no such pack, not agreed to, or it cannot be got.
    """
    pack = catalogue.find(arguments.pack)
    if pack.name in got_packs() and not installed.missing(pack) and _unaltered(pack.name):
        print(f"{pack.name} is here already, in {packs_folder() / pack.name}.")
        return 0
    _show(pack)
    _agree(pack, arguments.yes)
    network = not arguments.offline
    with StopOnInterrupt() as should_stop, _Bar(pack) as bar:
        try:
            folder = download.get(pack, bar.tell, should_stop, network, arguments.folder)
        except Stopped:
            print("\nStopped. What came stays; the same command goes on from there.", file=sys.stderr)
            return 130
    print(f"{pack.name} is in {folder}. Check it with `python -m core packs verify {pack.name}`; use it with --pack {pack.name},")
    print(f"or for the app and all commands with CTJP_PACK={pack.name}.")
    return 0


def _unaltered(name):
    """Whether every file of a pack that was got is as it came; what is not is got again."""
    try:
        verify(packs_folder() / name, read_manifest(name))
    except PackError as error:
        print(error, file=sys.stderr)
        return False
    return True


def packs_verify(arguments):
    """`packs verify`: check every hash and load every model; PackError names what is wrong."""
    pack = open_pack(arguments.pack)
    models = pack.manifest["models"]
    painters = [painter for painter, prior in PRIORS.items() if prior in models]
    for part in (pack.judge, pack.heldout, pack.realism, *map(pack.painter_models, painters)):
        assert part is not None  # asking for it loads it
    for name, entry in models.items():
        files = files_of(entry)
        size = sum(file["bytes"] for file in files.values())
        print(f"{name:<12} {entry['file']:<28} {size_text(size):>9}  sha256 {files[entry['file']]['sha256'][:16]}  loads")
    print(f"Pack {pack.name} is whole: {pack.hash}")


def packs_remove(arguments):
    """`packs remove`: PackError if nothing of it was got from the catalogue."""
    freed = installed.remove(arguments.pack)
    print(f"{arguments.pack} is removed; {size_text(freed)} are free again.")
    if arguments.pack == pack_name():
        print("CTJP_PACK still names it: choose another before the app starts again.")


def _here(name):
    """One line on a pack that is here, or on what is wrong with it."""
    try:
        manifest = read_manifest(name)
        size = sum(file["bytes"] for entry in manifest["models"].values() for file in files_of(entry).values())
        return f"{manifest.get('title', name)}  {manifest['size']} px  {size_text(size)}  {pack_hash(manifest)[:16]}"
    except PackError as error:
        return str(error)


def _to_get(pack):
    here = installed.begun(pack)
    rest = size_text(max(pack.bytes() - here, 0))
    return f"{rest} to get" + (f", {size_text(here)} are here" if here else "")


def _facts(pack):
    """Lines on what a pack needs and on its licences."""
    needs = cost.estimate(pack)
    yield f"memory about {needs.memory / 1e9:.1f} GB; a default run here about: {needs.times(cost.here())}"
    yield "licences: " + "; ".join(licence.name for licence in pack.licences())


def _show(pack):
    """All that a person should know before a download."""
    print(f"{pack.title}. {pack.about}\n{pack.size} px, {_to_get(pack)}.")
    for line in list(_facts(pack))[:1]:
        print(f"Estimates: {line}.")
    print("\nParts:")
    for part in pack.parts():
        print(f"  {part.title}: {part.licence.name}, {part.card}\n    {part.note}")
    print("\nLicences:")
    for licence in pack.licences():
        print(f"  {licence.name}: {licence.matters} {licence.link}")
    print(flush=True)


def _agree(pack, yes):
    """Raise PackError unless the person agrees to the licences."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise PackError(f"Nothing was got: model pack {pack.name!r} has the licences above. Agree to them with --yes.")
    if input("Do you agree to these licences? [y/N] ").strip().lower() not in ("y", "yes"):
        raise PackError(f"Nothing was got: model pack {pack.name!r} can be used only under the licences above.")


class _Bar:
    """A progress bar on a terminal, else one line for every file."""

    def __init__(self, pack):
        self.bar, self.file = None, None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=pack.bytes(), unit="B", unit_scale=True, dynamic_ncols=True)

    def tell(self, progress):
        """Hear a core.packs.download.Progress."""
        if self.bar is None:
            if progress.file != self.file:
                print(f"{progress.file} from {progress.host}", file=sys.stderr)
        else:
            if progress.file != self.file:
                self.bar.set_description(progress.file.rpartition("/")[2][:32], refresh=False)
            self.bar.total = max(progress.total, progress.done)
            self.bar.update(progress.done - self.bar.n)
        self.file = progress.file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.bar is not None:
            self.bar.close()
