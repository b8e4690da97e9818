"""Two doors: pages for people, an API for machines."""

from django.urls import include, path

from governance.web.oidc.views import nothing_here

urlpatterns = [
    # Links to a provider are made and taken away by verbs with ledger entries, not by the library's own pages.
    *(path(f"accounts/{own}/{rest}", nothing_here) for own in ("3rdparty", "social") for rest in ("", "<path:rest>")),
    path("accounts/", include("allauth.urls")),
    path("", include("audit.api.urls")),
    path("", include("governance.web.urls")),
]
