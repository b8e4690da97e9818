"""Could the people who reviewed it do so? Level, training and language at that very moment."""

from collections.abc import Iterator

from policies.oversight.case import Case
from policies.oversight.record import ReviewRecord
from policies.oversight.verdict import Verdict


def qualified(case: Case) -> Iterator[Verdict]:
    """One verdict per review by somebody not qualified, and one per level too few people held."""
    if not case.prior or case.document is None:
        return
    if case.need.reviews == 0 and case.need.sample is None:
        return
    terms = case.document.reviewer
    if terms is not None:
        for review in case.prior:
            yield from _terms(case, review, terms.training, terms.languages)
    for level, wanted in (*case.need.levels, *((role, 1) for role in case.need.roles)):
        yield from _level(case, level, wanted)


def holds(case: Case, review: ReviewRecord, code: str) -> bool | None:
    """Whether the reviewer held ``code`` when submitting; the register's word, else an authenticated role."""
    if review.actor is None or review.submitted_at is None:
        return None
    known = case.people.holds(review.actor, code, review.submitted_at)
    if known is None and review.authenticated and code in review.roles:
        return True
    return known


def _terms(case: Case, review: ReviewRecord, training: str | None, languages: tuple[str, ...]) -> Iterator[Verdict]:
    lacking: list[str] = []
    unknown: list[str] = []
    wanted = [training] if training else []
    for language in languages:
        spoken = case.decision.language if language == "subject" else language
        if spoken is None:
            unknown.append("the language of the case")
        else:
            wanted.append(f"language:{spoken}")
    for code in wanted:
        answer = holds(case, review, code)
        if answer is None:
            unknown.append(code)
        elif not answer:
            lacking.append(code)
    if lacking or unknown:
        yield _verdict(case, review, lacking or unknown, "breach" if lacking else "unknown")


def _level(case: Case, level: str, wanted: int) -> Iterator[Verdict]:
    answers = [(review, holds(case, review, level)) for review in case.prior]
    wanted = min(wanted, len(answers))
    if sum(answer is True for _, answer in answers) >= wanted:
        return
    possible = sum(answer is not False for _, answer in answers) >= wanted
    blamed = next(review for review, answer in answers if answer is (None if possible else False))
    yield _verdict(case, blamed, [level], "unknown" if possible else "breach")


def _verdict(case: Case, review: ReviewRecord, missing: list[str], state: str) -> Verdict:
    data = {
        "actor": review.actor or "somebody unnamed",
        "missing": ", ".join(missing),
        "review": review.review_id,
        "subject": f"{review.review_id}:{','.join(missing)}",
    }
    return case.give("UNQUALIFIED", state, data, review.submitted_at)
