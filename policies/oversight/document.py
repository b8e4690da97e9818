"""The oversight policy of one use case as a document: an immutable version people sign and the checker obeys.

``parse`` reads plain data (JSON, YAML) and refuses what is wrong, unreachable or read by nobody; ``to_dict`` gives
the same document back; ``digest`` is the SHA-256 of its canonical form (RFC 8785).
"""

from collections.abc import Mapping
from typing import Any

import yaml

from policies.oversight.static import review_document
from policies.oversight.structure import PolicyInvalid, Problem, read
from policies.oversight.terms import (
    AlertTerms,
    AppealTerms,
    EscalationTerms,
    Hop,
    Mandate,
    MonitorTerms,
    PolicyDocument,
    PrivacyTerms,
    Requirement,
    ReviewerTerms,
    ReviewTerms,
    Rule,
    StopTerms,
    WatchTerms,
)

__all__ = [
    "AlertTerms",
    "AppealTerms",
    "EscalationTerms",
    "Hop",
    "Mandate",
    "MonitorTerms",
    "PolicyDocument",
    "PolicyInvalid",
    "PrivacyTerms",
    "Problem",
    "Requirement",
    "ReviewTerms",
    "ReviewerTerms",
    "Rule",
    "StopTerms",
    "WatchTerms",
    "notes",
    "parse",
    "parse_yaml",
]


def parse(content: Mapping[str, Any]) -> PolicyDocument:
    """Return the document ``content`` describes.

    Raises :class:`PolicyInvalid` with every problem found, each naming the field and what would be right.
    """
    problems: list[Problem] = []
    document = read(PolicyDocument, content, "", problems)
    if document is None:
        raise PolicyInvalid(problems)
    findings = review_document(document)
    if findings.problems:
        raise PolicyInvalid(findings.problems)
    return document


def parse_yaml(text: str) -> PolicyDocument:
    """Return the document in a YAML or JSON ``text``; raises :class:`PolicyInvalid` as :func:`parse` does."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PolicyInvalid([Problem("", f"must be YAML or JSON: {error}")]) from None
    return parse(content)


def notes(document: PolicyDocument) -> tuple[Problem, ...]:
    """Return what is allowed and worth seeing before signing: overlapping rules, silence, further fields read."""
    return review_document(document).notes
