"""The table of codes: complete, in plain words, and every explanation can be filled."""

import string

from policies.oversight.codes import CODES, ORDER

TABLE_OF_THE_DESIGN = """
UNREVIEWED LATE_REVIEW STALE OVERRULED_IGNORED UNQUALIFIED SAME_PERSON SELF_REVIEW CONFLICT FORBIDDEN NO_MANDATE
AFTER_STOP BULK TOO_FAST NO_EVIDENCE NO_REASON SAMPLE_SHORTFALL SAMPLE_CHERRY SLA ESC_LATE ESC_EXPIRED UNWATCHED
ALERT_UNACKED GAP SILENCE SKEW DUP_CONFLICT PENDING PENDING_CLOCK NO_POLICY NO_TOKEN
""".split()  # noqa: SIM905


def test_every_code_of_the_design_is_there_and_no_other() -> None:
    assert set(CODES) == set(TABLE_OF_THE_DESIGN)
    assert sorted(ORDER.values()) == list(range(len(CODES)))


def test_every_code_says_what_it_means_who_acts_and_what_helps() -> None:
    for code in CODES.values():
        for words in (code.meaning, code.who_acts, code.fix, code.explanation):
            assert words.strip(), code.code
        assert code.meaning.endswith(".")


def test_no_code_promises_what_we_do_not_promise() -> None:
    text = " ".join(f"{each.meaning} {each.fix} {each.explanation}" for each in CODES.values()).lower()
    for word in ("compliant", "unbiased", "tamper-proof", "guaranteed", "fair "):
        assert word not in text


def test_explanations_name_their_fields() -> None:
    for code in CODES.values():
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(code.explanation))
