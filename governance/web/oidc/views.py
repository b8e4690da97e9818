"""The two addresses of the provider: going there, and coming back."""

import structlog
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from governance.web.oidc.provider import VerifyingAdapter

PROVIDER = "oidc"
logger = structlog.get_logger(__name__)


@login_not_required
def login(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    return _through(OAuth2LoginView, request)


@login_not_required
def callback(request: HttpRequest) -> HttpResponse:
    """Take the provider's answer."""
    return _through(OAuth2CallbackView, request)


def _through(view: type, request: HttpRequest) -> HttpResponse:
    try:
        answer: HttpResponse = view.adapter_view(VerifyingAdapter(request, PROVIDER))(request)  # type: ignore[attr-defined]
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except OAuth2Error as error:  # the library asks for the discovery document before it watches for errors
        logger.warning("sign_in.provider_failed", cause=str(error))
        return render(request, "socialaccount/authentication_error.html", status=502)
    return answer


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """404 for pages of the library that would change links behind the ledger's back."""
    raise Http404
