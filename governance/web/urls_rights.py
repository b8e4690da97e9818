"""Addresses of incidents, requests of people, and the doors for people without an account."""

from django.urls import URLPattern, URLResolver, path

from governance.web import incidents, public, rights

urlpatterns: list[URLPattern | URLResolver] = [
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/new/", incidents.new, name="incident-new"),
    path("incidents/<slug:ref>/", incidents.page, name="incident"),
    path("incidents/<slug:ref>/actions/<uuid:action>/", incidents.done, name="incident-action-done"),
    path("incidents/<slug:ref>/<slug:what>/", incidents.act, name="incident-act"),
    path("appeals/", rights.appeals, name="appeals"),
    path("appeals/<slug:ref>/", rights.appeal, name="appeal"),
    path("appeals/<slug:ref>/<slug:what>/", rights.act, name="appeal-act"),
    path("ask/", public.ask_page, name="ask"),
    path("answer/", public.answer_page, name="answer"),
    path("propose/", public.propose_page, name="propose"),
]
