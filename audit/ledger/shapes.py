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
FEW, MANY = 16, 4096  # ends that are compared one after another; ends that are remembered at all


class Shapes:
    """The beginnings and ends known so far of the envelopes of one log."""

    def __init__(self, log: str) -> None:
        self._log = f'","log":"{log}","model_version":"'.encode()
        self._heads: tuple[bytes, ...] = ()  # up to a commitment
        self._bare: tuple[bytes, ...] = ()  # up to the null where a payload would stand
        self._tails: dict[bytes, bool] = {}  # and whether it says simulated

    def look(self, envelopes: Sequence[bytes]) -> tuple[set[int], int] | None:
        """Return which of ``envelopes`` have no payload, by their place here, and how many are simulated.

        None when one of them is none of the usual: of another log, the ledger's own, or laid out otherwise.
        """
        strange, none = self._strange(envelopes)
        while strange:
            first = strange[0]
            if not self._learn(first):
                return None
            strange, none = self._strange(envelopes)
            if strange and strange[0] is first:
                return None
        tails = self._tails
        simulated = sum([tails[data[data.rfind(SIMULATED) :]] for data in envelopes]) if any(tails.values()) else 0
        return none, simulated

    def _strange(self, envelopes: Sequence[bytes]) -> tuple[list[bytes], set[int]]:
        """Return those that are not known, and the places of those known to have no payload."""
        heads, bare, tails = self._heads, self._bare, self._tails
        if len(tails) <= FEW:
            ends = tuple(tails)
            rest = [i for i, d in enumerate(envelopes) if not (d.startswith(heads, HEAD) and d.endswith(ends))]
            none = {i for i in rest if envelopes[i].startswith(bare, HEAD) and envelopes[i].endswith(ends)}
        else:
            place = SIMULATED
            rest = [
                i for i, d in enumerate(envelopes) if not (d.startswith(heads, HEAD) and d[d.rfind(place) :] in tails)
            ]
            none = {i for i in rest if (d := envelopes[i]).startswith(bare, HEAD) and d[d.rfind(place) :] in tails}
        return [envelopes[i] for i in rest if i not in none], none

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
        heads = len(self._heads) + len(self._bare)
        if heads > FEW or len(self._tails) > MANY:
            return False
        if known.commit is None:
            self._bare = tuple({*self._bare, data[HEAD:place]})
        else:
            self._heads = tuple({*self._heads, data[HEAD:place]})
        self._tails[data[end:]] = known.simulated
        return True
