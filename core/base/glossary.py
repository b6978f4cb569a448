"""The glossary: one word for one thing, each with the sentence that the pages show as its tooltip. No torch.

`core/README.md` prints the same table; a test holds the two together.
"""

from __future__ import annotations

# Group → term → what it means. A term may carry its symbol, such as "realism (R)".
GLOSSARY: dict[str, dict[str, str]] = {
    "Who paints": {
        "painter": "One of the three methods that turn a prompt into a picture while following the judge.",
        "Pixel ascent": "Changes the pixels themselves, step by step, so that the judge's score goes up.",
        "VQGAN+CLIP": (
            "Changes the latents of a VQGAN, so the picture is always made of patches from its "
            "codebook."
        ),
        "Guided diffusion": (
            "Lets a trained denoiser turn noise into a picture, while the judge nudges every prediction."
        ),
        "prior": "What a painter counts as plausible, whatever the prompt; pixel ascent starts with none.",
        "canvas": (
            "How pixel ascent stores its picture: as plain pixels, as Fourier waves, or as a stack of"
            " several resolutions."
        ),
        "start": "What a painter begins from: noise, mid-grey or a picture.",
        "seed": (
            "The number that all randomness comes from: the same seed and settings give the same "
            "picture on the same machine."
        ),
        "step": "One change by a painter; step 0 is the start.",
        "frame": "The picture a painter shows after one step.",
        "extras": (
            "Pictures that show what happened inside a step, such as the cutouts, the judge's "
            "gradient and the x0 prediction."
        ),
    },
    "Who judges": {
        "judge": (
            "A CLIP model that scores how well a picture fits a prompt; painters follow it unless "
            "told to follow another one."
        ),
        "held-out judge": (
            "A judge that steered no painter in a run: a second opinion on whether the one that steered "
            "was fooled; usually the second judge."
        ),
        "first judge, second judge": (
            "What the judge and the usual held-out judge are called in a run whose painters do not all "
            "follow the judge."
        ),
        "robust judge": "The judge trained further on pictures that were made to fool it.",
        "score": (
            "How well a picture fits the prompt in a judge's eyes: the cosine between the two "
            "embeddings, from −1 to 1."
        ),
        "embedding": (
            "The list of numbers a judge turns a picture or a text into; similar things get similar "
            "lists."
        ),
        "weighted prompt": (
            "Several texts, each with a weight, written with bars and colons; a negative weight pushes "
            "the picture away from its text."
        ),
        "shared scale": (
            "Both judges' scores rescaled so that 0 is the average with another picture's caption and"
            " 1 with its own."
        ),
        "gap": (
            "The steering judge's score minus the held-out judge's, on the shared scale; a large gap "
            "means that only the judge that steers is convinced."
        ),
        "gradient": (
            "The direction in which a small change to the picture would raise the judge's score "
            "fastest."
        ),
        "cutouts": (
            "Random crops of the picture that the judge looks at in place of the whole; many of them "
            "are harder to fool."
        ),
        "judge evaluation": (
            "One look by the judge at one picture or cutout while painting; a fair comparison gives "
            "every painter the same number."
        ),
        "terms of the comparison": (
            "Which painters were told the prompt and how often the judge looked; a comparison claims "
            "no more than its terms allow."
        ),
        "judge only": "Nothing but the judge knows the prompt.",
        "equal terms": "Every painter gets the same number of cutouts and of judge evaluations.",
        "with text": "The denoiser reads the prompt as well, so the judge is not its only guide.",
    },
    "What is measured": {
        "measurement": (
            "The numbers taken from one frame: score, held-out score, realism and what realism is "
            "made of."
        ),
        "realism (R)": (
            "How much a picture resembles the reference pictures, from 0 to 1: the lower of S and K. "
            "It says nothing about human taste."
        ),
        "S": (
            "The part of realism that looks at pixel statistics: spectrum, local contrast, edges and "
            "colour."
        ),
        "K": (
            "The part of realism that asks how near a picture comes to its closest reference "
            "pictures, as seen by a network that reads no captions (in "
            "packs without one, by the held-out judge)."
        ),
        "reference": "The set of real pictures that realism and the grey bands were measured on.",
        "rendering": (
            "A picture made by the miniature world's own renderer: what counts as a real picture of "
            "this world."
        ),
        "grey band": "Where 90 of 100 real pictures lie: from the 5th to the 95th percentile.",
        "wavy line": (
            "Drawn under a held-out score where the gap is wider than for 99 of 100 real pictures, and "
            "the score lower than for 95 of them."
        ),
        "turning point ◆": (
            "The step after which the judge's score keeps rising while realism or the held-out score "
            "falls and does not recover."
        ),
        "verdict": "A few sentences that say what a run's measurements show, and nothing more.",
        "held back": "Kept out of training and calibration, so it can be used for an honest test.",
        "optimise realism too": (
            "An experiment in which a painter follows realism as well; from then on it no longer "
            "measures anything."
        ),
    },
    "Inside the models": {
        "latent": "The compressed form of a picture that a model works on in place of pixels.",
        "codebook": "The list of small picture parts that a VQGAN can build a picture from.",
        "code": "One entry of the codebook, named by its number; a picture is a grid of codes.",
        "denoiser": "A network trained to predict the clean picture from a noisy one.",
        "noisy latent": (
            "What the denoiser receives at a step: the picture so far with the remaining noise in it."
        ),
        "x0 prediction": (
            "The denoiser's current guess of the finished picture, shown as the frame of that step."
        ),
        "sampler": "The rule that leads from one noise level to the next, such as DDIM or DPM-Solver++.",
        "guidance strength": (
            "How large the judge's nudge is, compared with the noise still in the picture; 0 turns it"
            " off."
        ),
        "guidance scale": (
            "How strongly the denoiser follows the text it reads (classifier-free guidance); 1 is "
            "plain sampling."
        ),
        "logit scale": "A trained number that CLIP multiplies its cosines by before it compares captions.",
    },
    "What is kept": {
        "run": (
            "One prompt, one seed and up to three painters with their settings, painted once and then"
            " kept."
        ),
        "painting": "One painter's part in a run, with all its frames; several runs can share it.",
        "sweep": "A set of runs that differ only in one or two settings, shown as a grid.",
        "cell": "One run in the grid of a sweep.",
        "trade-off": "What more of a setting gains in score and costs in realism: a curve through a sweep.",
        "over-optimisation": "Following a judge beyond the point where a held-out judge still agrees.",
        "pack": "A folder with every model a run needs: judges, VQGAN, denoiser and realism reference.",
        "manifest": "The file in a pack that lists its models, their sizes, licences and SHA-256 hashes.",
        "store": "The folder with all runs: one database and the frames as PNG files.",
        "revision": (
            "A fingerprint of the code; while it stays the same, a stored run need not be painted "
            "again."
        ),
        "gallery": "The page with all stored runs: search, star, delete and undo.",
        "export": "A run as one file to take away: page, video, contact sheet, figure or table.",
        "figure": "The drawing of a run, figure.png: pictures, curves and the verdict on one sheet.",
        "contact sheet": "One picture with each painter's frames side by side, from first to last.",
        "ballot": "A vote by the room about one run; each browser has one vote, and nobody gives a name.",
    },
    "Who does the work": {
        "painter process": "The program beside the server that paints the queued runs, one after another.",
        "supervisor": (
            "The part of the server that starts the painter process, watches it and replaces it when "
            "it dies or hangs."
        ),
        "side job": (
            "A small task the painter process fits in between two steps: measuring your picture, "
            "ranking pictures, or computing for a lesson."
        ),
        "queue": "The runs waiting to be painted; people take turns, and sweeps come last.",
        "worker": "A machine of a Ray cluster that paints runs for the painter process.",
        "quota": "How much one person, or everyone together, may ask of a shared server.",
    },
}

MEANINGS: dict[str, str] = {term: text for terms in GLOSSARY.values() for term, text in terms.items()}


def meaning(term: str) -> str:
    """What a term of the glossary means, one sentence. Raises KeyError: there is no such term."""
    return MEANINGS[term]
