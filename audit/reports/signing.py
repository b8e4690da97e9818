"""The organisation's signature on the pages: PAdES (ETSI EN 319 142-1), baseline B or T, with its own key.

The key and a self-signed certificate are made on first use and kept beside the other secrets. An organisation with
a certificate of its own puts it there under the same names. A signature can not be made twice alike: the ledger
holds the digest of the unsigned pages, and a signed copy begins with exactly those bytes.
"""

import os
import secrets
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from audit.ledger import log
from audit.ledger.keys import write_private

YEARS = 5
TSA_SECONDS = 20


class NoSigningKey(RuntimeError):
    """The key or the certificate is there without the other, or they do not belong together."""

    code = "no_signing_key"


class NoTimestamp(RuntimeError):
    """A time stamp authority is set and gave no stamp."""

    code = "no_timestamp"


def key_paths() -> tuple[Path, Path]:
    """Return where the organisation's report key and certificate lie, PEM."""
    folder = Path(settings.SECRETS_DIR)
    return folder / "report_key.pem", folder / "report_cert.pem"


def ensure_key(*, at: datetime) -> tuple[Path, Path]:
    """Return the paths of key and certificate, making both when neither exists. Raises :class:`NoSigningKey`."""
    key_path, cert_path = key_paths()
    if key_path.exists() and cert_path.exists():
        return key_path, cert_path
    if cert_path.exists():
        raise NoSigningKey(f"{cert_path.name} is there without {key_path.name}; put both in place, or neither.")
    if not key_path.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=3072)
        pem = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _place(key_path, pem.decode())
    key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise NoSigningKey(f"{key_path.name} holds no RSA key; give a certificate for it as {cert_path.name}.")
    _place(cert_path, _certificate(key, at).public_bytes(serialization.Encoding.PEM).decode())
    return key_path, cert_path


def _place(path: Path, text: str) -> None:
    """Put a whole file in place, once: of two processes starting together one wins and both use its file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = write_private(path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}"), text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _certificate(key: rsa.RSAPrivateKey, at: datetime) -> x509.Certificate:
    """Return a self-signed certificate in the name of the ledger's origin: no authority vouches for it."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, log.origin()[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Reports of {log.origin()}"[:64]),
        ]
    )
    begins = at.astimezone(UTC) - timedelta(minutes=5)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .sign(key, hashes.SHA256())
    )


def sign_pages(pdf: bytes, *, reason: str, at: datetime) -> bytes:
    """Return a signed copy of ``pdf``: the same bytes with the signature appended.

    With a time stamp authority set (RFC 3161) the signature carries its stamp: PAdES baseline T. Raises
    :class:`NoSigningKey` and :class:`NoTimestamp`; a job tries again then, so that no report lacks its stamp.
    """
    # Loaded here: the signature library takes seconds to load, and a web process never signs.
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

    key_path, cert_path = ensure_key(at=at)
    signer = signers.SimpleSigner.load(str(key_path), str(cert_path))
    if signer is None:
        raise NoSigningKey("The report key and its certificate cannot be read or do not belong together.")
    metadata = signers.PdfSignatureMetadata(
        field_name="Organisation",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        name=log.origin(),
    )
    url = getattr(settings, "LEDGER_TSA_URL", "")
    authority = HTTPTimeStamper(url, https=url.startswith("https:"), timeout=TSA_SECONDS) if url else None
    try:
        out = signers.sign_pdf(
            IncrementalPdfFileWriter(BytesIO(pdf)), metadata, signer=signer, timestamper=authority, output=BytesIO()
        )
    except (TimestampRequestError, OSError) as error:
        raise NoTimestamp(f"The time stamp authority {url} gave no stamp: {error}") from error
    return bytes(out.getvalue())
