"""Two doors: pages for people, an API for machines."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("audit.api.urls")),
    path("", include("governance.web.urls")),
]
