"""The form and the document agree: what a form shows of a document gives the same document back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from policies.oversight import document as policy
from policies.oversight.form import content_of, groups
from tests.policies.oversight.test_document import EXAMPLE


def sent(content: dict[str, Any], *, blank: int = 0) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What a browser sends for the form of ``content``."""
    entries = [entry for group in groups(content, blank=blank) for entry in group.entries]
    single = {entry.name: entry.value for entry in entries if entry.kind != "choices"}
    return single, {entry.name: list(entry.chosen) for entry in entries if entry.kind == "choices"}


@pytest.mark.parametrize("blank", [0, 1, 3])
def test_a_document_survives_its_form(blank: int) -> None:
    document = policy.parse_yaml(EXAMPLE)
    content = content_of(*sent(document.to_dict(), blank=blank))
    assert policy.parse({**content, "usecase": document.usecase, "version": document.version}) == document


@given(
    some.fixed_dictionaries(
        {
            "mode": some.just("HITL"),
            "rules": some.lists(
                some.fixed_dictionaries(
                    {
                        "id": some.just("R1"),
                        "when": some.just("true"),
                        "require": some.fixed_dictionaries(
                            {"reviews": some.integers(2, 9)},
                            optional={"distinct": some.booleans(), "exclude": some.just(["maker", "owner"])},
                        ),
                    }
                ),
                min_size=1,
                max_size=1,
            ),
            "review": some.fixed_dictionaries(
                {"min_active_s": some.integers(1, 86400)},
                optional={
                    "max_turnaround": some.sampled_from(["PT8H", "P1D", "PT30M"]),
                    "reasons": some.lists(some.sampled_from(["override", "reject"]), unique=True),
                    "prompts": some.lists(some.sampled_from(["What speaks against it?", "Whose data is missing?"])),
                },
            ),
        },
        optional={"timeout_default": some.sampled_from(["deny", "hold"])},
    )
)
def test_any_document_survives_its_form(content: dict[str, Any]) -> None:
    document = policy.parse({**content, "usecase": "u", "version": 1})
    again = content_of(*sent(document.to_dict(), blank=1))
    assert policy.parse({**again, "usecase": "u", "version": 1}) == document


def test_what_cannot_be_read_reaches_the_documents_own_check() -> None:
    single, lists = sent({"mode": "HITL"}, blank=1)
    single |= {"review.min_active_s": "soon", "rules.0.id": "R1", "rules.0.when": "amount >", "timeout_default": "deny"}
    with pytest.raises(policy.PolicyInvalid) as refused:
        policy.parse({**content_of(single, lists), "usecase": "u", "version": 1})
    assert [problem.path for problem in refused.value.problems] == ["review.min_active_s"]
