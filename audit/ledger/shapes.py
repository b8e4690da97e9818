"""What the many envelopes of a log have in common, so that 256 of them are recognised at once.

An envelope in the layout that :mod:`~audit.ledger.envelope` writes begins with two members of fixed length, time and
id; what follows up to the commitment (log, model version) and what stands from ``simulated`` to the end (stream,
subject, system, type) repeats from entry to entry. Both pieces are learnt from an envelope that was strictly parsed
and then only compared. A quotation mark inside a JSON string stands behind a backslash, so that a piece that begins
with ``,"name":`` can only be members.
"""

from collections.abc import Sequence

from audit.ledger.bundled import read_known

COMMIT = b'"payload":{"alg":"HMAC-SHA256","commit":"'
NONE = b'"payload":null,'
SIMULATED, OWN = b',"simulated":', b'"ledger"'
HEAD = 86  # {"event_time":"<27>","id":"<36>
_BEGIN, _ID = b'{"event_time":"', b'","id":"'
KNOWN = 16  # a file of more kinds than this is read entry by entry


class Shapes:
    """The beginnings and ends known so far of the envelopes of one log."""

    def __init__(self, log: str) -> None:
        self._log = f'","log":"{log}","model_version":"'.encode()
        self._heads: tuple[bytes, ...] = ()  # up to a commitment
        self._bare: tuple[bytes, ...] = ()  # up to the null where a payload would stand
        self._tails: tuple[bytes, ...] = ()
        self._simulated: tuple[bytes, ...] = ()

    def count(self, envelopes: Sequence[bytes]) -> tuple[int, int] | None:
        """Return how many of ``envelopes`` have a payload and how many are simulated.

        None when one of them is none of the usual: of another log, the ledger's own, or laid out otherwise.
        """
        for _ in range(KNOWN):
            heads, tails = self._heads + self._bare, self._tails + self._simulated
            strange = [data for data in envelopes if not (data.startswith(heads, HEAD) and data.endswith(tails))]
            if not strange:
                break
            if len(heads) + len(tails) > 2 * KNOWN or not self._learn(strange[0]):
                return None
        else:
            return None
        bare = sum([data.startswith(self._bare, HEAD) for data in envelopes]) if self._bare else 0
        simulated = sum([data.endswith(self._simulated) for data in envelopes]) if self._simulated else 0
        return len(envelopes) - bare, simulated

    def _learn(self, data: bytes) -> bool:
        """Take beginning and end of an envelope as known; False when it is not laid out as usual."""
        known = read_known(data)
        end = data.rfind(SIMULATED)
        if known is None or known.stream == "ledger" or end < 0 or not data.startswith(self._log, HEAD):
            return False
        if not data.startswith(_BEGIN) or data[42:50] != _ID or data[50:HEAD] != known.entry.encode():
            return False
        mark = NONE if known.commit is None else COMMIT
        place = data.find(mark, HEAD) + len(mark)
        if place < len(mark) or (known.commit is not None and data[place : place + 64] != known.commit.encode()):
            return False
        head, tail = data[HEAD:place], data[end:]
        if known.commit is None:
            self._bare = tuple({*self._bare, head})
        else:
            self._heads = tuple({*self._heads, head})
        if known.simulated:
            self._simulated = tuple({*self._simulated, tail})
        else:
            self._tails = tuple({*self._tails, tail})
        return True
