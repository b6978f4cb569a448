"""Errors whose text is safe to show to a user, word for word.

Each message says what was received, what is accepted and what to do next.
Anything else that escapes is a bug and is reported as one.
"""


class UserError(Exception):
    """Base of every error that a person using the tool can act on."""


class PromptError(UserError):
    """The prompt cannot be judged: empty, too long, or no word is known."""


class SettingError(UserError):
    """A setting, painter or seed lies outside what is accepted."""


class PackError(UserError):
    """A model pack is unknown, incomplete, altered or of another format."""


class StoreError(UserError):
    """The run store cannot be read or written."""


class LimitError(UserError):
    """A person, or everybody together, has asked this server for as much as it takes."""


class OutputError(UserError):
    """A folder or file asked for cannot be written."""


class PictureError(UserError):
    """An uploaded picture is too large, damaged, animated or of another kind."""


class PainterError(UserError):
    """A painter cannot go on, for example because its picture became NaN."""


class WorkersError(UserError):
    """The machines that should paint cannot be used."""
