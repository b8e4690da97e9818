"""Counts are a commutative group under merging: any split, order and replay of the same rows is equal."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.fairness import Counts, DifferentSchema, ImpossibleCounts, Row, Schema, counting, counts_from_frame, merge

SCHEMA = Schema(
    ("sex", "race"), "d", "1", "y", "1", score="s", edges=(0.0, 0.25, 0.5, 1.0), stages=("proposal", "final")
)
truth = st.sampled_from([True, False, None])
rows = st.lists(
    st.builds(
        Row,
        group=st.tuples(st.sampled_from(["f", "m", None]), st.sampled_from(["x", "y", "z", None])),
        decisions=st.tuples(truth, truth),
        outcome=truth,
        score=st.one_of(st.none(), st.floats(-2, 3, allow_nan=False)),
    ),
    max_size=40,
)
QUICK = settings(max_examples=60, deadline=None)


@QUICK
@given(rows, st.randoms(use_true_random=False), st.integers(1, 6))
def test_any_split_and_order_gives_equal_counts(listed, rng, parts):
    whole = Counts.from_rows(SCHEMA, listed)
    shuffled = rng.sample(listed, len(listed))
    split = [Counts.from_rows(SCHEMA, shuffled[i::parts]) for i in range(parts)]
    assert merge(split) == whole
    added = split[0]
    for part in split[1:]:
        added = added + part
    assert added == whole


@QUICK
@given(rows, rows)
def test_taking_back_what_was_added_leaves_no_trace(kept, removed):
    assert Counts.from_rows(SCHEMA, [*kept, *removed]) - Counts.from_rows(SCHEMA, removed) == Counts.from_rows(
        SCHEMA, kept
    )
    assert merge([Counts.from_rows(SCHEMA, [*kept, *removed]), Counts.from_rows(SCHEMA, removed, -1)]) == (
        Counts.from_rows(SCHEMA, kept)
    )


@QUICK
@given(rows)
def test_json_brings_equal_counts_back(listed):
    counts = Counts.from_rows(SCHEMA, listed)
    again = Counts.from_json(json.loads(json.dumps(counts.to_json())))
    assert again == counts
    assert again.levels == counts.levels
    assert json.dumps(again.to_json()) == json.dumps(counts.to_json())


def as_frame(listed):
    frame = pd.DataFrame(
        {
            "sex": [row.group[0] for row in listed],
            "race": [row.group[1] for row in listed],
            "p": [row.decisions[0] for row in listed],
            "f": [row.decisions[1] for row in listed],
            "y": [row.outcome for row in listed],
            "s": [row.score for row in listed],
        },
        dtype=object,
    )
    for column in ("p", "f", "y"):
        frame[column] = frame[column].map({True: "1", False: "0"})
    return frame


@QUICK
@given(rows.filter(lambda listed: all(any(r.decisions[i] for r in listed) for i in (0, 1))
                   and any(r.outcome for r in listed)), st.sampled_from([3, 1 << 16]), st.booleans())  # fmt: skip
def test_a_frame_counts_like_its_rows_in_any_chunks(listed, chunk, sparse):
    schema = Schema(("sex", "race"), "p", "1", "y", "1", score="s", edges=SCHEMA.edges, stages=("proposal", "final"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "CHUNK", chunk)
        patch.setattr(counting, "DENSE_CELLS", 0 if sparse else 1_000_000)
        counted = counts_from_frame(as_frame(listed), schema, stages=("p", "f"))
    assert counted == Counts.from_rows(schema, listed)


@QUICK
@given(rows)
def test_margins_and_strata_add_up(listed):
    counts = Counts.from_rows(SCHEMA, listed)
    assert counts.n == len(listed)
    for names in (["sex"], ["race"], ["race", "sex"], []):
        assert sum(v[: SCHEMA.cell_size].sum() for v in counts.marginal(names).values()) == len(listed)
    assert sum(part.n for part in counts.split("race").values()) == len(listed)
    assert counts.stage("proposal").n == counts.stage("final").n == len(listed)


def test_category_codes_count_like_texts():
    frame = pd.DataFrame({"sex": ["f", "m", None, "f"] * 5, "race": ["x"] * 20, "d": [1, 0, 1, 1] * 5})
    schema = Schema(("sex", "race"), "d", "1")
    coded = frame.assign(sex=frame.sex.astype("category"), d=frame.d.astype("int8"))
    assert counts_from_frame(coded, schema) == counts_from_frame(frame, schema)


def test_counts_under_different_definitions_are_never_mixed():
    other = Schema(("sex", "race"), "d", "0", "y", "1", score="s", edges=SCHEMA.edges, stages=SCHEMA.stages)
    with pytest.raises(DifferentSchema, match="another definition"):
        Counts(SCHEMA) + Counts(other)
    with pytest.raises(DifferentSchema):
        merge([Counts(SCHEMA), Counts(other)])


def test_a_correction_without_its_row_is_noticed():
    counts = Counts(SCHEMA) - Counts.from_rows(SCHEMA, [Row(("f", "x"), (True, True))])
    with pytest.raises(ImpossibleCounts, match="below zero"):
        counts.check_possible()


def test_the_empty_vector_is_never_kept():
    counts = Counts(SCHEMA, {("f", "x"): np.zeros(SCHEMA.width, dtype=np.int64)})
    assert counts.cells == {}
