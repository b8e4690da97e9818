"""A logo as it is kept: decoded whole, set on white, drawn small enough, encoded anew. Pure.

What was uploaded is never kept: text, location, colour profiles and whatever follows the picture stay behind.
"""

import hashlib
import io
import struct
import warnings
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps

MAX_PIXELS = 16_000_000
KEPT_WIDTH, KEPT_HEIGHT, KEPT_BYTES = 960, 320, 150_000
LEAST = 24  # pixels on the shorter side as kept; below it nobody would recognise anything in print
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error, zlib.error)


class NotALogo(ValueError):
    """Bytes that cannot be a logo; ``reason``: ``size``, ``format``, ``pixels``, ``broken``, ``narrow``."""

    code = "not_a_logo"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Logo:
    """``png``: RGB without transparency, at most 960 by 320 pixels; ``sha256`` hex, of exactly these bytes."""

    png: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        """The digest that stands in the ledger."""
        return hashlib.sha256(self.png).hexdigest()


def logo_of(uploaded: bytes) -> Logo:
    """Return what is kept of an uploaded PNG or JPEG; raises :class:`NotALogo`."""
    if not uploaded.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise NotALogo("format")
    drawn = _on_white(_decoded(uploaded))
    drawn.thumbnail((KEPT_WIDTH, KEPT_HEIGHT), Image.Resampling.LANCZOS)
    if min(drawn.size) < LEAST:
        raise NotALogo("narrow")
    return _encoded(drawn)


def _decoded(uploaded: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            found = Image.open(io.BytesIO(uploaded), formats=("PNG", "JPEG"))
            if found.width * found.height > MAX_PIXELS:
                raise NotALogo("pixels")
            found.load()
            return ImageOps.exif_transpose(found)
    except Image.DecompressionBombError:
        raise NotALogo("pixels") from None
    except NotALogo:
        raise
    except _BROKEN:
        raise NotALogo("broken") from None


def _on_white(image: Image.Image) -> Image.Image:
    """Return the picture as RGB on white: paper is white, and an archived page knows no transparency."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    over = image.convert("RGBA")
    white = Image.new("RGBA", over.size, "white")
    return Image.alpha_composite(white, over).convert("RGB")


def _encoded(image: Image.Image) -> Logo:
    """Encode as PNG; a picture too rich for a letterhead is drawn smaller until it is light enough."""
    while True:
        made = io.BytesIO()
        bare = Image.new("RGB", image.size)
        bare.paste(image)  # a new picture carries nothing of the old but its pixels
        bare.save(made, "PNG", optimize=True)
        if made.tell() <= KEPT_BYTES or min(image.size) * 3 // 4 < LEAST:
            return Logo(made.getvalue(), *image.size)
        image = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)
