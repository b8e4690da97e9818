"""Who calls: an API key, by ``Authorization: Bearer``; people come with their session."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from audit.api.problems import ApiProblem
from audit.events.keys import Bearer, KeyRefused, authenticate
from audit.events.problems import Problem
from audit.models import ApiKey
from governance.access import may, use_cases_visible_to
from governance.models import UseCase, User


class APIKeyAuthentication(BaseAuthentication):
    """Reads ``Bearer cst_<id>_<secret>``; without such a header the next class is asked."""

    def authenticate(self, request: Request) -> tuple[Bearer, Bearer] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            bearer = authenticate(token.strip(), at=timezone.now())
        except KeyRefused:
            raise NotAuthenticated from None
        return bearer, bearer

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="custodes"'


def require_scope(request: Request, *scopes: str) -> None:
    """Let a person pass, and a key that has one of ``scopes``; otherwise 403."""
    if isinstance(request.auth, Bearer) and not any(request.auth.may(scope) for scope in scopes):
        raise ApiProblem(Problem("wrong_scope", f"This key lacks the scope {' or '.join(scopes)}", 403))


def visible_use_cases(request: Request) -> Any:
    """Use cases the caller may see, as a queryset."""
    if isinstance(request.auth, Bearer):
        return UseCase.objects.filter(pk__in={name.id for name in request.auth.use_cases.values()})
    return use_cases_visible_to(request.user)


def use_case_for(request: Request, ref: str, *scopes: str) -> UseCase:
    """Return the use case ``ref`` (``UC-0042`` or its key): 403 for a key without it, 404 for a person."""
    require_scope(request, *scopes)
    if isinstance(request.auth, Bearer):
        name = request.auth.use_cases.get(ref)
        if name is None:
            raise ApiProblem(Problem("wrong_use_case", f"This key may not see use case {ref[:80]!r}", 403))
        return UseCase.objects.get(pk=name.id)
    seen: UseCase | None = use_cases_visible_to(request.user).filter(ref=ref).first()
    if seen is None:
        seen = use_cases_visible_to(request.user).filter(key=ref).first()
    if seen is None:
        raise Http404
    return seen


def person_behind(request: Request) -> User:
    """Who answers for the request: the person, or who made the key."""
    if isinstance(request.auth, Bearer) and request.auth.id is not None:
        maker = ApiKey.objects.select_related("created_by").get(pk=request.auth.id).created_by
        if maker is None:
            raise ApiProblem(Problem("not_allowed", "Nobody answers for this key any more", 403))
        return maker
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def registrar_behind(request: Request) -> User:
    """Who answers for the request, where a role of theirs allows to register; otherwise 403."""
    person = person_behind(request)
    if not may(person, "register"):
        raise PermissionDenied
    return person
