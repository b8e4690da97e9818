"""Help: its pages are served, its links and pictures exist, and nothing in it can become a script."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from governance.web import markdown
from governance.web.help import FOLDER

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", sorted(path.stem for path in FOLDER.glob("*.md")))
def test_each_help_page_is_served_with_its_pictures_and_links(slug: str, client: Client) -> None:
    answer = client.get(reverse("help-page", args=[slug]))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("<h1") == 1
    for source in re.findall(r'<img src="([^"]+)"', page):
        picture = client.get(source)
        assert picture.status_code == 200, source
        assert len(b"".join(picture.streaming_content)) < 80_000  # type: ignore[attr-defined]
    body = page.split('<article class="prose">')[1].split("</article>")[0]
    for target in re.findall(r'<a href="(\.\./[^"#]+)', body):
        assert (FOLDER / f"{target.strip('./')}.md").is_file(), target


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
