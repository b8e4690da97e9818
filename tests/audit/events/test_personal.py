"""The screen for personal data: refuse, black out, or flag; identifiers are left alone."""

import pytest

from audit.events import schema
from audit.events.personal import kind_of, redact, screen
from audit.events.problems import Problem
from audit.models import Event
from tests.audit.events.samples import dump, proposed, reviewed


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ask anna.meier@example.org", "e-mail address"),
        ("card 4111 1111 1111 1111 was used", "card number"),
        ("call +49 30 1234567 today", "telephone number"),
        ("0049-30-1234567", "telephone number"),
        ("case 4111 1111 1111 1112", None),  # fails the check digit
        ("score 0.123456789012345678", None),
        ("decided on 2026-11-20 at 10:15, amount 1200.50", None),
        ("see LN-88213 and 12345", None),
    ],
)
def test_the_obvious_is_seen_and_numbers_of_other_kinds_are_not(text, kind):
    assert kind_of(text) == kind
    assert (redact(text) == text) is (kind is None)


def read(sent: dict) -> schema.Event:
    event = schema.parse(dump(sent))
    assert isinstance(event, schema.Event)
    return event


def test_each_mode_does_what_it_says():
    event = read(reviewed(reason_text="write to a@example.org", comment="fine"))
    refused = screen(event, "refuse")
    assert isinstance(refused, Problem)
    assert refused.pointer == "/data/reason_text"
    assert screen(event, "flag").personal
    assert screen(event, "flag").payload == event.payload
    redacted = screen(event, "redact")
    assert b"example.org" not in redacted.payload
    assert redacted.data["comment"] == "fine"
    assert screen(event, "off") == event


@pytest.mark.parametrize("mode", ["refuse", "redact", "flag"])
def test_a_subject_is_a_pseudonym_in_every_mode(mode):
    found = screen(read(proposed(subject_ref="anna@example.org")), mode)
    assert isinstance(found, Problem)
    assert found.pointer == "/data/subject_ref"


@pytest.mark.parametrize("pseudonym", ["s-00123456789012", "4111111111111111", "0049301234567", "a1b2"])
def test_a_pseudonym_of_digits_is_a_pseudonym(pseudonym):
    event = read(proposed(subject_ref=pseudonym))
    assert screen(event, "refuse") == event


def test_text_that_is_not_free_is_not_searched():
    event = read(reviewed(guideline_version="a@example.org"))
    assert screen(event, "refuse") == event


@pytest.mark.django_db
@pytest.mark.urls("audit.api.urls")
def test_redaction_happens_before_anything_is_stored_and_a_resend_is_a_duplicate(send, settings):
    settings.PERSONAL_DATA = "redact"
    sent = reviewed(reason_text="a@example.org")
    assert send(sent).status_code == 201
    assert send(sent).status_code == 200
    assert Event.objects.get().personal
