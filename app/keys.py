"""The keys of Streamlit's session, one class for each page, and the parameters of the address.

Widgets use these keys with persist_state="session", so that a form is as it was after a look at another page.
"""


class Parameters:
    """Names in the address, beside the settings (core.base.links)."""

    RUN = "run"
    RUN_B = "b"
    SWEEP = "sweep"
    TOUR = "tour"  # starts the tour, whatever the browser remembers


class SessionKeys:
    """What belongs to the session and to no page."""

    OWNER = "owner"
    HAS_VISITED = "visited"


class CompareKeys:
    """Compare: the form, the run on the screen and the one it is compared with."""

    PROMPT = "prompt"
    SEED = "seed"
    IS_OPEN = "compare_is_open"  # whether the last page drawn was this one
    EXAMPLE = "example"
    MESSAGE = "message"
    TERMS = "terms_of_form"
    JUDGE = "which_judge_of_form"
    PLAYER = "player"
    SHOWN_RUN = "shown_run"
    TO_OPEN = "run_to_open"  # by another page, until it is drawn
    RUN_ON_SCREEN = "stage"  # the example too, which is not in the address
    PREVIOUS_RUN = "run_before"
    RUN_B = "run_b"
    IMPORTED_PICTURE = "settings_picture"
    COPY_LINK = "link"
    TOUR = "tour"
    PREDICT_SWITCH = "predict"
    PREDICTED_RUN = "predicted"
    PREDICTION = "prediction"
    BALLOT_PUT_AWAY = "ballot_put_away"


class SweepKeys:
    """Sweep: the form, the sweep on the screen, and the one that was just started."""

    PROMPT = "sweep:prompt"
    SEED = "sweep:seed"
    PAINTER = "sweep:painter"
    X = "sweep:x"
    X_VALUES = "sweep:x_values"
    Y = "sweep:y"
    Y_VALUES = "sweep:y_values"
    MESSAGE = "sweep:message"
    SHOWN = "shown_sweep"
    TO_OPEN = "go_to"  # until it is drawn: the browser may not know of it yet, and name the one before
    GRID = "sweep"


class GalleryKeys:
    """Gallery: its filters and the page that is open."""

    CARDS = "gallery"
    SEARCH = "gallery:words"
    OWNER = "gallery:whose"
    STARRED = "gallery:starred"
    SORT = "gallery:sort"
    PAGE = "gallery:page"


class PicturesKeys:
    """Your pictures."""

    PICTURES = "pictures"
    PROMPT = "pictures:prompt"
    UPLOAD = "pictures:files"
    MESSAGES = "pictures:told"


class RankingKeys:
    """Judging is not painting."""

    LEADERBOARD = "rank"
    PROMPT = "rank:prompt"
    EXAMPLE = "rank:example"
    PICTURES = "rank:which"
    ORDER = "rank:by"
    UPLOAD = "rank:files"
    MESSAGES = "rank:told"
    SHOWN = "rank:shown"
    PAINTED_PROMPT = "rank:painted"


class FailureKeys:
    """The opening failure."""

    LOOP = "failure"
    RUN = "failure:run"
    PROMPT = "failure:prompt"
    MESSAGE = "failure:message"


class NoiseKeys:
    """Noise on purpose."""

    LESSON = "noise"
    JOB = "noise:job"
    RUN = "noise:run"  # of the hand-out


class CodebookKeys:
    """The codebook."""

    LESSON = "codebook"
    JOB = "codebook:job"


class OtherKeys:
    """Pages with one key each."""

    TOY = "toy"
    PACKS_MESSAGE = "packs:told"
    EXERCISE_RUN = "exercise:run"
    REALISM_TERMS = "realism:terms"
    GAP_PROMPT = "gap:prompt"


def painter_key(painter: str) -> str:
    """Key of the switch of one painter."""
    return f"painter:{painter}"


def settings_popover_key(painter: str) -> str:
    """Key of the popover with the settings of one painter."""
    return f"settings-{painter}"


def setting_key(painter: str, name: str) -> str:
    """Key of the field of one setting."""
    return f"knob:{painter}:{name}"


class StartKeys:
    """Fields of what one painter starts from; `key`: of that setting."""

    def __init__(self, key: str) -> None:
        self.kind = f"{key}:kind"
        self.followed = f"{key}:followed"
        self.caption = f"{key}:caption"
        self.seed = f"{key}:seed"
        self.upload = f"{key}:upload"
        self.own = f"{key}:own"
        self.painter = f"{key}:painter"
        self.message = f"{key}:message"
