"""In German reports no text of the law data stands in English."""

import msgspec
import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext

from audit.reports.build import Order, build
from audit.reports.issue import days
from audit.reports.scope import Scope
from governance.models import Incident
from policies.eu_ai_act.texts import texts
from tests.audit.reports.conftest import FIRST, LAST, Past

# Short texts and names of frameworks may be the same in both languages; a sentence cannot.
LAW = sorted({said for key, said in texts().items() if len(said) > 24 and "{" not in said and "framework" not in key})
KIND_NAMES = ("oversight", "use_case_file", "incident", "fria", "annex_iv", "annex_v", "annex_viii_a", "annex_viii_c")


@pytest.mark.django_db
def test_a_german_report_says_the_law_in_german(past: Past) -> None:
    cast = past.cast
    assert cast is not None
    Incident.objects.create(
        ref="INC-0001", use_case=past.use_case, title="Falsche Briefe", text="Vierzig falsche Briefe.",
        kinds=["fundamental_rights", "property_environment"], role="deployer", aware_on=FIRST,
        opened_by=cast.anna, opened_at=timezone.now(), provider_unreachable=True,
    )  # fmt: skip
    with translation.override("de"):
        german = [gettext(text) for text in LAW]
    said: dict[str, int] = {}
    for name in KIND_NAMES:
        report = build(
            Order(
                scope=Scope(use_case=past.use_case), kind=name, window=days(FIRST, LAST), at=timezone.now(),
                ref="R-0001", language="de",
            )
        )  # fmt: skip
        found = str(msgspec.json.decode(msgspec.json.encode(report)))
        assert [text for text in LAW if text in found] == [], name
        said[name] = sum(text in found for text in german)
    assert {name: n for name, n in said.items() if not n} == {}
