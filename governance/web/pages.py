"""What the page modules share: sign-in, finding a use case one may see, paging."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from governance.access import may, may_on, use_cases_visible_to
from governance.models import UseCase, User

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
PER_PAGE = 25


def signed_in(view: View) -> View:
    """Only for people who are signed in; others are sent to the sign-in page and back."""
    return wraps(view)(login_required(view))  # type: ignore[return-value]


def reader(request: HttpRequest) -> User:
    """Return the signed-in user of ``request``; views behind :func:`signed_in` have one."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def visible_use_case(request: HttpRequest, ref: str) -> UseCase:
    """Return the use case ``ref``; 404 where there is none or the reader may not see it, the same answer for both."""
    found = use_cases_visible_to(reader(request)).select_related("owner", "unit").filter(ref=ref).first()
    if found is None:
        raise Http404(_("There is no use case %(ref)s that you can see.") % {"ref": ref})
    return found


def use_case_to(request: HttpRequest, ref: str, act: str) -> UseCase:
    """Return the use case ``ref`` for an act: 404 where the reader may not see it, 403 where they may only read."""
    found = visible_use_case(request, ref)
    if not may_on(reader(request), act, found):
        raise PermissionDenied
    return found


def require(request: HttpRequest, act: str) -> User:
    """Return the reader, whose role must allow ``act``; otherwise 403."""
    user = reader(request)
    if not may(user, act):
        raise PermissionDenied
    return user


def paged(rows: QuerySet[Any] | list[Any], request: HttpRequest, *, per_page: int = PER_PAGE) -> Page[Any]:
    """Return the page the URL asks for; a number that does not exist gives the nearest page."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


class FirstPages(Paginator):
    """Pages over the first ``MOST`` rows: counting ends there. ``more`` says that there are others."""

    MOST = 1000

    @cached_property
    def count(self) -> int:
        """How many rows are listed."""
        return min(self._seen, self.MOST)

    @property
    def more(self) -> bool:
        """Whether rows are left out."""
        return self._seen > self.MOST

    @cached_property
    def _seen(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.MOST + 1].count())


def uuid_or_404(text: str) -> UUID:
    """Return ``text`` as a UUID; 404 for anything else."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
