"""Help: its pages are served, its links and pictures exist, and nothing in it can become a script."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from governance.web import markdown
from governance.web.help import FOLDER

SLUGS = sorted(path.stem for path in FOLDER.glob("*.md"))

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("slug", SLUGS)
def test_each_help_page_is_served_with_its_pictures_and_links(slug: str, language: str, client: Client) -> None:
    answer = client.get(reverse("help-page", args=[slug]), headers={"Accept-Language": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("<h1") == 1
    for source in re.findall(r'<img src="([^"]+)"', page):
        picture = client.get(source)
        assert picture.status_code == 200, source
        assert len(b"".join(picture.streaming_content)) < 80_000  # type: ignore[attr-defined]
    body = page.split(f'<article class="prose" lang="{language}">')[1].split("</article>")[0]
    for target in re.findall(r'<a href="(\.\./[^"#]+)', body):
        assert (FOLDER / f"{target.strip('./')}.md").is_file(), target


def _shape(text: str) -> dict[str, object]:
    """What a translation keeps: headings by level, rows, code blocks, pictures, and pages it leads to."""
    prose, code = text.split("```")[::2], text.split("```")[1::2]
    lines = [line for part in prose for line in part.splitlines()]
    return {
        "headings": [found[1] for line in lines if (found := re.match(r"(#{1,3})\s", line))],
        "rows": sum(line.startswith("|") for line in lines),
        "code": len(code),
        "pictures": re.findall(r"^!\[[^\]]*\]\(([^)]+)\)$", "\n".join(prose), re.M),
        "pages": sorted(re.findall(r"\]\(([\w-]+\.md)", "\n".join(prose))),
    }


@pytest.mark.parametrize("slug", SLUGS)
def test_the_german_page_has_the_parts_of_the_english_one(slug: str) -> None:
    english, german = ((folder / f"{slug}.md").read_text(encoding="utf-8") for folder in (FOLDER, FOLDER / "de"))
    assert _shape(german) == _shape(english)
    assert german != english


def test_there_is_no_german_page_without_an_english_one() -> None:
    assert {path.stem for path in (FOLDER / "de").glob("*.md")} <= set(SLUGS)


@pytest.mark.parametrize("folder", [FOLDER, FOLDER / "de"], ids=["en", "de"])
def test_links_into_a_page_meet_a_heading(folder: Path) -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    ids = {slug: set(re.findall(r'<h\d id="([^"]*)"', markdown.render(text))) for slug, text in pages.items()}
    for slug, text in pages.items():
        for page, anchor in re.findall(r"\]\((?:([\w-]+)\.md)?#([\w-]+)\)", text):
            assert anchor in ids[page or slug], f"{slug}: {page}#{anchor}"


def test_a_reader_of_german_gets_the_list_and_the_page_in_german(client: Client) -> None:
    german, english = {"headers": {"Accept-Language": "de"}}, {"headers": {"Accept-Language": "en"}}
    for url in (reverse("help"), reverse("help-page", args=["ledger"])):
        said, meant = (client.get(url, **each).content.decode() for each in (german, english))
        titles = [markdown.title_of((folder / "ledger.md").read_text()) for folder in (FOLDER / "de", FOLDER)]
        assert titles[0] in said
        assert titles[1] not in said
        assert titles[1] in meant


def test_help_lists_every_page_and_knows_no_other(client: Client) -> None:
    page = client.get(reverse("help")).content.decode()
    for path in FOLDER.glob("*.md"):
        assert reverse("help-page", args=[path.stem]) in page
    assert client.get("/help/images/../../urls.py").status_code == 404
    assert client.get("/help/images/none.webp").status_code == 404


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "# <img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<b>)",
        "[x](//elsewhere.example/)",
        '[x](https://a.example/"onmouseover="alert(1))',
        "![x](https://elsewhere.example/x.png)",
        "![x](../../secret.png)",
        "| <b>a</b> |\n|---|\n| <i>b</i> |",
        "```\n</code></pre><script>\n```",
        "`<b>`",
        "- <b>x</b>",
    ],
)
def test_nothing_in_a_help_page_becomes_markup_of_its_own(hostile: str) -> None:
    html = markdown.render(hostile)
    tags = set(re.findall(r"<(/?[a-z0-9]+)", html))
    assert not tags & {"script", "b", "i", "img"}, html
    assert not re.search(r"<[^>]+\son\w+=", html)
    assert not re.search(r'href="(?!https?://[\w.]+/?"|/|#|\.\./)', html)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("## Two words", '<h2 id="two-words">Two words</h2>'),
        ("a\nb", "<p>a b</p>"),
        ("- a\n  b\n- c", "<ul><li>a b</li><li>c</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("**a** *b* `*c*`", "<p><strong>a</strong> <em>b</em> <code>*c*</code></p>"),
        ("[a](ledger.md#proof)", '<p><a href="../ledger/#proof">a</a></p>'),
        ("[a](https://c2sp.org/x)", '<p><a href="https://c2sp.org/x">a</a></p>'),
        ("![a](b.webp)", '<p><img src="/i/b.webp" alt="a" loading="lazy"></p>'),
        ("5 * 3 * 2", "<p>5 * 3 * 2</p>"),
    ],
)
def test_the_small_part_of_markdown_it_knows(text: str, html: str) -> None:
    assert markdown.render(text, image_base="/i/") == html
