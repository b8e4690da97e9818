"""Signed notes and checkpoints: c2sp.org/signed-note, tlog-checkpoint and tlog-cosignature, with Ed25519.

A note is text, a blank line, and signature lines. A checkpoint is a note of three lines: origin, size, root.
A known key with a bad signature is fatal; an unknown key is ignored.
"""

import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04
MAX_BYTES = 1_000_000
MAX_SIGNATURES = 100
_LINE = re.compile(r"^— (\S+) (\S+)$")
_NUMBER = re.compile(r"^(0|[1-9][0-9]{0,18})$")


class NoteMalformed(ValueError):
    """The text is not a signed note, a checkpoint or a key; the message says what would be."""

    code = "note_malformed"


class SignatureInvalid(ValueError):
    """A signature by a known key does not fit the text, or no known key signed it."""

    code = "signature_invalid"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name: ``name+8 hex digits+base64(type byte, 32 key bytes)`` as text."""

    name: str
    public: bytes
    algorithm: int = ED25519

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before each signature."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.algorithm]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a vkey; raises :class:`NoteMalformed`."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteMalformed("A verification key is name+hash+base64.")
        name, material = check_name(parts[0]), strict_base64(parts[2])
        if len(material) != 33 or material[0] not in (ED25519, COSIGNATURE):
            raise NoteMalformed("A verification key holds a type byte (1 or 4) and 32 bytes of Ed25519 key.")
        key = cls(name, material[1:], material[0])
        if key.key_id.hex() != parts[1]:
            raise NoteMalformed("The hash in the verification key does not fit its name and bytes.")
        return key

    def check(self, text: str, signature: bytes) -> int | None:
        """Check the signature bytes after the key id; return a cosignature's time (Unix seconds) or None.

        Raises :class:`SignatureInvalid`.
        """
        time: int | None = None
        message = text.encode()
        if self.algorithm == COSIGNATURE:
            if len(signature) != 72:
                raise SignatureInvalid(f"A cosignature by {self.name} is 72 bytes.")
            time = struct.unpack(">Q", signature[:8])[0]
            if time >= 1 << 63:
                raise SignatureInvalid(f"The cosignature by {self.name} carries an impossible time.")
            message, signature = b"cosignature/v1\ntime %d\n" % time + message, signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise SignatureInvalid(f"The signature by {self.name} does not fit the text.") from error
        return time


@lru_cache(maxsize=4)
def _private(seed: bytes) -> tuple[Ed25519PrivateKey, bytes]:
    """Return the key of a seed and its public half; reading it anew costs twice as much as signing."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return private, private.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key that signs notes; its text form is a secret."""

    name: str
    seed: bytes
    algorithm: int = ED25519

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, _private(self.seed)[1], self.algorithm)

    def to_text(self) -> str:
        """Return ``PRIVATE+KEY+name+hash+base64`` as golang.org/x/mod/sumdb/note writes it."""
        material = b64encode(bytes([self.algorithm]) + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read the text form; raises :class:`NoteMalformed` without repeating the secret."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise NoteMalformed("A signing key is PRIVATE+KEY+name+hash+base64.")
        material = strict_base64(parts[4])
        if len(material) != 33 or material[0] not in (ED25519, COSIGNATURE):
            raise NoteMalformed("A signing key holds a type byte (1 or 4) and 32 bytes of Ed25519 seed.")
        key = cls(check_name(parts[2]), material[1:], material[0])
        if key.verifier.key_id.hex() != parts[3]:
            raise NoteMalformed("The hash in the signing key does not fit its name and bytes.")
        return key

    def line(self, text: str, *, time: int = 0) -> str:
        """Return the signature line over ``text``; ``time`` (Unix seconds) is signed by cosignatures only."""
        private, _ = _private(self.seed)
        if self.algorithm == COSIGNATURE:
            message = b"cosignature/v1\ntime %d\n" % time + text.encode()
            signature = struct.pack(">Q", time) + private.sign(message)
        else:
            signature = private.sign(text.encode())
        return f"— {self.name} {b64encode(self.verifier.key_id + signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line that was checked; ``time`` (Unix seconds) stands in cosignatures only."""

    key: VerifierKey
    time: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """An opened note: its signed text (with the final newline) and the signatures that held."""

    text: str
    signatures: tuple[Signature, ...]
    unknown: tuple[str, ...]


def split_note(raw: str | bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Return the signed text and ``(name, key id, signature)`` of each line; raises :class:`NoteMalformed`.

    The text ends at the *last* blank line, so that a text may hold blank lines itself.
    """
    data = raw.encode() if isinstance(raw, str) else raw
    if len(data) > MAX_BYTES:
        raise NoteMalformed(f"A note is at most {MAX_BYTES} bytes.")
    try:
        note = data.decode()
    except UnicodeDecodeError as error:
        raise NoteMalformed("A note is UTF-8 text.") from error
    if any(ord(character) < 0x20 and character != "\n" for character in note):
        raise NoteMalformed("A note holds no control characters but newlines.")
    cut = note.rfind("\n\n")
    if cut < 0 or not note.endswith("\n"):
        raise NoteMalformed("A note is text, a blank line and signature lines, ending in a newline.")
    lines = note[cut + 2 :].split("\n")[:-1]
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise NoteMalformed(f"A note carries 1 to {MAX_SIGNATURES} signatures.")
    signatures = []
    for line in lines:
        match = _LINE.match(line)
        if not match:
            raise NoteMalformed("A signature line is an em dash, a name and base64.")
        blob = strict_base64(match[2])
        if len(blob) < 5:
            raise NoteMalformed("A signature holds a four-byte key id and the signature.")
        signatures.append((check_name(match[1]), blob[:4], blob[4:]))
    return note[: cut + 1], signatures


def open_note(text: str | bytes, verifier_keys: Iterable[str | VerifierKey]) -> Note:
    """Check a note against the keys one trusts and return it.

    Raises :class:`NoteMalformed`, or :class:`SignatureInvalid` when a known key's signature is bad or no known
    key signed.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for item in verifier_keys:
        key = item if isinstance(item, VerifierKey) else VerifierKey.parse(item)
        known[key.name, key.key_id] = key
    body, lines = split_note(text)
    checked: dict[tuple[str, bytes], Signature] = {}
    unknown = []
    for name, key_id, signature in lines:
        signer = known.get((name, key_id))
        if signer is None:
            unknown.append(name)
        elif (name, key_id) not in checked:
            checked[name, key_id] = Signature(signer, signer.check(body, signature))
    if not checked:
        raise SignatureInvalid("None of the known keys signed this note.")
    return Note(body, tuple(checked.values()), tuple(unknown))


def sign_note(text: str, *keys: SigningKey, time: int = 0) -> str:
    """Return ``text`` (ending in a newline) with a signature line of each key."""
    if not text.endswith("\n"):
        raise NoteMalformed("The text of a note ends in a newline.")
    return text + "\n" + "".join(key.line(text, time=time) for key in keys)


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: the tree of ``origin`` has ``size`` leaves and this 32-byte ``root``."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return the text that is signed."""
        lines = [self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions]
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read the signed text of a checkpoint; raises :class:`NoteMalformed`."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1]:
            raise NoteMalformed("A checkpoint is origin, size and root, each on a line.")
        origin, size, root, *extensions = lines[:-1]
        if not origin or not _NUMBER.match(size) or any(not line for line in extensions):
            raise NoteMalformed("A checkpoint is an origin, a decimal size and a root.")
        value = strict_base64(root)
        if len(value) != 32:
            raise NoteMalformed("The root of a checkpoint is 32 bytes in base64.")
        return cls(origin, int(size), value, tuple(extensions))


def fingerprint(body: str) -> str:
    """Return what people compare by eye: the first 16 bytes of SHA-256 over the signed text, as 8 groups of 4 hex."""
    digits = sha256(body.encode()).hexdigest()[:32]
    return " ".join(digits[i : i + 4] for i in range(0, 32, 4))


def open_checkpoint(
    text: str | bytes, log_keys: Sequence[str | VerifierKey], witness_keys: Sequence[str | VerifierKey] = ()
) -> tuple[Head, Note]:
    """Check a checkpoint and return what it says, with the signatures that held.

    A log's own signature is needed (key name = origin); cosignatures alone do not make a checkpoint.
    Raises :class:`NoteMalformed` or :class:`SignatureInvalid`.
    """
    note = open_note(text, [*log_keys, *witness_keys])
    head = Head.parse(note.text)
    if not any(s.key.algorithm == ED25519 and s.key.name == head.origin for s in note.signatures):
        raise SignatureInvalid(f"The log {head.origin} itself did not sign this checkpoint with a known key.")
    return head, note


def check_name(name: str) -> str:
    """Return a key name, or raise :class:`NoteMalformed` when it is empty or holds a space or a plus sign."""
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteMalformed("A key name is not empty and holds neither spaces nor plus signs.")
    return name


def strict_base64(text: str) -> bytes:
    """Decode canonical standard base64 (RFC 4648, section 4), or raise :class:`NoteMalformed`."""
    try:
        value = b64decode(text, validate=True)
    except ValueError as error:
        raise NoteMalformed("This is not base64.") from error
    if b64encode(value).decode() != text:
        raise NoteMalformed("This is not canonical base64.")
    return value
