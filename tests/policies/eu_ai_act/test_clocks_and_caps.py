"""Art 73 dates, retention, fine caps, FRIA and conformity routes against worked oracles."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.eu_ai_act.conformity import conformity_routes, needs_new_assessment
from policies.eu_ai_act.fria import ELEMENTS, fria_in_time, fria_required
from policies.eu_ai_act.incidents import UnknownIncidentKind, deadlines, incident_kinds, recipients, reportable
from policies.eu_ai_act.penalties import company_size, fine_cap, penalty_tiers
from policies.eu_ai_act.retention import add_months, keep_until, log_purge_allowed, retention_rules, shortest_safe_days

MONDAY = date(2028, 8, 7)


@pytest.mark.parametrize(
    ("kind", "days", "strict"),
    [
        ("death", 10, date(2028, 8, 17)),
        ("health_harm", 15, date(2028, 8, 22)),
        ("critical_infrastructure", 2, date(2028, 8, 9)),
        ("widespread_infringement", 2, date(2028, 8, 9)),
        ("fundamental_rights", 15, date(2028, 8, 22)),
        ("property_environment", 15, date(2028, 8, 22)),
    ],
)
def test_the_clock_runs_calendar_days_after_the_day_of_awareness(kind: str, days: int, strict: date) -> None:
    (deadline,) = deadlines([kind], aware_on=MONDAY)

    assert (deadline.days, deadline.strict) == (days, strict)


def test_of_several_kinds_the_earliest_wins() -> None:
    found = deadlines(["health_harm", "death", "critical_infrastructure"], aware_on=MONDAY)

    assert [d.kind for d in found] == ["critical_infrastructure", "death", "health_harm"]
    assert found[0].strict == date(2028, 8, 9)


def test_critical_infrastructure_is_3_49_b_and_death_is_3_49_a() -> None:
    table = {kind.id: (kind.definition, kind.article) for kind in incident_kinds()}

    assert table["critical_infrastructure"] == ("Art 3(49)(b)", "Art 73(3)")
    assert table["death"] == ("Art 3(49)(a)", "Art 73(4)")


def test_a_weekend_moves_only_the_note_never_the_strict_date() -> None:
    (deadline,) = deadlines(["critical_infrastructure"], aware_on=date(2028, 8, 10), holidays=[date(2028, 8, 14)])

    assert deadline.strict == date(2028, 8, 12)  # a Saturday
    assert deadline.next_working_day == date(2028, 8, 15)


@pytest.mark.parametrize("kinds", [[], ["fire"], ["death", "fire"]])
def test_no_clock_is_set_for_a_kind_the_act_does_not_know(kinds: list[str]) -> None:
    with pytest.raises(UnknownIncidentKind, match="death"):
        deadlines(kinds, aware_on=MONDAY)


def test_with_sector_reporting_only_fundamental_rights_are_reported_under_the_act() -> None:
    assert reportable(["death", "fundamental_rights"], sector_reporting=True) == ("fundamental_rights",)
    assert reportable(["death"], sector_reporting=True) == ()
    assert reportable(["death"], sector_reporting=False) == ("death",)


def test_a_deployer_tells_the_provider_before_anybody_else() -> None:
    order = [(r.order, r.who.split()[0]) for r in recipients("deployer")]

    assert order == [(1, "provider"), (2, "importer"), (2, "market"), (3, "market")]
    assert recipients("provider")[0].article == "Art 73(1)"
    assert recipients("provider", ai_office=True)[0].who == "AI Office"
    with pytest.raises(ValueError, match="provider or deployer"):
        recipients("importer")


@pytest.mark.parametrize(
    ("tier", "turnover", "size", "cap"),
    [
        ("99(3)", 1_000_000_000, "large", 70_000_000), ("99(3)", 1_000_000_000, "smc", 70_000_000),
        ("99(3)", 1_000_000_000, "sme", 35_000_000), ("99(4)", 1_000_000_000, "large", 30_000_000),
        ("99(4)", 1_000_000_000, "sme", 15_000_000), ("99(4)", 1_000_000_000, "smc", 15_000_000),
        ("99(5)", 1_000_000_000, "large", 10_000_000), ("99(5)", 1_000_000_000, "sme", 7_500_000),
        ("99(5)", 1_000_000_000, "smc", 7_500_000), ("99(3)", 10_000_000, "sme", 700_000),
        ("99(4)", 10_000_000, "sme", 300_000), ("99(5)", 10_000_000, "sme", 100_000),
        ("101", 1_000_000_000, "sme", 30_000_000), ("101", 10_000_000, "sme", 15_000_000),
        ("100(2)", None, "large", 1_500_000), ("100(3)", None, "large", 750_000),
    ],
)  # fmt: skip
def test_a_fine_cap_is_the_higher_or_for_small_firms_the_lower(tier: str, turnover: int, size: str, cap: int) -> None:
    assert fine_cap(tier, turnover=turnover, size=size).amount == Decimal(cap)


def test_no_undertaking_pays_at_most_the_fixed_amount_and_an_unknown_turnover_gives_no_number() -> None:
    assert fine_cap("99(3)", turnover=None, size="large", undertaking=False).amount == 35_000_000
    assert fine_cap("99(3)", turnover=None, size="large").amount is None
    with pytest.raises(ValueError, match=r"99\(3\)"):
        fine_cap("99(9)", turnover=1, size="large")
    with pytest.raises(ValueError, match="sme"):
        fine_cap("99(3)", turnover=1, size="tiny")


def test_operator_duties_are_listed_and_arts_4_27_72_73_86_are_left_to_national_rules() -> None:
    listed = {article for tier in penalty_tiers() for article in tier.articles}

    assert {"5", "16", "26", "50", "25(2)", "25(4)"} <= listed
    assert not listed & {"4", "27", "49(2)", "72", "73", "86"}


@pytest.mark.parametrize(
    ("staff", "turnover", "balance", "size"),
    [
        (249, 50_000_000, 90_000_000, "sme"), (249, 50_000_001, 43_000_000, "sme"),
        (249, 50_000_001, 43_000_001, "smc"), (250, 10_000_000, 1_000_000, "smc"),
        (749, 150_000_000, 200_000_000, "smc"), (749, 150_000_001, 129_000_001, "large"),
        (750, 1, 1, "large"), (100, None, 43_000_000, "sme"), (100, None, 44_000_000, None), (750, None, None, "large"),
    ],
)  # fmt: skip
def test_company_size_follows_the_two_recommendations(
    staff: int, turnover: int | None, balance: int | None, size: str | None
) -> None:
    assert company_size(staff=staff, turnover=turnover, balance=balance) == size


@pytest.mark.parametrize(
    ("event", "until"),
    [
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 11, 21), date(2027, 5, 21)),
        (date(2026, 3, 1), date(2026, 9, 1)),
        (date(2026, 12, 31), date(2027, 6, 30)),
    ],
)
def test_six_months_are_calendar_months(event: date, until: date) -> None:
    assert keep_until("logs_deployer", event) == keep_until("logs_provider", event) == until


@given(st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_no_log_may_be_purged_before_181_days_and_any_after_184(event: datetime) -> None:
    until = add_months(event, 6)

    assert timedelta(days=181) <= until - event <= timedelta(days=184)
    assert not log_purge_allowed(event, now=until - timedelta(microseconds=1))
    assert log_purge_allowed(event, now=until)


def test_a_purge_policy_in_days_needs_184_and_49_or_180_days_are_too_short() -> None:
    assert shortest_safe_days() == 184


def test_papers_are_kept_ten_years_from_the_last_placing() -> None:
    assert keep_until("documentation", date(2028, 2, 29)) == date(2038, 2, 28)
    assert keep_until("declaration", date(2027, 12, 2)) == date(2037, 12, 2)
    assert {r.id for r in retention_rules() if r.length == 10} == {
        "documentation", "declaration", "importer_papers", "representative_papers",
    }  # fmt: skip


def test_certificates_expire_after_five_years_for_annex_i_and_four_for_annex_iii() -> None:
    assert keep_until("certificate_annex_i", date(2028, 8, 2)) == date(2033, 8, 2)
    assert keep_until("certificate_annex_iii", date(2028, 8, 2)) == date(2032, 8, 2)


@pytest.mark.parametrize(
    ("points", "public", "service", "required"),
    [
        (["5(b)"], False, False, True), (["5(c)"], False, False, True), (["5(b)", "2"], None, None, True),
        (["4(a)"], False, False, False), (["4(a)"], True, False, True), (["3(d)"], False, True, True),
        (["2"], True, True, False), ([], True, True, False), (["2", "5(a)"], True, False, True),
        (["3(d)"], None, False, None), (["3(d)"], None, True, True),
    ],
)  # fmt: skip
def test_the_fria_rule(points: list[str], public: bool | None, service: bool | None, required: bool | None) -> None:
    rule = fria_required(points, public_body=public, private_public_service=service)

    assert rule.required is required
    assert bool(rule.depends_on) == (required is None)


def test_a_fria_has_six_elements_and_comes_before_first_use() -> None:
    assert [key[-2] for key in ELEMENTS] == list("abcdef")
    assert fria_in_time(assessed_on=date(2027, 12, 1), first_use=date(2027, 12, 2)) is True
    assert fria_in_time(assessed_on=date(2027, 12, 2), first_use=date(2027, 12, 2)) is False
    assert fria_in_time(assessed_on=None, first_use=date(2027, 12, 2)) is False
    assert fria_in_time(assessed_on=None, first_use=None) is None


def test_conformity_routes_follow_article_43() -> None:
    assert conformity_routes(annex_iii_points=["1"]) == ("annex_vii",)
    assert conformity_routes(annex_iii_points=["1"], standards_in_full=True) == ("annex_vi", "annex_vii")
    assert conformity_routes(annex_iii_points=["4"]) == ("annex_vi",)
    assert conformity_routes(annex_iii_points=["5"], annex_i_section_a=True) == ("sector",)
    assert conformity_routes() == ()
    assert needs_new_assessment(substantial=True, predetermined=False)
    assert not needs_new_assessment(substantial=True, predetermined=True)
