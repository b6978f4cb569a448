"""The field for a visitor's own pictures, on Your pictures and on Judging is not painting."""

from typing import Any

import streamlit as st

from app import resources, session
from core.base.environment import pack_name
from core.base.errors import UserError
from core.base.uploads import display_name, read_upload

MAX_FILES = 8
FILE_TYPES = ["png", "jpg", "jpeg", "webp"]
FILES_HELP = "PNG, JPEG or WebP, each up to 20 MB and 40 million pixels."


def upload_field(key: str, label: str) -> None:
    """The field; its files are under a key of their own, so that it can be emptied."""
    st.file_uploader(label, FILE_TYPES, accept_multiple_files=True, key=_files_key(key), help=FILES_HELP)


def uploaded_files(key: str) -> list[Any]:
    """The files in the field."""
    return session.get(_files_key(key)) or []


def empty_field(key: str) -> None:
    """A new key empties the field, so that the server does not keep the files."""
    session.put(key, session.number(key) + 1)


def store_uploads(key: str, prompt: str) -> list[str]:
    """Keep the files in the field that can be read, with the prompt; a sentence for every other one.

    Those that are kept already are not kept twice: a callback may be begun again (app.clicks).
    """
    files = uploaded_files(key)
    secret = session.owner_secret()
    session.setdefault(f"{_files_key(key)}:kept", set())
    kept = session.get(f"{_files_key(key)}:kept")
    refused = []
    if len(files) > MAX_FILES:
        number = len(files)
        refused.append(
            f"You chose {number} pictures; only the first {MAX_FILES} were taken. Add the others afterwards."
        )
    for file in files[:MAX_FILES]:
        if file.file_id in kept:
            continue
        try:
            upload = read_upload(file.getvalue(), file.name, resources.manifest()["size"])
            name = display_name(file.name)
            resources.own_pictures().add(upload, name, prompt, pack_name(), secret)
            kept.add(file.file_id)
        except UserError as error:
            refused.append(str(error))
    return refused


def _files_key(key: str) -> str:
    return f"{key}:{session.number(key)}"
