from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class OidcConfig(AppConfig):
    name = "governance.web.oidc"
    label = "governance_oidc"

    def ready(self) -> None:
        """Stop the start where a group is mapped to a role nobody can hold."""
        from governance.access import ROLES

        unknown = sorted(set((settings.OIDC or {}).get("roles", {}).values()) - set(ROLES))
        if unknown:
            known = ", ".join(ROLES)
            raise ImproperlyConfigured(f"CUSTODES_OIDC_ROLES names {', '.join(unknown)}; roles are {known}.")
