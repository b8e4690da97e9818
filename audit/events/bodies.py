"""Request bodies to events: CloudEvents structured, batched and binary mode, NDJSON; gzip with a cap.

Limits hold before and after decompression; what is too much is refused before it is parsed.
"""

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import msgspec

from audit.events import quick, schema
from audit.events.problems import Problem, Unreadable

MAX_EVENTS: Final = 1000
MAX_BYTES: Final = 5_000_000
_CHUNK = 64 * 1024

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")

Parsed = schema.Event | Problem


@dataclass(frozen=True, slots=True)
class Request:
    """What a body said: its events in the order sent; ``many`` decides the form of the answer."""

    items: list[Parsed]
    many: bool


def gather(read: Callable[[int], bytes], *, encoding: str, maximum: int = MAX_BYTES) -> bytes:
    """Read a whole body, at most ``maximum`` bytes before and after ``encoding`` is undone.

    Memory never exceeds the cap, however small the bomb. Raises :class:`Unreadable`.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return b"".join(_capped(read, maximum))
    if encoding not in ("gzip", "x-gzip"):
        raise Unreadable(
            Problem("unsupported_encoding", f"Content-Encoding {encoding[:40]!r} is not known; use gzip", 415)
        )
    inflate = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    size = 0
    try:
        for chunk in _capped(read, maximum):
            while chunk:
                part = inflate.decompress(chunk, maximum + 1 - size)
                size += len(part)
                if size > maximum:
                    raise _too_large(maximum, " after decompression")
                parts.append(part)
                chunk = inflate.unconsumed_tail
                if inflate.eof and inflate.unused_data:  # a further gzip member (RFC 1952, 2.2)
                    chunk, inflate = inflate.unused_data, zlib.decompressobj(wbits=31)
    except zlib.error:
        raise Unreadable(Problem("unparsable", "The body is not the gzip its Content-Encoding says", 400)) from None
    if not inflate.eof:
        raise Unreadable(Problem("unparsable", "The gzip body ends too early", 400))
    return b"".join(parts)


def _capped(read: Callable[[int], bytes], maximum: int) -> Iterator[bytes]:
    size = 0
    while chunk := read(min(_CHUNK, maximum + 1 - size)):
        size += len(chunk)
        if size > maximum:
            raise _too_large(maximum, "")
        yield chunk


def _too_large(maximum: int, when: str) -> Unreadable:
    return Unreadable(Problem("too_large", f"A request may have {maximum} bytes{when}", 413))


def split(body: bytes, *, content_type: str, headers: Mapping[str, str]) -> Request:
    """Read a decompressed body by its content type; ``headers`` has lower-case names.

    Raises :class:`Unreadable` (400, 413, 415): then nothing of the body may be stored.
    """
    media = content_type.split(";", 1)[0].strip().lower()
    if media == BATCH:
        return Request(_array(body), many=True)
    if media == STRUCTURED:
        return Request([_one(body)], many=False)
    if "ce-specversion" in headers or "ce-id" in headers:
        return Request([_binary(body, media, headers)], many=False)
    if media in NDJSON:
        return Request(_lines(body), many=True)
    if media == "application/json":
        if body.lstrip()[:1] == b"[":
            return Request(_array(body), many=True)
        return Request([_one(body)], many=False)
    raise Unreadable(
        Problem(
            "unsupported_media_type",
            f"Content-Type {media[:80]!r} is not known; use {STRUCTURED}, {BATCH}, {NDJSON[0]} or ce- headers",
            415,
        )
    )


def _one(body: bytes) -> Parsed:
    item = quick.take(body)
    if isinstance(item, Problem) and not _json_in_other_dress(body):
        raise _unparsable(body)
    return item


def _array(body: bytes) -> list[Parsed]:
    try:
        raws = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (ValueError, RecursionError):
        return _array_with_poison(body)
    _count(len(raws))
    return [quick.take(bytes(raw)) for raw in raws]


def _lines(body: bytes) -> list[Parsed]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    _count(len(lines))
    return [quick.take(line) for line in lines]


def _count(events: int) -> None:
    if events > MAX_EVENTS:
        raise Unreadable(
            Problem("too_many_events", f"A request may have {MAX_EVENTS} events, this one has {events}", 413)
        )


def _unparsable(body: bytes) -> Unreadable:
    try:
        json.loads(body)
        where = "it is not UTF-8 or nested too deeply"
    except RecursionError:
        where = "it is nested too deeply"
    except ValueError as error:
        where = str(error)
    return Unreadable(Problem("unparsable", f"The body is not JSON: {where}", 400))


def _array_with_poison(body: bytes) -> list[Parsed]:
    """One item spoils the whole for the strict reader (NaN, a lone surrogate, a thousand brackets).

    Its neighbours are kept: the array is cut along its top level, and each item judged alone. A body
    that no lenient reader takes for JSON either is refused as a whole.
    """
    pieces = list(_top_level(body))
    if not pieces:
        raise _unparsable(body)
    _count(len(pieces))
    items = [schema.parse(piece) for piece in pieces]
    for piece, item in zip(pieces, items, strict=True):
        if isinstance(item, Problem) and not _json_in_other_dress(piece):
            raise _unparsable(body)
    return items


def _json_in_other_dress(piece: bytes) -> bool:
    """Whether a lenient reader (NaN, lone surrogates, any depth) takes the bytes for JSON."""
    try:
        json.loads(piece)
    except RecursionError:
        return True
    except ValueError as error:
        return "integer string conversion" in str(error)
    return True


_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]')


def _top_level(body: bytes) -> Iterator[bytes]:
    """Cut a JSON array into its items by brackets and strings alone; yields nothing when they do not close."""
    text = body.strip()
    if text[:1] != b"[" or text[-1:] != b"]":
        return
    depth, start, pieces = 0, 1, []
    for token in _TOKEN.finditer(text):
        mark = token.group()[:1]
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
            if depth == 0 and token.end() != len(text):
                return
        if depth < 0:
            return
        if (mark == b"," and depth == 1) or depth == 0:
            pieces.append(text[start : token.start()].strip())
            start = token.end()
    if depth == 0:
        yield from pieces


def _binary(body: bytes, media: str, headers: Mapping[str, str]) -> Parsed:
    """CloudEvents HTTP binding 3.1: attributes in ``ce-`` headers, the body is the data."""
    event: dict[str, object] = {
        name[3:]: unquote(value.strip('"')) for name, value in headers.items() if name.startswith("ce-")
    }
    if media:
        event["datacontenttype"] = headers.get("content-type", media)
    if body and (media in ("", "application/json") or media.endswith("+json")):
        try:
            event["data"] = msgspec.json.Decoder(float_hook=schema.finite).decode(body)
        except (ValueError, RecursionError):
            raise _unparsable(body) from None
    elif body:
        event["data_base64"] = base64.b64encode(body).decode()
    return schema.read(event)
