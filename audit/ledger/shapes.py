"""What the many envelopes of a log have in common, so that most are recognised without being parsed one by one.

An envelope in the layout that :mod:`~audit.ledger.envelope` writes begins with two members of fixed length, time and
id; what follows up to the commitment (log, model version) repeats from entry to entry, and so does its end (type).
Both pieces are learnt from envelopes that were strictly parsed, and then only compared. A quotation mark inside a
JSON string stands behind a backslash, so that a piece that begins with ``,"name":`` can only be members; an envelope
with a backslash, or with payload or type twice, is parsed by itself and refused where it is no envelope.
"""

from collections.abc import Sequence

from audit.ledger.bundled import Known

COMMIT = b'"payload":{"alg":"HMAC-SHA256","commit":"'
NONE = b'"payload":null,'
HEAD = 86  # {"event_time":"<27>","id":"<36>
_BEGIN, _ID = b'{"event_time":"', b'","id":"'
MANY = 64  # pieces that are compared one after another


class Shapes:
    """The beginnings and ends known so far of the envelopes of one log; ``apart`` are types to be parsed each time."""

    def __init__(self, log: str, apart: frozenset[str]) -> None:
        self._log, self._apart = f'","log":"{log}","model_version":"'.encode(), apart
        self._heads: tuple[bytes, ...] = ()  # up to a commitment
        self._bare: tuple[bytes, ...] = ()  # up to the null where a payload would stand
        self._ends: tuple[bytes, ...] = ()

    def look(self, envelopes: Sequence[bytes]) -> tuple[list[int], set[int]]:
        """Return the places of those that must be parsed, and of those that are known to have no payload."""
        heads, bare, ends = self._heads, self._bare, self._ends
        usual = [d.endswith(ends) and _once(d) for d in envelopes]
        rest = [i for i, d in enumerate(envelopes) if not (usual[i] and d.startswith(heads, HEAD))]
        none = {i for i in rest if usual[i] and envelopes[i].startswith(bare, HEAD)}
        return [i for i in rest if i not in none], none

    def learn(self, data: bytes, known: Known) -> None:
        """Take beginning and end of a parsed envelope as known, if it is laid out as usual."""
        end = f',"type":"{known.kind}","v":"lv/1"}}'.encode()
        if known.kind in self._apart or not data.endswith(end) or not data.startswith(self._log, HEAD):
            return
        if not data.startswith(_BEGIN) or data[42:50] != _ID or data[50:HEAD] != known.entry.encode():
            return
        mark = NONE if known.commit is None else COMMIT
        place = data.find(mark, HEAD) + len(mark)
        if place < len(mark) or (known.commit is not None and data[place : place + 64] != known.commit.encode()):
            return
        head = data[HEAD:place]
        if known.commit is None:
            self._bare = _with(self._bare, head)
        else:
            self._heads = _with(self._heads, head)
        self._ends = _with(self._ends, end)


def _once(data: bytes) -> bool:
    """Whether payload and type stand once: of two, readers would take one or the other. An escape could hide one."""
    return b"\\" not in data and data.count(b'"payload":') == data.count(b'"type":') == 1


def _with(pieces: tuple[bytes, ...], piece: bytes) -> tuple[bytes, ...]:
    return pieces if piece in pieces or len(pieces) == MANY else (*pieces, piece)
