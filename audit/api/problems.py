"""Errors as RFC 9457 ``application/problem+json`` with a stable ``code``; the same for every endpoint."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import get_language
from rest_framework import exceptions
from rest_framework.response import Response

from audit.api.problem_words import said
from audit.api.quota import Spent
from audit.events.keys import KeyRefused
from audit.events.problems import Problem, Unreadable
from audit.events.record import Contended, Overloaded
from governance.access import BackDating, DomainError, Invalid, NotAllowed

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
_DOMAIN_STATUS = {NotAllowed: 403, Invalid: 422, BackDating: 422}


class ApiProblem(exceptions.APIException):
    """Raise from a view to answer with ``problem``."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail, problem.code)
        self.problem = problem
        self.status_code = problem.status


class Later(ApiProblem):
    """The same, for what will be there soon: with ``Retry-After``."""


def not_authenticated() -> Problem:
    """Unknown, wrong, expired and revoked keys are answered alike."""
    return Problem("not_authenticated", "Send a live API key as Authorization: Bearer cst_<id>_<secret>", 401)


def problem_of(error: Exception) -> tuple[Problem, Mapping[str, str]] | None:
    """Return the problem an exception means and further headers; ``None`` for a defect of ours."""
    if isinstance(error, Spent):
        return error.problem, {"Retry-After": str(error.wait)}
    if isinstance(error, ApiProblem | Unreadable):
        return error.problem, {"Retry-After": "1"} if isinstance(error, Later) else {}
    if isinstance(error, KeyRefused | exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return not_authenticated(), {"WWW-Authenticate": 'Bearer realm="custodes"'}
    if isinstance(error, OperationalError | InterfaceError):
        problem = Problem("unavailable", "The database cannot commit now; nothing was stored. Send it again later", 503)
        return problem, {"Retry-After": str(RETRY_SECONDS)}
    if isinstance(error, Contended | Overloaded):
        return Problem(error.code, str(error), 503), {"Retry-After": "1"}
    if isinstance(error, DomainError):
        status = next((status for kind, status in _DOMAIN_STATUS.items() if isinstance(error, kind)), 409)
        field = error.data.get("field")
        return Problem(error.code, error.message, status, f"/{field}" if field else None), {}
    if isinstance(error, Http404):
        return Problem("not_found", "There is nothing here that you may see", 404), {}
    if isinstance(error, PermissionDenied):
        return Problem("not_allowed", "This is not allowed with these credentials", 403), {}
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    return None


def _of_framework(error: exceptions.APIException) -> tuple[Problem, Mapping[str, str]]:
    headers = {}
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(int(getattr(error, "wait", None) or 0) + 1)
    if isinstance(error, exceptions.ValidationError):
        pointer, detail = _first_fault(error.detail)
        return Problem("invalid", detail, 422, pointer), headers
    code = error.get_codes()
    return Problem(code if isinstance(code, str) else "invalid", str(error.detail), error.status_code), headers


def _first_fault(detail: Any, path: str = "") -> tuple[str, str]:
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        return _first_fault(inner, path if name == "non_field_errors" else f"{path}/{name}")
    if isinstance(detail, list):
        return _first_fault(detail[0], path)
    return path, f"{path.rsplit('/', 1)[-1]}: {detail}" if path else str(detail)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of a view into a problem answer (DRF's EXCEPTION_HANDLER)."""
    found = problem_of(error)
    if found is None:
        return None
    problem, headers = found
    body = said(problem, get_language())  # the middleware has chosen it, and names it in Content-Language and Vary
    return Response(body, status=problem.status, content_type=MEDIA_TYPE, headers=dict(headers))
