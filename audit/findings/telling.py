"""Who is told about a finding, and when: at once what monitoring raised, once a day and kind what the log shows."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.findings.playbook import playbook_of
from audit.models import Finding
from governance.models import Person, UseCase
from governance.notices import tell

KIND: Final = "finding"
LOOK_BACK: Final = timedelta(days=1)


def people_for(use_case: UseCase, code: str) -> list[Person]:
    """Return whom the playbook of ``code`` names: the use case's owner and who holds the roles."""
    roles = [f"role:{who}" for who in playbook_of(code).told if who != "owner"]
    holders = Person.objects.filter(user__is_active=True, user__groups__name__in=roles).distinct()
    return list({person.pk: person for person in (use_case.owner, *holders)}.values())


def tell_of(finding: Finding, subject: str, people: list[Person], *, at: datetime, occasion: str) -> None:
    """Tell ``people`` of one thing that happened to a finding; needs the caller's transaction."""
    tell(
        people=people,
        kind=KIND,
        subject=subject,
        url=f"/findings/{finding.ref}/",
        at=at,
        key=f"{KIND}:{finding.pk}:{occasion}",
    )


def tell_of_new(*, at: datetime) -> int:
    """Tell once a day, use case and kind that the decision log opened findings; return how many were told anew."""
    rows = (
        Finding.objects.filter(
            origin=Finding.Origin.EVIDENCE,
            state=Finding.State.OPEN,
            drill=False,
            opened_at__gt=at - LOOK_BACK,
            opened_at__lte=at,
        )
        .order_by("use_case", "code")
        .values("use_case", "code")
        .annotate(n=Count("pk"))
    )
    cases = {case.pk: case for case in UseCase.objects.filter(pk__in={row["use_case"] for row in rows})}
    told = 0
    for row in rows:
        case = cases[row["use_case"]]
        with transaction.atomic():
            told += tell(
                people=people_for(case, row["code"]),
                kind=KIND,
                subject=ngettext(
                    "%(ref)s: %(n)s new finding %(code)s", "%(ref)s: %(n)s new findings %(code)s", row["n"]
                )
                % {"ref": case.ref, "n": row["n"], "code": row["code"]},
                url=f"/findings/?state=open&use_case={case.ref}&code={row['code']}",
                at=at,
                key=f"{KIND}s:{case.pk}:{row['code']}:{at.date().isoformat()}",
            )
    return told


def raised(finding: Finding, *, at: datetime, number: int) -> None:
    """Tell everybody the playbook names that monitoring raised a finding."""
    subject = _("%(ref)s: monitoring raised %(finding)s") % {"ref": finding.use_case.ref, "finding": finding.ref}
    tell_of(finding, subject, people_for(finding.use_case, finding.code), at=at, occasion=str(number))


def assigned(finding: Finding, owner: Person, *, at: datetime, number: int) -> None:
    """Tell the new owner."""
    subject = _("%(finding)s (%(code)s) is yours now") % {"finding": finding.ref, "code": finding.code}
    tell_of(finding, subject, [owner], at=at, occasion=str(number))


def tell_of_many(use_case: UseCase, owner: Person, n: int, *, at: datetime, key: str) -> None:
    """Tell the new owner of many findings once; ``key`` names the act."""
    said = ngettext("%(ref)s: %(n)s finding is yours now", "%(ref)s: %(n)s findings are yours now", n)
    tell(
        people=[owner],
        kind=KIND,
        subject=said % {"ref": use_case.ref, "n": n},
        url=f"/findings/?state=open&use_case={use_case.ref}&owner={owner.ref}",
        at=at,
        key=f"{KIND}s:{key}",
    )


def expired(finding: Finding, *, at: datetime, number: int) -> None:
    """Tell the owners that the waiver ended."""
    people = [person for person in (finding.owner, finding.use_case.owner) if person is not None]
    subject = _("%(finding)s: the waiver ended, it is open again") % {"finding": finding.ref}
    tell_of(finding, subject, people, at=at, occasion=str(number))
