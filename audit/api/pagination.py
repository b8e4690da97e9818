"""Lists: registers by page number, logs by cursor, with RFC 8288 ``Link`` beside the body."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.response import Response

from audit.api import documentation

PAGING = [
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1."),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="At most 500."),
]


class Pages(PageNumberPagination):
    """``?page=&page_size=``; at most 500 a page."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

    def get_paginated_response(self, data: Any) -> Response:
        after, before = self.get_next_link(), self.get_previous_link()
        count = self.page.paginator.count if self.page else 0
        body = {"count": count, "next": after, "previous": before, "results": data}
        return Response(body, headers=_link(after, before))


class Log(CursorPagination):
    """``?cursor=&page_size=``: a log that grows while it is read; nothing is skipped and nothing given twice."""

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"

    def get_paginated_response(self, data: Any) -> Response:
        after, before = self.get_next_link(), self.get_previous_link()
        return Response({"next": after, "previous": before, "results": data}, headers=_link(after, before))


def _link(after: str | None, before: str | None) -> dict[str, str]:
    """The RFC 8288 header of a page, none when it is the only one."""
    header = ", ".join(f'<{url}>; rel="{name}"' for name, url in (("next", after), ("prev", before)) if url)
    return {"Link": header} if header else {}


CURSOR = [
    OpenApiParameter("cursor", OpenApiTypes.STR, description="From a Link of an earlier answer."),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="At most 1,000."),
]


def log_of(item: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI shape of a page of a log of ``item``."""
    link = documentation.nullable({"type": "string", "format": "uri"})
    return documentation.an_object({"next": link, "previous": link, "results": documentation.a_list(item)})


def page_of(item: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI shape of a page of ``item``."""
    link = documentation.nullable({"type": "string", "format": "uri"})
    return documentation.an_object(
        {"count": {"type": "integer"}, "next": link, "previous": link, "results": documentation.a_list(item)}
    )
