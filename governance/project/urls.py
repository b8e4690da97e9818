"""Two doors: pages for people, an API for machines."""

from django.urls import include, path, re_path

from governance.web.oidc.views import nothing_here

urlpatterns = [
    # Links to a provider are made and taken away by verbs with ledger entries, not by the library's own pages.
    re_path(r"^accounts/(3rdparty|social)/", nothing_here),
    path("accounts/", include("allauth.urls")),
    path("", include("audit.api.urls")),
    path("", include("governance.web.urls")),
]
