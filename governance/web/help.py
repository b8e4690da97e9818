"""Help: the pages of ``help/*.md``, served as they are in the repository."""

from functools import cache
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
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
def _source(slug: str) -> str | None:
    path = FOLDER / f"{slug}.md"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _slugs() -> list[str]:
    found = sorted(path.stem for path in FOLDER.glob("*.md"))
    return [slug for slug in ORDER if slug in found] + [slug for slug in found if slug not in ORDER]


def contents(request: HttpRequest) -> HttpResponse:
    """The list of help pages; open to everybody, for it says nothing about anybody."""
    pages = [(markdown.title_of(_source(slug) or "") or slug, reverse("help-page", args=[slug])) for slug in _slugs()]
    return render(request, "pages/help.html", {"pages": pages})


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One help page."""
    source = _source(slug) if slug in _slugs() else None
    if source is None:
        raise Http404(_("There is no help page %(slug)s.") % {"slug": slug})
    context = {
        "title": markdown.title_of(source) or slug,
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
