"""What an installation must say before it may run as production; a fault stops the start with one line."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from governance.project import single_sign_on
from governance.project.secrets import KNOWN_SECRETS

SHORTEST_SECRET = 32
ON = frozenset({"1", "true", "yes", "on", "y", "ok", "t"})


class NotFitForProduction(ImproperlyConfigured):
    """``CUSTODES_PRODUCTION`` is set and something that keeps an installation safe is missing."""

    code = "not_fit_for_production"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("CUSTODES_PRODUCTION is set, but " + "; ".join(faults) + ".")
        self.faults = faults


def production_faults(environment: Mapping[str, str]) -> list[str]:
    """Return what is missing or unsafe for production, one clause each; empty when nothing is.

    A value ``X`` counts as given when ``X`` or a readable, non-empty file named in ``X_FILE`` gives it.
    """
    faults = []
    secret = _given(environment, "CUSTODES_SECRET_KEY")
    if not secret:
        faults.append("CUSTODES_SECRET_KEY (or CUSTODES_SECRET_KEY_FILE) is missing: all containers must share it")
    elif secret.lower() in KNOWN_SECRETS or secret.startswith("django-insecure") or len(secret) < SHORTEST_SECRET:
        faults.append(f"CUSTODES_SECRET_KEY is known or shorter than {SHORTEST_SECRET} characters")
    hosts = [host.strip() for host in (_given(environment, "CUSTODES_HOSTS") or "").split(",") if host.strip()]
    if not hosts:
        faults.append("CUSTODES_HOSTS is missing: name the hosts the site answers for")
    elif any(host.startswith("*") for host in hosts):
        faults.append("CUSTODES_HOSTS must name hosts, not *")
    if urlsplit(_given(environment, "CUSTODES_URL") or "").scheme != "https":
        faults.append("CUSTODES_URL must be the https:// address people use")
    if environment.get("CUSTODES_DEBUG", "").lower() in ON:
        faults.append("CUSTODES_DEBUG must be off")
    password = urlsplit(_given(environment, "CUSTODES_DATABASE_URL") or "").password
    if password is not None and password.lower() in KNOWN_SECRETS | {"postgres", "custodes"}:
        faults.append("the password in CUSTODES_DATABASE_URL is publicly known")
    return faults + provider_faults(environment, production=True)


def provider_faults(environment: Mapping[str, str], *, production: bool) -> list[str]:
    """Return what is wrong with the settings of the sign-in provider, one clause each."""
    names = (*single_sign_on.NEEDED, *single_sign_on.OTHERS)
    given = {name: _given(environment, name) for name in names}
    return single_sign_on.faults(given, production=production, known=KNOWN_SECRETS)


def require_production(environment: Mapping[str, str]) -> None:
    """Raise :class:`NotFitForProduction` with all faults in one line."""
    faults = production_faults(environment)
    if faults:
        raise NotFitForProduction(faults)


def _given(environment: Mapping[str, str], name: str) -> str | None:
    file = environment.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text().strip() or None
        except OSError:
            return None
    return environment.get(name, "").strip() or None
