"""Checkpoints leave the house: cosignatures of witnesses and time stamps of third parties, kept beside them.

Nothing here runs unless it is configured: an installation makes no outbound call by default.
"""

import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime

from django.db.models import Max

from audit.ledger.errors import LedgerError
from audit.ledger.models import Anchor
from audit.ledger.note import NoteMalformed, SignatureInvalid, VerifierKey, open_note
from audit.ledger.reading import consistency, latest_checkpoint
from audit.ledger.sequencing import Checkpoint
from audit.ledger.witness import request_text

COSIGNATURE_KIND, TIMESTAMP_KIND = "cosignature", "rfc3161"
TIMEOUT_S = 10
Send = Callable[[str, bytes, str], tuple[int, bytes]]  # (url, body, content type) -> (status, answer)


class AnchorRefused(LedgerError):
    """The witness or time stamp authority did not answer as it should; ``data`` holds what it said."""

    code = "anchor_refused"


def post(url: str, body: bytes, content_type: str) -> tuple[int, bytes]:
    """Send a request and return status and at most 64 KiB of the answer."""
    if not url.startswith(("http://", "https://")):
        raise AnchorRefused("A witness is reached by http or https.", url=url)
    request = urllib.request.Request(url, data=body, headers={"Content-Type": content_type}, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return answer.status, answer.read(1 << 16)
    except urllib.error.HTTPError as error:
        return error.code, error.read(1 << 16)
    except OSError as error:
        raise AnchorRefused(f"Nobody answered at {url}: {error}", url=url) from error


def ask_witness(*, url: str, vkey: str, at: datetime, send: Send = post) -> Anchor | None:
    """Have a witness cosign the latest checkpoint and keep its line; None when it already did.

    A witness that has seen more than this log has, or another root, answers with its size: :class:`AnchorRefused`.
    """
    key, checkpoint = VerifierKey.parse(vkey), latest_checkpoint()
    if checkpoint is None:
        return None
    kept = Anchor.objects.filter(kind=COSIGNATURE_KIND, source=str(key))
    old = kept.aggregate(size=Max("size"))["size"] or 0
    if old == checkpoint.size:
        return None
    status, answer = _submit(url, old, checkpoint, send)
    if status == 409 and answer.strip().isdigit() and int(answer) != old:
        old = int(answer)
        if old > checkpoint.size:
            raise AnchorRefused(
                f"The witness has seen {old} entries, this log holds {checkpoint.size}: a rolled-back history.",
                seen=old,
                size=checkpoint.size,
            )
        status, answer = _submit(url, old, checkpoint, send)
    if status != 200:
        said = answer.decode("utf-8", "replace")[:500]
        raise AnchorRefused(f"The witness answered {status}: {said}", status=status, size=checkpoint.size)
    line = _own_line(answer.decode("utf-8", "replace"), checkpoint, key)
    return Anchor.objects.create(
        size=checkpoint.size, kind=COSIGNATURE_KIND, source=str(key), blob=line.encode(), at=at
    )


def _submit(url: str, old: int, checkpoint: Checkpoint, send: Send) -> tuple[int, bytes]:
    proof = consistency(old, checkpoint.size).hashes if old else ()
    body = request_text(old, proof, checkpoint.note).encode()
    return send(f"{url.rstrip('/')}/add-checkpoint", body, "text/plain; charset=utf-8")


def _own_line(answer: str, checkpoint: Checkpoint, key: VerifierKey) -> str:
    """Return the line of the answer that this witness signed; others are ignored."""
    for line in answer.splitlines():
        try:
            open_note(checkpoint.note.partition("\n\n")[0] + "\n\n" + line + "\n", [key])
        except (NoteMalformed, SignatureInvalid):
            continue
        return line + "\n"
    raise AnchorRefused("The answer holds no cosignature by the witness's key.", answer=answer[:500])


def stamp_once(*, url: str, at: datetime, roots: list[bytes], send: Send = post) -> Anchor | None:
    """Stamp the latest checkpoint unless this authority stamped it already; None when there was nothing to do."""
    checkpoint = latest_checkpoint()
    if checkpoint is None:
        return None
    known = Anchor.objects.filter(kind=TIMESTAMP_KIND, source=url, size=checkpoint.size)
    return None if known.exists() else stamp(url=url, at=at, roots=roots, send=send)


def stamp(*, url: str, at: datetime, roots: list[bytes], send: Send = post) -> Anchor | None:
    """Have a time stamp authority (RFC 3161) stamp the latest checkpoint's signed text, and keep the token.

    ``roots`` are the authority's certificates (PEM). Needs the extra ``tsa``. Raises :class:`AnchorRefused`.
    """
    from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response

    checkpoint = latest_checkpoint()
    if checkpoint is None:
        return None
    message = signed_text(checkpoint)
    asked = TimestampRequestBuilder().data(message).build()
    status, answer = send(url, asked.as_bytes(), "application/timestamp-query")
    try:
        if status != 200:
            raise ValueError(f"status {status}")
        token = decode_timestamp_response(answer)
        stamped_at(token.as_bytes(), message, roots, nonce=asked.nonce)
    except ValueError as error:
        raise AnchorRefused(f"The time stamp does not hold: {error}", status=status) from error
    return Anchor.objects.create(size=checkpoint.size, kind=TIMESTAMP_KIND, source=url, blob=answer, at=at)


def stamped_at(token: bytes, message: bytes, roots: list[bytes], nonce: int | None = None) -> datetime:
    """Return the time a token names for ``message``; raises ``ValueError`` when it does not hold."""
    from cryptography.x509 import load_pem_x509_certificate
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    response = decode_timestamp_response(token)
    builder = VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(load_pem_x509_certificate(root))
    if nonce is not None:
        builder = builder.nonce(nonce)
    try:
        builder.build().verify_message(response, message)
    except VerificationError as error:
        raise ValueError(str(error)) from error
    moment: datetime = response.tst_info.gen_time
    return moment


def signed_text(checkpoint: Checkpoint) -> bytes:
    """Return the three lines that were signed."""
    return checkpoint.note[: checkpoint.note.rfind("\n\n") + 1].encode()
