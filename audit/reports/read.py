"""Issued reports as both doors read them: who may see which, and one of them whole."""

from django.db.models import Q, QuerySet

from audit.models import IssuedReport
from governance.access import holds, may, may_read_groups, reads_all, use_cases_visible_to
from governance.access.visible import Principal
from governance.models import UseCase, User

HEAVY = ("data", "pdf", "signed_pdf")


def reports_visible_to(principal: Principal) -> QuerySet[IssuedReport]:
    """Return the reports on use cases that ``principal`` may see, newest first, without their bytes.

    A report holds group figures in aggregate: who may neither report on a use case nor read its groups sees none.
    Reports on many use cases are for roles that read all.
    """
    about = Q(use_case__in=use_cases_visible_to(principal))
    if isinstance(principal, User) and reads_all(principal):
        about |= Q(use_case=None)
    rows = IssuedReport.objects.filter(about).defer(*HEAVY)
    rows = rows.select_related("use_case", "unit", "issued_by", "replaces").order_by("-issued_at", "-pk")
    if not isinstance(principal, User) or may(principal, "report"):
        return rows
    return rows.filter(use_case__in=[case.pk for case in _readable(principal)])


def _readable(user: User) -> list[UseCase]:
    """Return the use cases with reports whose contents ``user`` may read; one permission check for each."""
    reported = UseCase.objects.filter(Q(pk__in=IssuedReport.objects.values("use_case")))
    return [
        case
        for case in use_cases_visible_to(user).filter(pk__in=reported)
        if may_read_groups(user, case) or holds(user, "report_usecase", case)
    ]


def report_for(principal: Principal, name: str) -> IssuedReport | None:
    """Return the report with this reference or id, with its bytes, or None where ``principal`` may not see it."""
    chosen = Q(ref=name)
    if len(name) == 36 and name.count("-") == 4:
        chosen = Q(pk=name)
    found = reports_visible_to(principal).filter(chosen).first()
    whole = IssuedReport.objects.select_related("use_case", "unit", "issued_by")
    return whole.get(pk=found.pk) if found else None


def is_current(report: IssuedReport) -> bool:
    """Whether no later report on the same period replaced it."""
    return not IssuedReport.objects.filter(replaces=report).exists()
