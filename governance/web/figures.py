"""Charts on pages: drawn once wide and once narrow, so that a phone reads the same figure at the same type size."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe

from audit.charts import Drawing, seal, svg
from governance.web.tables import Table

WIDE, NARROW = 680, 328


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigure:
    """A chart with the sentence above it and the table behind it."""

    see: str
    wide: SafeString
    narrow: SafeString
    caption: str = ""
    table: Table | None = None


def page_figure(
    draw: Callable[[float], Drawing], *, name: str, see: str, caption: str = "", table: Table | None = None
) -> PageFigure:
    """Draw at both widths. ``name`` must be unique on the page; ``draw`` takes the width."""
    return PageFigure(
        see=see,
        wide=_markup(svg(draw(WIDE), element_id=f"{name}-wide")),
        narrow=_markup(svg(draw(NARROW), element_id=f"{name}-narrow")),
        caption=caption,
        table=table,
    )


@lru_cache(maxsize=128)  # the foot of every page carries the newest one
def seal_markup(root_hash: bytes, *, title: str, name: str, size: float = 44) -> SafeString:
    """The seal of a checkpoint as inline SVG."""
    return _markup(svg(seal(root_hash, size=size, title=title), element_id=name, css_class="seal-mark"))


def _markup(drawn: str) -> SafeString:
    # The SVG back end escapes every text it was given and writes nothing else of the caller's.
    return mark_safe(drawn)  # noqa: S308
