"""The voice in which measures speak: the active language and its marks."""

from django.utils.formats import get_format
from django.utils.translation import gettext

from audit.oversight.wording import Message, Voice, say


def voice() -> Voice:
    """Return the voice of the active language."""
    return Voice(gettext, str(get_format("DECIMAL_SEPARATOR")), str(get_format("THOUSAND_SEPARATOR")))


def said(message: Message) -> str:
    """Return a message in the active language."""
    return say(message, voice())
