"""The letterhead: what is taken as a logo and what is kept of it, who sets it, and what stands in the ledger."""

import hashlib
import io
import struct
import zlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, PngImagePlugin

from governance.access import Invalid, NotAllowed
from governance.letterhead import letterhead_at, set_letterhead
from governance.letterhead.picture import KEPT_BYTES, NotALogo, logo_of
from governance.models import Change, Letterhead
from tests.cast import Cast
from tests.governance.web.conftest import SignIn, sign_in  # noqa: F401 (fixture)


def picture(kind: str = "PNG", size: tuple[int, int] = (400, 120), mode: str = "RGB", **more: Any) -> bytes:
    made = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(made, kind, **more)
    return made.getvalue()


def opened(data: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(data))
    found.load()
    return found


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_mode_becomes_plain_colour_on_white(mode: str) -> None:
    found = opened(logo_of(picture("JPEG" if mode == "CMYK" else "PNG", mode=mode)).png)
    assert (found.mode, found.size, found.info) == ("RGB", (400, 120), {})


def test_what_is_clear_is_white_and_what_is_big_is_drawn_smaller() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (2400, 600), (200, 0, 0, 0)).save(made, "PNG")
    logo = logo_of(made.getvalue())
    assert (logo.width, logo.height) == (960, 240)
    assert opened(logo.png).getextrema() == ((255, 255), (255, 255), (255, 255))
    rich = logo_of(picture_of_noise())
    assert len(rich.png) <= KEPT_BYTES


def picture_of_noise() -> bytes:
    made = io.BytesIO()
    Image.effect_noise((900, 300), 90).convert("RGB").save(made, "JPEG")
    return made.getvalue()


def test_nothing_but_the_pixels_is_kept() -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Author", "Somebody")
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Somebody"  # turned by a quarter; the artist
    assert b"Somebody" not in logo_of(picture(pnginfo=note)).png
    turned = logo_of(picture("JPEG", exif=exif))
    assert b"Somebody" not in turned.png
    assert (turned.width, turned.height) == (96, 320)
    assert logo_of(picture() + b"<script>Somebody</script>").png == logo_of(picture()).png


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "format"),
        (b"no picture at all", "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format"),
        (picture("GIF", mode="P"), "format"),
        (picture()[:-400], "broken"),
        (picture("JPEG")[:500], "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 300, "broken"),
        (bomb(), "pixels"),
        (picture(size=(4000, 40)), "narrow"),
        (picture(size=(20, 20)), "narrow"),
    ],
)
def test_what_is_no_logo_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(NotALogo) as refused:
        logo_of(data)
    assert refused.value.reason == reason


@pytest.mark.django_db
def test_the_letterhead_is_rows_and_each_has_its_entry(cast: Cast) -> None:
    now = timezone.now()
    first = set_letterhead(actor=cast.adam, at=now, name="  Stadt   Musterhausen ", logo=picture())
    second = set_letterhead(actor=cast.adam, at=now + timedelta(seconds=5), name="Musterhausen")
    assert first.name == "Stadt Musterhausen"
    assert bytes(second.logo) == bytes(first.logo)
    assert first.logo_sha256 == hashlib.sha256(bytes(first.logo)).hexdigest()
    assert letterhead_at(now + timedelta(seconds=1)) == first
    assert letterhead_at(now - timedelta(seconds=1)) is None
    third = set_letterhead(actor=cast.adam, at=now + timedelta(seconds=9), name="Musterhausen", remove_logo=True)
    assert third.logo_sha256 == ""
    changes = Change.objects.filter(action="organisation.letterhead").order_by("at")
    assert [each.after["logo_sha256"] for each in changes] == [first.logo_sha256, first.logo_sha256, None]
    assert [each.entry for each in changes] == [first.entry, second.entry, third.entry]
    with pytest.raises(Invalid):
        set_letterhead(actor=cast.adam, at=now + timedelta(seconds=10), name="Musterhausen")
    with pytest.raises(NotAllowed):
        set_letterhead(actor=cast.anna, at=now, name="Other")


@pytest.mark.django_db
def test_the_page_says_what_would_be_right_and_stores_nothing_half(cast: Cast, sign_in: SignIn) -> None:  # noqa: F811
    client = sign_in(cast.adam)
    for name, data, said in (
        ("logo.svg", b"<svg/>", "neither PNG nor JPEG"),
        ("logo.png", picture()[:-400], "cannot be read to its end"),
        ("logo.png", picture() + b"0" * 2_000_000, "larger than 2 MB"),
    ):
        answer = client.post("/administration/letterhead/", {"name": "M", "logo": SimpleUploadedFile(name, data)})
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert not Letterhead.objects.exists()
    sent = {"name": "Musterhausen", "logo": SimpleUploadedFile("logo.png", picture())}
    assert client.post("/administration/letterhead/", sent).status_code == 302
    page = client.get("/administration/letterhead/").content.decode()
    assert 'alt="Logo of Musterhausen"' in page
    assert "data:image/png;base64," in page
