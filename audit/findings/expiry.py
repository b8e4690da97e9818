"""A waiver ends by itself: the finding opens again, with its entry, and its owner is told."""

from datetime import datetime

from audit.findings import telling
from audit.findings.acts import held, write
from audit.models import Finding, FindingAct


def expire_waivers(*, at: datetime) -> list[Finding]:
    """Open every finding whose waiver ended by ``at``; each in a transaction of its own. Asked twice it acts once."""
    opened = []
    due = Finding.objects.filter(state=Finding.State.WAIVED, waived_until__lte=at).order_by("waived_until", "pk")
    for finding in list(due):
        with held(finding) as current:
            if current.state == Finding.State.WAIVED and current.waived_until and current.waived_until <= at:
                data = {"until": current.waived_until.isoformat()}
                act = write(current, FindingAct.Kind.EXPIRED, actor=None, at=at, data=data)
                telling.expired(current, at=at, number=act.number)
                opened.append(current)
    return opened
