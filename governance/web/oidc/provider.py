"""The provider as django-allauth sees it: its settings, and what is asked of it at each sign-in."""

import secrets
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from requests import RequestException

from governance.register.provider_accounts import link_key
from governance.web.oidc.tokens import TokenRefused, claims_of

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class VerifyingAdapter(OpenIDConnectOAuth2Adapter):
    """Discovery, token and user info; what the library would take on trust is checked."""

    _checked: dict[str, Any] | None = None

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's discovery document; it must be about the issuer that was configured (Discovery 1.0, 4.3)."""
        if self._checked is None:
            issuer = str((settings.OIDC or {}).get("issuer", ""))
            try:
                config = super().openid_config
            except (RequestException, ValueError) as error:
                raise OAuth2Error(f"discovery: {error}") from error
            if not isinstance(config, dict) or config.get("issuer") != issuer:
                raise OAuth2Error("discovery: the document is about another issuer")
            schemes = ("https://",) if issuer.startswith("https://") else ("https://", "http://")
            if not all(str(config.get(name, "")).startswith(schemes) for name in ENDPOINTS):
                raise OAuth2Error("discovery: an endpoint is missing or not https")
            self._checked = config
        return self._checked

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Under the public address, whatever host the request names."""
        return f"{settings.PUBLIC_URL}{reverse('oidc_callback')}"

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Return the sign-in with checked claims; user info is taken only about the same subject (Core 1.0, 5.3.2)."""
        config, id_token = self.openid_config, kwargs["response"].get("id_token")
        if not isinstance(id_token, str):
            raise OAuth2Error("the provider sent no ID token")
        try:
            claims = claims_of(
                id_token, keys=self._get(config["jwks_uri"]), issuer=config["issuer"], client_id=app.client_id
            )
        except TokenRefused as error:
            raise OAuth2Error(str(error)) from error
        told: dict[str, Any] = {}
        if config.get("userinfo_endpoint"):
            told = self._get(config["userinfo_endpoint"], {"Authorization": f"Bearer {token.token}"})
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("user info is about somebody else")
        login = self.get_provider().sociallogin_from_response(request, {**told, **claims})
        login.claims = {**told, **claims}
        return login

    def _get(self, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(url, headers=headers)
            answer.raise_for_status()
            found = answer.json()
        if not isinstance(found, dict):
            raise OAuth2Error(f"{url} did not answer with an object")
        return found


class Provider(OpenIDConnectProvider):
    """One provider, named by settings; parameters in our own address never reach it."""

    id = "oidc"
    package = "governance.web.oidc"
    oauth2_adapter_class = VerifyingAdapter

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        return reverse("oidc_login")

    def get_callback_url(self) -> str:
        return reverse("oidc_callback")

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Only where to go afterwards is taken from the request."""
        kwargs = super().get_redirect_from_request_kwargs(request)
        return {"process": "login", "next_url": kwargs.get("next_url")}

    def redirect(
        self, request: HttpRequest, process: Any, next_url: Any = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Send the browser to the provider, with a nonce that only this session knows."""
        nonce = secrets.token_urlsafe(32)
        answer: HttpResponse = super().redirect(
            request, process, next_url, data, nonce=nonce, auth_params={"nonce": nonce}, scope=self.get_scope()
        )
        return answer

    def extract_uid(self, data: Any) -> str:
        return link_key(str(data["iss"]), str(data["sub"]))

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        """Only what says whose link it is; claims are not kept."""
        return {"iss": data["iss"], "sub": data["sub"]}


provider_classes = [Provider]
