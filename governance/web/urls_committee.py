"""Addresses of committees, their meetings, and what members have to do."""

from django.urls import URLPattern, URLResolver, path

from governance.web import (
    authority,
    charter,
    committee,
    competence,
    experts,
    interests,
    meeting_items,
    meetings,
    members,
    mine,
    minutes,
)

ITEM = "meetings/<slug:ref>/items/<int:number>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", committee.committees, name="committee"),
    path("mine/", mine.mine, name="my-work"),
    path("mine/actions/<uuid:action>/<slug:act>/", mine.act, name="my-action"),
    path("mine/calendar/<slug:act>/", mine.calendar, name="my-calendar"),
    path("authority/", authority.authority, name="authority"),
    path("authority/give/", authority.give, name="authority-give"),
    path("authority/<str:key>/take/", authority.take, name="authority-take"),
    path("new/", members.new, name="committee-new"),
    path("interests/", interests.interests, name="interests"),
    path("interests/declare/", interests.declare, name="interest-declare"),
    path("interests/<str:interest>/end/", interests.end, name="interest-end"),
    path("competence/", competence.competence, name="competence"),
    path("competence/do/<slug:act>/", competence.act, name="competence-act"),
    path("experts/", experts.experts, name="experts"),
    path("meetings/<slug:ref>/", meetings.meeting, name="meeting"),
    path("meetings/<slug:ref>/pack.json", meetings.pack, name="meeting-pack"),
    path("meetings/<slug:ref>/minutes/", minutes.minutes, name="minutes"),
    path("meetings/<slug:ref>/minutes/minutes.<slug:kind>", minutes.download, name="minutes-file"),
    path("meetings/<slug:ref>/do/<slug:act>/", meetings.act, name="meeting-act"),
    path(ITEM, meeting_items.item, name="meeting-item"),
    path(f"{ITEM}do/<slug:act>/", meeting_items.act, name="meeting-item-act"),
    path("<slug:ref>/", committee.committee, name="committee-page"),
    path("<slug:ref>/convene/", meetings.new, name="meeting-new"),
    path("<slug:ref>/charter/", charter.charter, name="charter"),
    path("<slug:ref>/charter/amend/", charter.amend, name="charter-amend"),
    path("<slug:ref>/members/", members.members, name="committee-members"),
    path("<slug:ref>/members/do/<slug:act>/", members.act, name="committee-members-act"),
]
