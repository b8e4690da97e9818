"""Settings of signing in with the organisation's own provider (OpenID Connect), and what is wrong with them.

Nothing set: no provider, and its addresses answer 404.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

ENTRA_HOSTS = frozenset({
    "login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "sts.windows.net",
})  # fmt: skip
TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"  # Microsoft's own, of everybody's private accounts
PREFIX = "CUSTODES_OIDC_"
NEEDED = ("CUSTODES_OIDC_ISSUER", "CUSTODES_OIDC_CLIENT_ID", "CUSTODES_OIDC_CLIENT_SECRET")
OTHERS = (
    "CUSTODES_OIDC_NAME", "CUSTODES_OIDC_DOMAINS", "CUSTODES_OIDC_CLAIM", "CUSTODES_OIDC_ROLES",
    "CUSTODES_OIDC_GROUPS_CLAIM", "CUSTODES_OIDC_TRUSTED_DOMAINS",
)  # fmt: skip


def read(env: Any) -> dict[str, Any] | None:
    """Return the provider's settings, or None where none is named; raises nothing (see :func:`faults`)."""
    issuer = env.str("CUSTODES_OIDC_ISSUER", default="").strip()
    if not issuer:
        return None
    return {
        "issuer": issuer,
        "client_id": env.str("CUSTODES_OIDC_CLIENT_ID", default=""),
        "secret": env.str("CUSTODES_OIDC_CLIENT_SECRET", default=""),
        "name": env.str("CUSTODES_OIDC_NAME", default="") or urlsplit(issuer).hostname or issuer,
        "domains": _domains(env.list("CUSTODES_OIDC_DOMAINS", default=[])),
        "trusted": _domains(env.list("CUSTODES_OIDC_TRUSTED_DOMAINS", default=[])),
        "tenant": tenant_of(issuer) or "",
        "claim": pair(env.str("CUSTODES_OIDC_CLAIM", default="")),
        "groups_claim": env.str("CUSTODES_OIDC_GROUPS_CLAIM", default="groups"),
        "roles": dict(pair(each) for each in env.list("CUSTODES_OIDC_ROLES", default=[])),
    }


def _domains(given: list[str]) -> frozenset[str]:
    return frozenset(each.strip().lower() for each in given if each.strip())


def pair(text: str) -> tuple[str, str]:
    """Split ``name=value`` at the last ``=``; two empty texts for nothing."""
    name, _sign, value = text.strip().rpartition("=")
    return name.strip(), value.strip()


def providers(provider: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return ``SOCIALACCOUNT_PROVIDERS``: our provider with PKCE, or none."""
    if provider is None:
        return {}
    app = {
        "provider_id": "oidc",
        "name": provider["name"],
        "client_id": provider["client_id"],
        "secret": provider["secret"],
        "settings": {"server_url": provider["issuer"].rstrip("/"), "oauth_pkce_enabled": True},
    }
    return {"oidc": {"APPS": [app]}}


def tenant_of(issuer: str) -> str | None:
    """Return the tenant an issuer of Microsoft Entra names, in small letters; None for other providers."""
    parts = urlsplit(issuer)
    return parts.path.strip("/").partition("/")[0].lower() if parts.hostname in ENTRA_HOSTS else None


def shared_by_tenants(issuer: str) -> bool:
    """Whether anybody's tenant signs in at this address: addresses there prove nothing."""
    tenant = tenant_of(issuer)
    return tenant is not None and (not TENANT.fullmatch(tenant) or tenant == PERSONAL_TENANT)


def faults(given: Mapping[str, str | None], *, production: bool, known: frozenset[str] = frozenset()) -> list[str]:
    """Return what is missing or unsafe, one clause each; ``given`` maps every name above to its value."""
    named = {name: value.strip() for name in (*NEEDED, *OTHERS) if (value := given.get(name) or "").strip()}
    if not named:
        return []
    found = [f"{name} is missing: signing in with a provider needs it" for name in NEEDED if name not in named]
    issuer = urlsplit(named.get("CUSTODES_OIDC_ISSUER", ""))
    if "CUSTODES_OIDC_ISSUER" in named and (issuer.scheme not in {"http", "https"} or not issuer.hostname):
        found.append("CUSTODES_OIDC_ISSUER must be the address the provider calls itself")
    elif issuer.scheme == "http" and production:
        found.append("CUSTODES_OIDC_ISSUER must be an https:// address")
    if named.get("CUSTODES_OIDC_CLIENT_SECRET", "none at all").lower() in known:
        found.append("CUSTODES_OIDC_CLIENT_SECRET is publicly known")
    for name in ("CUSTODES_OIDC_DOMAINS", "CUSTODES_OIDC_TRUSTED_DOMAINS"):
        if any("@" in each or "*" in each for each in named.get(name, "").split(",")):
            found.append(f"{name} lists domains such as example.org, without @ and *")
    if "CUSTODES_OIDC_TRUSTED_DOMAINS" in named and shared_by_tenants(issuer.geturl()):
        found.append("CUSTODES_OIDC_TRUSTED_DOMAINS needs an issuer of one tenant: its id is part of the address")
    if "CUSTODES_OIDC_CLAIM" in named and not all(pair(named["CUSTODES_OIDC_CLAIM"])):
        found.append("CUSTODES_OIDC_CLAIM must be name=value")
    if not all(all(pair(each)) for each in named.get("CUSTODES_OIDC_ROLES", "a=b").split(",")):
        found.append("CUSTODES_OIDC_ROLES must be group=role pairs separated by commas")
    return found
