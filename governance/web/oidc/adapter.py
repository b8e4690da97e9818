"""Where a checked sign-in meets our accounts: one verb decides, the library only carries."""

from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone

from governance.access import DomainError
from governance.register.provider_accounts import Identity, Terms, arrive
from governance.web.oidc.tokens import TokenRefused, require_nonce

logger = structlog.get_logger(__name__)


class ProviderAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: Any) -> Any:
        """Nothing: the account is found or made by the verb."""
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Put the account the provider's person may use into ``sociallogin``, or answer that there is none."""
        try:
            require_nonce(sociallogin.claims, sociallogin.state.get("nonce"))
        except TokenRefused as error:
            raise OAuth2Error(str(error)) from error
        oidc = settings.OIDC or {}
        terms = Terms(
            **{name: oidc[name] for name in ("domains", "trusted", "tenant", "claim", "groups_claim", "roles")}
        )
        try:
            link = arrive(at=timezone.now(), identity=Identity.of(sociallogin.claims), terms=terms)
        except DomainError as error:
            logger.warning("sign_in.provider_refused", reason=error.data.get("reason"))
            page = render(request, "socialaccount/authentication_error.html", {"reason": error.message}, status=403)
            raise ImmediateHttpResponse(page) from error
        sociallogin.account, sociallogin.user = link, link.user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        logger.warning("sign_in.provider_failed", error=str(error or ""), cause=str(exception or ""))
