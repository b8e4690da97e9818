"""The organisation's signature, judged by poppler and by pyHanko's own validator; and what a dropped file is."""

import shutil
import subprocess
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import pem, tsp, x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.utils import timezone
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from audit.reports import content, signing
from audit.reports.identify import identify
from audit.reports.pdf import render_pdf
from tests.audit.reports.conftest import Past
from tests.audit.reports.sample import sample
from tests.audit.reports.test_issue import issued


@pytest.fixture
def keys(tmp_path: Path, settings: object) -> Path:
    settings.SECRETS_DIR = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def test_the_signature_covers_the_whole_file_and_holds(keys: Path) -> None:
    pdf = render_pdf(sample())
    signed = signing.sign_pages(pdf, reason="Issued as R-0007", at=timezone.now())
    assert signed.startswith(pdf)
    _, _, der = pem.unarmor((keys / "report_cert.pem").read_bytes())
    trust = ValidationContext(trust_roots=[x509.Certificate.load(der)])
    status = validate_pdf_signature(PdfFileReader(BytesIO(signed)).embedded_signatures[0], trust)
    assert status.intact
    assert status.valid
    assert status.coverage.name == "ENTIRE_FILE"


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler's pdfsig is not installed")
def test_poppler_finds_the_signature_valid_and_a_changed_byte_invalid(keys: Path, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    signed = signing.sign_pages(render_pdf(sample()), reason="Issued", at=timezone.now())
    path.write_bytes(signed)
    said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    at = signed.index(b"Source Serif") if b"Source Serif" in signed else 2000
    path.write_bytes(signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :])
    assert "Signature is Valid" not in subprocess.run(["pdfsig", str(path)], capture_output=True, text=True).stdout


def test_keys_are_private_and_made_once(keys: Path) -> None:
    threads = [threading.Thread(target=signing.ensure_key, kwargs={"at": timezone.now()}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in keys.iterdir()) == ["report_cert.pem", "report_key.pem"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys.iterdir())
    before = (keys / "report_key.pem").read_bytes()
    signing.ensure_key(at=timezone.now())
    assert (keys / "report_key.pem").read_bytes() == before


def test_a_certificate_without_its_key_is_refused(keys: Path) -> None:
    (keys / "report_cert.pem").write_text("x")
    with pytest.raises(signing.NoSigningKey, match=r"report_cert\.pem is there without"):
        signing.ensure_key(at=timezone.now())


def test_a_file_is_told_for_what_it_is(past: Past) -> None:
    report = issued(past)
    pages = bytes(report.pdf)
    assert identify(pages).verdict == "unaltered"
    assert identify(bytes(report.signed_pdf)).verdict == "signed_copy"
    assert identify(pages + b"\n% a later signature").verdict == "extended"
    assert identify(render_pdf(sample())).verdict == "unknown"
    for junk in (b"", b"%PDF-1.7\n", b"PK\x03\x04", pages[: len(pages) // 2]):
        assert identify(junk).verdict in ("unknown", "altered")
    assert identify(pages).current
    newer = issued(past, job_key="k2")
    assert not identify(pages).current
    assert identify(bytes(newer.pdf)).current


def test_an_altered_figure_is_named(past: Past) -> None:
    report = issued(past)
    data = bytes(report.data)
    figure = next(f for f in content.figures(content.from_json(data)) if f.unit == "share" and f.value is not None)
    forged = data.replace(f'"value":"{figure.value}"'.encode(), b'"value":"0.999"', 1)
    assert forged != data
    with pikepdf.open(BytesIO(bytes(report.pdf))) as pdf:
        pdf.Root.Names.EmbeddedFiles.Names[1].EF.F.write(forged)
        out = BytesIO()
        pdf.save(out)
    found = identify(out.getvalue())
    assert (found.verdict, found.report) == ("altered", report)
    assert figure.id in {change.id for change in found.changes}


def test_pages_drawn_anew_over_the_same_data_are_altered(past: Past) -> None:
    report = issued(past)
    with pikepdf.open(BytesIO(bytes(report.pdf))) as pdf:
        pdf.docinfo["/Title"] = "Another title"
        out = BytesIO()
        pdf.save(out)
    assert identify(out.getvalue()).verdict == "altered"


@pytest.mark.django_db
def test_a_bomb_in_the_attachment_does_not_fill_the_memory() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        bomb = pikepdf.AttachedFileSpec(pdf, b"{}", filename="report.json")
        pdf.attachments["report.json"] = bomb
        stream = pdf.attachments["report.json"].get_file().obj
        stream.write(zlib.compress(b"\0" * 200_000_000), filter=pikepdf.Name.FlateDecode)
        out = BytesIO()
        pdf.save(out, compress_streams=False, recompress_flate=False)
    assert len(out.getvalue()) < 1_000_000
    tracemalloc.start()
    assert identify(out.getvalue()).verdict == "unknown"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120_000_000


@pytest.mark.django_db
def test_what_is_no_report_is_unknown() -> None:
    assert identify(b"%PDF-1.4 nothing").verdict == "unknown"


@pytest.mark.slow
def test_a_time_stamp_authority_stamps_the_signature(keys: Path, settings: Any) -> None:
    """A small authority answers over HTTP as RFC 3161 says; pyHanko's validator judges what it gave."""
    key, certificate = _authority()
    with _served(DummyTimeStamper(certificate, key)) as address:
        settings.LEDGER_TSA_URL = address
        signed = signing.sign_pages(render_pdf(sample()), reason="Issued", at=timezone.now())
    _, _, der = pem.unarmor((keys / "report_cert.pem").read_bytes())
    trust = ValidationContext(trust_roots=[x509.Certificate.load(der), certificate])
    status = validate_pdf_signature(PdfFileReader(BytesIO(signed)).embedded_signatures[0], trust, trust)
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.valid


def test_an_authority_that_gives_no_stamp_is_named(keys: Path, settings: Any) -> None:
    settings.LEDGER_TSA_URL = "http://127.0.0.1:9/stamp"
    with pytest.raises(signing.NoTimestamp, match=r"127\.0\.0\.1:9"):
        signing.sign_pages(render_pdf(sample()), reason="Issued", at=timezone.now())


def _authority() -> tuple[PrivateKeyInfo, x509.Certificate]:
    """Return the key and self-signed certificate of an authority that may only stamp times."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = cx509.Name([cx509.NameAttribute(NameOID.COMMON_NAME, "Test time")])
    begins = timezone.now() - timedelta(hours=1)
    usage = cx509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = cx509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(made.public_key())
    builder = builder.serial_number(7).not_valid_before(begins).not_valid_after(begins + timedelta(days=2))
    certificate = builder.add_extension(usage, critical=True).sign(made, hashes.SHA256())
    der = made.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return PrivateKeyInfo.load(der), x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


@contextmanager
def _served(authority: DummyTimeStamper) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            given = authority.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(given)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/stamp"
    finally:
        server.shutdown()
        server.server_close()
