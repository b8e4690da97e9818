"""A structured paper as data for others: item by item, with its provision, and whether somebody signed it."""

from typing import Any

from governance.models import UseCase
from governance.register.assessments import latest_assessment, needed_forms, out_of_date, proposed
from policies.eu_ai_act.forms import filled, form


def paper_data(use_case: UseCase, kind: str) -> dict[str, Any] | None:
    """Return the newest version of ``kind`` as JSON values, or None for a form that does not exist.

    Where nothing is on file the register's proposals stand in, marked ``source: register``. ``asked_for``: whether the
    classification asks for it (None: facts are open).
    """
    wanted = form(kind)
    if wanted is None:
        return None
    row, offers = latest_assessment(use_case, kind), proposed(use_case, kind)
    answers = row.answers if row else {}
    items = []
    for item in wanted.items:
        given = answers.get(item.id)
        value = given if filled(given) else offers.get(item.id)
        items.append(
            {
                "id": item.id,
                "article": item.article,
                "text": item.text,
                "condition": item.condition or None,
                "answer": value if filled(value) else None,
                "source": "paper" if filled(given) else "register" if filled(value) else None,
            }
        )
    return {
        "use_case": use_case.ref,
        "kind": kind,
        "title": wanted.title,
        "article": wanted.article,
        "asked_for": needed_forms(use_case).get(kind),
        "ref": row.ref if row else None,
        "version": row.version if row else None,
        "law_version": row.law_version if row else None,
        "signed_at": _time(row.signed_at if row else None),
        "signed_by": row.signed_by.name if row and row.signed_by else None,
        "digest": row.digest or None if row else None,
        "notified_at": _time(row.notified_at if row else None),
        "out_of_date": out_of_date(row) if row else None,
        "missing": list(wanted.missing(answers)),
        "items": items,
    }


def _time(value: Any) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None
