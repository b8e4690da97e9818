"""Minutes say what the rows and the frozen pack say, are issued once, and their digests stand in the ledger."""

import hashlib
import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from audit.ledger import log
from audit.reports.content import from_json
from governance import tasks  # noqa: F401 - registers the job kinds
from governance.committees import cast as cast_vote
from governance.committees import close_meeting, discuss, open_meeting, open_vote
from governance.committees.errors import WrongState
from governance.committees.jobs import close_written, remind
from governance.committees.minutes import by_digest, content_of
from governance.committees.pack import read_pack
from governance.jobs import run_due
from governance.models import Action, Change, Meeting, Minutes, Notice, Resolution
from tests.cast import Cast, a_committee, a_use_case
from tests.governance.committees.room import convened, decided, login_for, policy_item, ready

pytestmark = pytest.mark.django_db


def held(cast: Cast) -> Meeting:
    """A meeting with one decision, a recusal and a dissent, closed."""
    item = ready(cast, prompts=[])
    decided(cast, item, lena="yes", ivan="yes", dora="no", carl="recuse")
    discuss(actor=cast.carl, at=timezone.now(), item=item, note="Ivan asked for a drill.")
    return close_meeting(actor=cast.carl, at=timezone.now(), meeting=item.meeting)


def test_the_content_names_votes_dissent_recusal_and_the_pack(cast: Cast) -> None:
    meeting = held(cast)
    content = content_of(meeting, prepared_by="Carl")
    told = json.dumps(content, default=str)
    for expected in ("Dora", "As discussed.", "Recused", "Ivan asked for a drill.", meeting.pack.sha256):
        assert expected in told
    assert content == content_of(meeting, prepared_by="Carl")
    with pytest.raises(WrongState):
        content_of(convened(cast, meeting.committee), prepared_by="Carl")


def test_the_job_issues_the_minutes_once_and_their_digests_are_in_the_ledger(cast: Cast, tmp_path: Path) -> None:
    meeting = held(cast)
    assert run_due(clock=timezone.now) >= 1
    minutes = Minutes.objects.get(meeting=meeting)
    change = Change.objects.get(action="committee.minutes_issued")
    assert change.after["pdf_sha256"] == hashlib.sha256(bytes(minutes.pdf)).hexdigest()
    assert change.after["pack_sha256"] == meeting.pack.sha256
    assert minutes.signed_pdf is not None
    assert bytes(minutes.signed_pdf).startswith(bytes(minutes.pdf))
    assert by_digest(minutes.signed_pdf_sha256) == by_digest(minutes.pdf_sha256) == minutes
    assert from_json(bytes(minutes.data)).meta.ref == minutes.ref
    log.integrate(at=timezone.now())
    assert log.inclusion(minutes.entry) is not None
    (tmp_path / "minutes.pdf").write_bytes(bytes(minutes.pdf))
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "minutes.pdf", "-"], capture_output=True, text=True)
    assert "Dissent" in text.stdout
    assert meeting.pack.sha256[:16] in text.stdout.replace("\n", "").replace(" ", "")


def test_a_written_procedure_is_counted_when_its_deadline_passes(cast: Cast) -> None:
    committee, use_case = a_committee(cast), a_use_case(cast)
    meeting = convened(cast, committee, deadline=timezone.now() + timedelta(minutes=2))
    item = policy_item(cast, meeting, use_case)
    open_meeting(actor=cast.carl, at=timezone.now(), meeting=meeting)
    item = open_vote(actor=cast.carl, at=timezone.now(), item=item)
    for name in ("lena", "ivan", "dora"):
        cast_vote(actor=login_for(cast, name), at=timezone.now(), item=item, choice="yes", digest=item.digest)
    assert close_written(at=timezone.now()) == 0
    assert close_written(at=timezone.now() + timedelta(minutes=2)) == 1
    assert Resolution.objects.get().outcome == "adopted"
    meeting.refresh_from_db()
    assert meeting.state == "closed"
    assert close_written(at=timezone.now() + timedelta(minutes=3)) == 0


def test_reminders_come_once_for_each_occasion(cast: Cast) -> None:
    meeting = convened(cast, a_committee(cast))
    now = timezone.now()
    Action.objects.create(
        ref="ACT-0001", meeting=meeting, text="Drill", owner=cast.people["rita"], due_at=now + timedelta(days=2)
    )
    first = remind(at=now)
    assert Notice.objects.filter(key__startswith="action:ACT-0001").count() == 1
    assert first >= 1
    assert remind(at=now) == 0
    assert remind(at=now + timedelta(days=3)) == 1


def test_the_pack_is_what_the_minutes_print(cast: Cast) -> None:
    meeting = held(cast)
    pack = read_pack(meeting.pack)
    sections = {section["id"]: section for section in content_of(meeting, prepared_by="x")["sections"]}
    for ref, shown in pack["use_cases"].items():
        blocks = sections[f"pack-{ref.lower()}"]["blocks"]
        assert [row[0] for row in blocks[1]["table"]] == [figure["id"] for figure in shown["figures"]]
