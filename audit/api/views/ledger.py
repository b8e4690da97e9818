"""The ledger for outsiders: checkpoint, tiles, entries and proofs in C2SP formats."""

import base64
from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import require_scope
from audit.api.problems import ApiProblem
from audit.events.keys import Bearer
from audit.events.problems import Problem
from audit.ledger import log, merkle, tiles
from audit.ledger.models import Tile
from audit.ledger.rows import LEVEL
from governance.access import reads_all
from governance.models import User

SCOPE = "ledger:read"
TEXT = {(200, "text/plain"): OpenApiTypes.STR}


def check_reader(request: Request) -> None:
    """The ledger shows volumes of the whole organisation: a role that reads all, or a key with its scope."""
    require_scope(request, SCOPE)
    if not isinstance(request.auth, Bearer) and not (isinstance(request.user, User) and reads_all(request.user)):
        raise Http404


class Checkpoint(APIView):
    """The newest signed checkpoint (C2SP tlog-checkpoint)."""

    @extend_schema(operation_id="ledger_checkpoint", responses={**TEXT, **doc.problems(401, 403, 404)})
    def get(self, request: Request) -> HttpResponse:
        check_reader(request)
        newest = log.latest_checkpoint()
        if newest is None:
            raise Http404
        return HttpResponse(newest.note, content_type="text/plain; charset=utf-8")


class TileView(APIView):
    """A tile of the tree (C2SP tlog-tiles): ``/tile/<level>/<number>[.p/<width>]``."""

    @extend_schema(
        operation_id="ledger_tile",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **doc.problems(401, 403, 404)},
    )
    def get(self, request: Request, level: int, path: str) -> HttpResponse:
        check_reader(request)
        name, partial, width = path.partition(".p/")
        try:
            number = tiles.parse_number(name)
            wanted = int(width) if partial else tiles.WIDTH
        except ValueError:
            raise Http404 from None
        if level > 7 or number >= LEVEL or not 0 < wanted <= tiles.WIDTH:
            raise Http404
        row = Tile.objects.filter(pk=level * LEVEL + number).first()
        if row is None or row.width < wanted:
            raise Http404
        cached = "public, max-age=31536000, immutable"
        return HttpResponse(
            bytes(row.hashes)[: 32 * wanted], content_type="application/octet-stream", headers={"Cache-Control": cached}
        )


class EntryView(APIView):
    """One entry: the envelope that was hashed, byte for byte, and its place. No payload: that may be personal."""

    @extend_schema(
        operation_id="ledger_entry",
        responses={
            200: doc.an_object(
                {
                    "entry": doc.UUID,
                    "index": doc.nullable({"type": "integer"}),
                    "envelope": doc.TEXT,
                    "leaf_hash": doc.TEXT,
                }
            ),
            **doc.problems(401, 403, 404),
        },
    )
    def get(self, request: Request, entry: Any) -> Response:
        check_reader(request)
        try:
            found = log.entry(entry)
        except (log.NotFound, log.NotSequenced):
            raise Http404 from None
        return Response(
            {
                "entry": str(entry),
                "index": found.index,
                "envelope": base64.b64encode(found.envelope).decode(),
                "leaf_hash": merkle.leaf_hash(found.envelope).hex(),
            }
        )


class ProofView(APIView):
    """The inclusion proof of an entry under the newest checkpoint (C2SP tlog-proof)."""

    @extend_schema(operation_id="ledger_proof", responses={**TEXT, **doc.problems(401, 403, 404)})
    def get(self, request: Request, entry: Any) -> HttpResponse:
        require_scope(request, SCOPE, "events:write")  # who sent the entry may prove it
        if not isinstance(request.auth, Bearer):
            check_reader(request)
        try:
            proof = log.inclusion(entry)
        except log.NotFound:
            raise Http404 from None
        except log.NotSequenced:
            raise ApiProblem(
                Problem("not_sequenced", "The entry is stored and waits for its checkpoint", 404)
            ) from None
        return HttpResponse(proof.to_text(), content_type="text/plain; charset=utf-8")


class ConsistencyView(APIView):
    """That the tree of ``from`` entries is the beginning of the tree of ``to`` entries."""

    @extend_schema(
        operation_id="ledger_consistency",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.INT, required=True),
            OpenApiParameter("to", OpenApiTypes.INT, description="Default: the newest checkpoint."),
        ],
        responses={
            200: doc.an_object(
                {"from": {"type": "integer"}, "to": {"type": "integer"}, "hashes": doc.a_list(doc.TEXT)}
            ),
            **doc.problems(401, 403, 404, 422),
        },
    )
    def get(self, request: Request) -> Response:
        check_reader(request)
        newest = log.latest_checkpoint()
        size = newest.size if newest else 0
        older, newer = _size(request, "from", None), _size(request, "to", size)
        if not 0 < older <= newer <= size:
            raise ApiProblem(Problem("invalid", f"0 < from <= to <= {size} is needed", 422, "/from"))
        proof = log.consistency(older, newer)
        return Response(
            {"from": older, "to": newer, "hashes": [base64.b64encode(each).decode() for each in proof.hashes]}
        )


def _size(request: Request, name: str, default: int | None) -> int:
    given = request.query_params.get(name)
    if given is None and default is not None:
        return default
    if given is None or not (given.isascii() and given.isdigit() and len(given) < 19):
        raise ApiProblem(Problem("invalid", f"{name} must be a number of entries", 422, f"/{name}"))
    return int(given)
