"""Help: the pages of ``help/*.md``, in German of ``help/de/*.md``, served as they are in the repository."""

from functools import cache
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from governance.web import markdown

FOLDER = Path(__file__).parent / "help"
ORDER = (
    "start",
    "integrate",
    "register",
    "oversight",
    "measures",
    "fairness",
    "committee",
    "reports",
    "ledger",
    "keeping",
)
IMAGE_TYPES = {".png": "image/png", ".webp": "image/webp"}


@cache
def _source(slug: str, language: str) -> tuple[str, str] | None:
    """A page and the language it is written in: ``language`` if there is such a page, else English."""
    for path, written in ((FOLDER / language / f"{slug}.md", language), (FOLDER / f"{slug}.md", "en")):
        if path.is_file():
            return path.read_text(encoding="utf-8"), written
    return None


def _language() -> str:
    return (get_language() or "en")[:2]


def _slugs() -> list[str]:
    found = sorted(path.stem for path in FOLDER.glob("*.md"))
    return [slug for slug in ORDER if slug in found] + [slug for slug in found if slug not in ORDER]


def contents(request: HttpRequest) -> HttpResponse:
    """The list of help pages; open to everybody, for it says nothing about anybody."""
    found = [(slug, _source(slug, _language()) or ("", "en")) for slug in _slugs()]
    pages = [
        (markdown.title_of(source) or slug, reverse("help-page", args=[slug]), written)
        for slug, (source, written) in found
    ]
    return render(request, "pages/help.html", {"pages": pages})


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One help page."""
    found = _source(slug, _language()) if slug in _slugs() else None
    if found is None:
        raise Http404(_("There is no help page %(slug)s.") % {"slug": slug})
    source, written = found
    context = {
        "title": markdown.title_of(source) or slug,
        "written": written,
        "body": markdown.render(source, image_base=reverse("help") + "images/"),
        "crumbs": [(_("Help"), reverse("help")), (markdown.title_of(source) or slug, "")],
    }
    return render(request, "pages/help_page.html", context)


@cache_control(public=True, max_age=86400)
def image(request: HttpRequest, name: str) -> FileResponse:
    """A picture of a help page, by its name in ``help/images``."""
    allowed = {path.name: path for path in (FOLDER / "images").glob("*") if path.suffix in IMAGE_TYPES}
    if name not in allowed:
        raise Http404
    return FileResponse(allowed[name].open("rb"), content_type=IMAGE_TYPES[allowed[name].suffix])
