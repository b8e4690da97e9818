"""The provider's process, and a person's browser that walks through it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client

from governance.project.single_sign_on import providers
from tests.governance.sign_in.provider import CLIENT_ID, CLIENT_SECRET

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Door:
    """The provider at ``issuer``, and the way through it."""

    issuer: str
    settings: Any
    client: Client = field(default_factory=Client)

    def terms(self, **changes: Any) -> None:
        """Set the installation's terms; none: only who was invited gets in."""
        oidc = {
            "issuer": self.issuer, "client_id": CLIENT_ID, "secret": CLIENT_SECRET, "name": "House of keys",
            "domains": frozenset(), "trusted": frozenset(), "tenant": "",
            "claim": ("", ""), "groups_claim": "groups", "roles": {}, **changes,
        }  # fmt: skip
        self.settings.OIDC, self.settings.SOCIALACCOUNT_PROVIDERS = oidc, providers(oidc)

    def behave(self, claims: dict[str, Any], **behaviour: Any) -> None:
        """Say who stands before the provider, and how it lies."""
        whole = {"sub": "s-1", "email_verified": True, **claims}
        requests.post(f"{self.issuer}/behave", json={"claims": whole, **behaviour}, timeout=10).raise_for_status()

    def leave(self, query: str = "") -> str:
        """Go to the provider; return the path it sends the browser back to."""
        away = self.client.get(f"/accounts/oidc/login/{query}")
        assert away.status_code == 302, away.content.decode()
        back = requests.get(away["Location"], allow_redirects=False, timeout=10)
        assert back.status_code == 302, back.text
        parts = urlsplit(back.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def walk(self, query: str = "") -> Any:
        """Go there and come back; return our answer."""
        return self.client.get(self.leave(query))

    def signed_in(self) -> str | None:
        """The key of the account that is signed in."""
        return self.client.session.get("_auth_user_id")


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """Address of the running provider."""
    command = [sys.executable, "-m", "tests.governance.sign_in.provider"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@pytest.fixture
def door(issuer: str, settings: Any) -> Door:
    """The provider, configured, behaving."""
    found = Door(issuer=issuer, settings=settings)
    found.terms()
    return found
