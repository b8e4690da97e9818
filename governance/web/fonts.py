"""Make the web fonts and the text-width table of the charts from the font packages.

Run ``python -m governance.web.fonts`` after a font package changes. Source Serif 4, Source Sans 3 and
JetBrains Mono come from the packages ``fontpkg-*`` under the SIL Open Font License 1.1; the subsets keep their
names' owners and licence (``OFL-*.txt`` beside them).
"""

import json
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FONTS = Path(__file__).parent / "static" / "fonts"
WIDTHS = Path(__file__).resolve().parents[2] / "audit" / "charts" / "widths.json"

# One file per script, so that a browser fetches only what the page's names need.
SCRIPTS: dict[str, list[range]] = {
    "latin": [
        range(0x20, 0x7F), range(0xA0, 0x180), range(0x2C6, 0x2DD), range(0x1E80, 0x1E86), range(0x1E9E, 0x1E9F),
        range(0x2010, 0x2027), range(0x2030, 0x203B), range(0x2044, 0x2045), range(0x2070, 0x208F),
        range(0x20AC, 0x20AD), range(0x2116, 0x2117), range(0x2122, 0x2123), range(0x2190, 0x2194),
        range(0x2212, 0x2213), range(0x2248, 0x2249), range(0x2260, 0x2261), range(0x2264, 0x2266),
        range(0x218, 0x21C), range(0x25CA, 0x25CB), range(0x2713, 0x2714),
    ],
    "greek": [range(0x370, 0x400), range(0x1F00, 0x2000)],
    "cyrillic": [range(0x400, 0x530)],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Face:
    """``axes``: the part of each variable axis that the pages use."""

    name: str
    package: str
    file: str
    axes: dict[str, float | tuple[float, float]]
    scripts: tuple[str, ...] = ("latin", "greek", "cyrillic")


FACES = (
    Face("serif", "fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf", {"opsz": 30.0, "wght": (400, 600)}),
    Face("sans", "fontpkg_source_sans_3", "SourceSans3[wght].ttf", {"wght": (400, 700)}),
    Face("sans-italic", "fontpkg_source_sans_3", "SourceSans3-Italic[wght].ttf", {"wght": 400.0}),
    Face("mono", "fontpkg_jetbrains_mono", "JetBrainsMono[wght].ttf", {"wght": 400.0}, ("latin",)),
)


def _open(face: Face) -> TTFont:
    return TTFont(str(files(face.package).joinpath("files", face.file)), recalcTimestamp=False)


def _subset(font: TTFont, codes: list[int]) -> TTFont:
    options = Options(layout_features=["kern", "liga", "mark", "mkmk", "locl", "ccmp", "tnum", "lnum", "case"])
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    return font


def write_subsets(folder: Path) -> list[Path]:
    """Write one WOFF per face and script, and the licences; return the paths."""
    written = []
    for face in FACES:
        for script in face.scripts:
            # Subset first: cutting axes leaves glyphs without variations, which the subsetter then misses.
            font = _subset(_open(face), [code for span in SCRIPTS[script] for code in span])
            font = instantiateVariableFont(font, face.axes)
            path = folder / f"{face.name}-{script}.woff"
            font.flavor = "woff"
            font.save(path)
            written.append(path)
        shutil.copyfile(str(files(face.package).joinpath("LICENSE")), folder / f"OFL-{face.package[8:]}.txt")
    return written


def write_widths(path: Path) -> None:
    """Write the advance widths of the sans face, in thousandths of an em, by weight and character."""
    table: dict[str, dict[str, int]] = {}
    face = next(face for face in FACES if face.name == "sans")
    for weight in (400, 600):
        codes = [code for spans in SCRIPTS.values() for span in spans for code in span]
        font = instantiateVariableFont(_subset(_open(face), codes), {"wght": float(weight)})
        advances, cmap, em = font["hmtx"].metrics, font.getBestCmap(), font["head"].unitsPerEm
        wanted = sorted({code for spans in SCRIPTS.values() for span in spans for code in span} & set(cmap))
        table[str(weight)] = {chr(code): round(advances[cmap[code]][0] * 1000 / em) for code in wanted}
    path.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    FONTS.mkdir(parents=True, exist_ok=True)
    for written in write_subsets(FONTS):
        print(f"{written.name}  {written.stat().st_size // 1024} kB")
    write_widths(WIDTHS)
