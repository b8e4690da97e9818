"""Shapes of requests and answers as the OpenAPI document shows them."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse

from audit.api import codes


class APIKeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document names an API key; found by being imported."""

    target_class = "audit.api.authentication.APIKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "cst_<id>_<secret>"}


TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
UUID = {"type": "string", "format": "uuid"}


def an_object(properties: dict[str, Any], *, required: list[str] | None = None, extra: bool = True) -> dict[str, Any]:
    """A JSON schema of an object; unless told otherwise every property is always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": extra,
    }


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, or null."""
    return {"oneOf": [schema, {"type": "null"}]}


def a_list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


PROBLEM = an_object(
    {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "code": TEXT, "detail": TEXT, "pointer": TEXT},
    required=["type", "title", "status", "code", "detail"],
)
CLOUD_EVENT = an_object(
    {
        "specversion": {"type": "string", "enum": ["1.0"]},
        "id": {"type": "string", "minLength": 1, "maxLength": 255},
        "source": {"type": "string", "minLength": 1, "maxLength": 500},
        "type": {"type": "string", "minLength": 1, "maxLength": 200},
        "time": TIME,
        "usecase": {"type": "string", "maxLength": 80},
        "data": {"type": "object"},
    },
    required=["specversion", "id", "source", "type"],
)
CLOUD_EVENTS = {"type": "array", "items": CLOUD_EVENT, "maxItems": 1000}
RECEIPT = an_object(
    {
        "entry": UUID,
        "leaf_hash": TEXT,
        "recorded_at": TIME,
        "duplicate": {"type": "boolean"},
        "use_case": TEXT,
    }
)
ITEMS = an_object(
    {
        "items": {
            "type": "array",
            "items": an_object(
                {
                    "index": {"type": "integer"},
                    "id": nullable(TEXT),
                    "status": {"type": "integer"},
                    "receipt": RECEIPT,
                    "problem": PROBLEM,
                },
                required=["index", "id", "status"],
            ),
        }
    }
)
RECEIPT_OR_ITEMS = {"oneOf": [RECEIPT, ITEMS]}
MEANINGS = {
    400: "The request cannot be read; nothing was stored.",
    401: "No live API key.",
    403: "The key does not allow this.",
    404: "Nothing here that you may see.",
    408: "The body did not arrive in full; send the same request again.",
    409: "The same source and id came with other content.",
    410: "The content was erased.",
    412: "Somebody changed it meanwhile.",
    413: "Too much for one request.",
    415: "The content type or encoding is not known.",
    422: "A field is wrong; pointer says which.",
    428: "Name the version you change with If-Match.",
    429: "Too many events from this key; Retry-After says when.",
    503: "Cannot commit now; Retry-After says when to send it again.",
}


def problems(*statuses: int) -> dict[Any, OpenApiResponse]:
    """Problem answers of these statuses, and 503: any call may meet a database that is away."""
    return {
        (status, "application/problem+json"): OpenApiResponse(PROBLEM, MEANINGS[status])
        for status in sorted({*statuses, 503})
    }


def list_codes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put the list of error codes into the document's introduction, once; a hook of drf-spectacular."""
    info = result["info"]
    info["description"] = "\n\n".join(part for part in (info.get("description"), codes.as_text()) if part)
    return result
