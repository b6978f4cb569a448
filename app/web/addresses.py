"""The addresses of what the server gives out, as pages and scripts write them."""

from streamlit import config


def base_path() -> str:
    """ "" or "/prefix": where the server is mounted (server.baseUrlPath)."""
    path = (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def frame_address(run_id: str, painter: str, step: int) -> str:
    """Of one frame, as PNG."""
    return f"{base_path()}/frames/{run_id}/{painter}/{step}.png"


def thumbnail_address(run_id: str, painter: str, step: int) -> str:
    """Of the small version of one frame, as WebP."""
    return f"{base_path()}/thumbnails/{run_id}/{painter}/{step}.webp"


def own_picture_address(picture_id: str) -> str:
    """Of a visitor's own picture as the judges see it."""
    return f"{base_path()}/pictures/{picture_id}/seen.png"


def scenes_address(digest: str) -> str:
    """Of the sheet with the shipped scenes."""
    return f"{base_path()}/scenes/{digest}.webp"


def export_address(run_id: str, kind: str) -> str:
    """Of a run as a file to take away."""
    return f"{base_path()}/exports/{run_id}/{kind}"


def sweep_export_address(sweep_id: str, kind: str) -> str:
    """The same of a sweep over one setting."""
    return f"{base_path()}/sweep-exports/{sweep_id}/{kind}"
