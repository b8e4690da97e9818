"""Addresses of measures, changed proposals and reviewers' figures; below ``oversight/``."""

from django.urls import path

from governance.web import measure, overrides, reviewers

urlpatterns = [
    path("works-council.json", reviewers.works_council, name="works-council"),
    path("<slug:ref>/measures/<str:name>/", measure.measure, name="measure"),
    path("<slug:ref>/overrides/", overrides.overrides, name="overrides"),
    path("<slug:ref>/overrides/improvements/", overrides.open_item, name="improvement-open"),
    path("<slug:ref>/overrides/improvements/<str:item>/", overrides.effect, name="improvement-effect"),
    path("<slug:ref>/my-figures/", reviewers.mine, name="my-figures"),
    path("<slug:ref>/reviewers/", reviewers.team, name="reviewers"),
]
