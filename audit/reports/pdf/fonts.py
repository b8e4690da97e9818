"""The report's faces: Source Serif 4, Source Sans 3 and JetBrains Mono (SIL OFL 1.1), as static instances.

The font packages ship variable fonts, which reportlab cannot embed. Each face is pinned to one weight and
optical size and cut to Latin, Greek and Cyrillic, without hinting; the result depends only on the package's
file and on this module, and is kept in the cache folder under the digest of both.
"""

import hashlib
import os
import tempfile
import threading
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont as SourceFont
from fontTools.varLib import instancer
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

RECIPE = "2"  # raise when the instances change: reports issued before keep their own bytes anyway


@dataclass(frozen=True, slots=True)
class Face:
    """One static face: the package it comes from, its file there and the axes it is pinned to."""

    name: str
    package: str
    file: str
    axes: tuple[tuple[str, float], ...]


SERIF = Face("Serif", "fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf", (("opsz", 10), ("wght", 400)))
SERIF_ITALIC = Face(
    "Serif-Italic", "fontpkg_source_serif_4", "SourceSerif4-Italic[opsz,wght].ttf", (("opsz", 10), ("wght", 400))
)
SERIF_BOLD = Face("Serif-Bold", "fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf", (("opsz", 14), ("wght", 600)))
DISPLAY = Face("Display", "fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf", (("opsz", 48), ("wght", 400)))
SANS = Face("Sans", "fontpkg_source_sans_3", "SourceSans3[wght].ttf", (("wght", 400),))
SANS_BOLD = Face("Sans-Bold", "fontpkg_source_sans_3", "SourceSans3[wght].ttf", (("wght", 600),))
MONO = Face("Mono", "fontpkg_jetbrains_mono", "JetBrainsMono[wght].ttf", (("wght", 400),))
FACES = (SERIF, SERIF_ITALIC, SERIF_BOLD, DISPLAY, SANS, SANS_BOLD, MONO)

# Basic Latin to Latin Extended-B, IPA spacing modifiers and combining marks, Greek, Cyrillic, Latin Extended
# Additional (Vietnamese, Welsh), Greek Extended, punctuation, currency, letterlike, arrows, operators, shapes.
RANGES = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1FFF),
    (0x2010, 0x2027), (0x202F, 0x205E), (0x2070, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x218F), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x25A0, 0x25FF),
)  # fmt: skip

_lock = threading.Lock()


def cache_folder() -> Path:
    """Return the folder static fonts are kept in: the user's cache, else the installation's data folder."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    mine = Path(home) / "custodes" / "fonts"
    try:
        mine.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.access(mine, os.W_OK) and mine.stat().st_uid == os.getuid():
            return mine
    except OSError:
        pass
    from django.conf import settings

    return Path(settings.DATA_DIR) / "cache" / "fonts"


def build_face(face: Face) -> bytes:
    """Return the bytes of the static font; the same package file always gives the same bytes."""
    options = subset.Options(
        layout_features=[],
        hinting=False,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        glyph_names=False,
    )
    with resources.files(face.package).joinpath("files", face.file).open("rb") as file:
        font = SourceFont(file, recalcTimestamp=False)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
        cut.subset(font)
        instancer.instantiateVariableFont(font, dict(face.axes), inplace=True)
    _rename(font, face)
    out = BytesIO()
    font.save(out, reorderTables=True)
    return out.getvalue()


def _rename(font: SourceFont, face: Face) -> None:
    """Give each instance its own PostScript name: two subsets under one name confuse viewers and printers."""
    family = font["name"].getDebugName(1).split(" ExtraLight")[0]
    style = face.name.replace("-", " ")
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = f"{family} {style}"
        elif record.nameID == 6:
            record.string = f"{family}-{face.name}".replace(" ", "")


def static_font(face: Face) -> Path:
    """Return the path of the face's static font, building it when the cache lacks it."""
    source = resources.files(face.package).joinpath("files", face.file).read_bytes()
    key = hashlib.sha256(source + repr((RECIPE, face.axes, RANGES)).encode()).hexdigest()[:24]
    path = cache_folder() / f"{face.name}-{key}.ttf"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as draft:
            draft.write(build_face(face))
        os.replace(draft.name, path)
    return path


def register_fonts() -> None:
    """Make all faces known to reportlab, once per process; safe to call from several threads."""
    with _lock:
        known = set(pdfmetrics.getRegisteredFontNames())
        for face in FACES:
            if face.name not in known:
                pdfmetrics.registerFont(TTFont(face.name, str(static_font(face)), shapable=False))
        pdfmetrics.registerFontFamily("Serif", normal="Serif", bold="Serif-Bold", italic="Serif-Italic")
        pdfmetrics.registerFontFamily("Sans", normal="Sans", bold="Sans-Bold", italic="Sans")
        rl_config.canvas_basefontname = "Sans"


@lru_cache(maxsize=len(FACES))
def covered(name: str) -> frozenset[int]:
    """Return the code points the registered face ``name`` has glyphs for."""
    return frozenset(pdfmetrics.getFont(name).face.charToGlyph)
