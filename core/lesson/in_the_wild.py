"""Where a judge and a painter meet outside this program, and what does each place's job here. No torch.

The page shows it; tests parse every command, open every link and run the hooks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.base import links

HOOKS = Path(__file__).parent / "diffusers_hooks.py"
PROMPT = "a red fox in snow"
USE_HOOKS = f'''from core.lesson.diffusers_hooks import guide, watch
from core.packs import open_pack

pack, prompt = open_pack("miniature"), "{PROMPT}"
guide(pipe, prompt, pack)  # pipe: your StableDiffusionPipeline, or another one that paints in latents
picture = pipe(prompt, callback_on_step_end=watch(prompt, pack)).images[0]
'''
NEWEST_PICTURE_EXPRESSION = "op('folder1')[op('folder1').numRows - 1, 'path']"
BRAND_PROMPT = "a yellow duck on the lake"


@dataclass(frozen=True)
class OutsideTool:
    """One place.

    Args:
        name: what people call it.
        there: what is done there, in a sentence or two.
        here: what does that job here.
        look: what to look for that the place itself does not show.
        commands: to be copied into a terminal, in this order; folders and files are named in capitals.
        links: (label, url path of a page, its parameters).
        code: texts to be copied elsewhere.
        source: file that is shown below them, or None.
    """

    name: str
    there: str
    here: str
    look: str
    commands: tuple[str, ...] = ()
    links: tuple[tuple[str, str, dict[str, str]], ...] = ()
    code: tuple[str, ...] = ()
    source: Path | None = None


OUTSIDE_TOOLS = (
    OutsideTool(
        "VQGAN+CLIP notebooks",
        "One prompt, one painter, a few hundred steps of Adam on the latents with 32 random cutouts, and a "
        "film of it at the end.",
        "The link fills in the form that way; the commands do the same in a terminal and make the film.",
        "A notebook prints the loss. Here the held-out judge and realism run beside it, and ◆ marks where "
        "they part from the score.",
        commands=(
            f'python -m core run --prompt "{PROMPT}" --painters vqgan --steps 300 --vqgan-cutouts 32 '
            "--out NOTEBOOK",
            "python -m core export NOTEBOOK --as mp4 --out NOTEBOOK.mp4",
        ),
        links=(
            (
                "Fill in the form the notebook's way",
                "",
                links.parameters(PROMPT, 0, ("vqgan",), {"vqgan": {"steps": 300, "cutouts": 32}}),
            ),
        ),
    ),
    OutsideTool(
        "CLIP playgrounds",
        "One picture, several captions: which fits best? The cosines become shares that add up to 100 %.",
        "With several prompts, every picture of a folder gets its share of each. In the browser, rank by "
        "one prompt, or look into one picture.",
        "The shares only compare the captions on offer: something always wins, even if none of them fits. "
        "The cosine itself tells you.",
        commands=(
            f'python -m core rank --prompt "{PROMPT}" --prompt "a blue car on sand" '
            '--prompt "an orange house after dark" FOLDER',
        ),
        links=(
            ("Rank pictures", "rank", {"prompt": PROMPT}),
            ("What do the judges say about your pictures?", "pictures", {}),
        ),
    ),
    OutsideTool(
        "diffusers with guidance hooks",
        "A pipeline that paints in latents is steered from outside: a function gets the latents at every "
        "step and may move them.",
        "Two short hooks for a pipeline of yours. The judge nudges the predicted picture as it does for our "
        "third painter with 1 cutout and no repeats, and every step is measured by what does not guide it. "
        "Install `transformers` and run it in this project's folder.",
        "Raise `strength`, and watch whether realism falls while the judge's score hardly rises.",
        code=(USE_HOOKS,),
        source=HOOKS,
    ),
    OutsideTool(
        "Live visuals in TouchDesigner",
        "A painting grows on a stage while it is being painted.",
        "`--frames` writes numbered pictures of one size; each gets its name only once it is complete, and "
        "a second run into the same folder continues the numbers. A Folder DAT (Root Folder: LIVE, Refresh "
        "on, column Path) lists them, and a Movie File In TOP shows the newest if its File is this "
        "expression. With the folder itself as File it plays all of them as one film.",
        "Several painters stand side by side in one picture: a stage for the comparison itself.",
        commands=(
            f'python -m core run --prompt "{PROMPT}" --painters diffusion --steps 250 --out SHOW '
            "--frames LIVE",
        ),
        code=(NEWEST_PICTURE_EXPRESSION,),
    ),
    OutsideTool(
        "Brand-image rankers",
        "Thousands of pictures, one sentence about the brand, and somebody looks at the best hundred.",
        "One command for a folder and all folders below it. Files that cannot be read are named and left "
        "out; the table has ties, the margin to the next picture, and the rank by a second judge.",
        "The best of a bad folder still comes first. Do not trust a small margin much, and even less where "
        "the second judge disagrees. The miniature judge only knows its small world: `--pack` takes a judge "
        "of yours.",
        commands=(
            f'python -m core rank --prompt "{BRAND_PROMPT}" --sub-folders --top 100 --as csv '
            "--out RANKING.csv FOLDER",
        ),
        links=(("The same in the browser", "rank", {"prompt": BRAND_PROMPT}),),
    ),
)
