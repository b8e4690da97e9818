"""The scoring rate of live decisions, against the same audit made from a file and against numpy's median."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit.fairness.declared import schema_of
from audit.fairness.live_scoring import live_scoring, weighted_median
from audit.fairness.publication import publication
from audit.fairness.reading import Columns, count_scoring
from audit.models.fairness import FairnessDefinition, FairnessDelta
from tests.cast import Cast, a_use_case
from tests.scale import SEED

DAY = date(2026, 3, 2).toordinal()


def test_the_median_of_counted_values_is_that_of_the_values() -> None:
    chance = np.random.default_rng(SEED)
    for _ in range(50):
        values = chance.integers(0, 9, chance.integers(1, 30))
        found = np.unique(values, return_counts=True)
        pairs = list(zip(found[0].tolist(), found[1].tolist(), strict=True))
        assert weighted_median(pairs) == np.median(values)


@pytest.mark.django_db
def test_scoring_rates_of_live_decisions_are_those_of_a_file_of_them(cast: Cast) -> None:
    chance = np.random.default_rng(SEED)
    frame = pd.DataFrame({"sex": chance.choice(["f", "m", ""], 300, p=[0.5, 0.45, 0.05]), "score": 0.0})
    frame["score"] = chance.choice([0.1, 0.25, 0.3, 0.5, 0.9], 300)  # many ties, at the median too
    frame.loc[:19, "score"] = np.nan
    use_case = a_use_case(cast)
    use_case.fairness = {
        "favourable": "yes", "positive": "paid", "attributes": {"sex": ""}, "score": "confidence", "preset": "ll144",
    }  # fmt: skip
    use_case.save()
    plant(use_case, frame)
    live = live_scoring(use_case, window=(date(2026, 3, 1), date(2026, 4, 1)))
    assert live is not None
    filed = count_scoring(frame.astype(object).where(frame.notna(), None), Columns(("sex",), score="score"))
    assert (live.median, live.scored, live.missing) == (filed.notes["median_score"], 280, 20)
    of_file = {key[0]: vector[:9].reshape(3, 3).sum(axis=1) for key, vector in filed.counts.cells.items()}
    for row in publication(live.assessment):
        no, yes, _ = of_file[row["category"]].tolist()
        assert (row["n"], row["selected"], row["rate"]) == (no + yes, yes, yes / (no + yes))
    assert {row["unknown"] for row in publication(live.assessment)} == {int(of_file[None][:2].sum())}
    assert live_scoring(use_case, window=(date(2026, 4, 1), date(2026, 5, 1))) is None


def plant(use_case: Any, frame: pd.DataFrame) -> None:
    """Plant the rows the follower would have made; a case that was taken back counts no more."""
    schema = schema_of(use_case.fairness)
    assert schema is not None
    definition = FairnessDefinition.objects.create(
        use_case=use_case, digest=schema.digest, schema=schema.to_json(), first_index=0
    )
    rows = [(row.sex or None, None if np.isnan(row.score) else row.score, 1) for row in frame.itertuples()]
    rows += [("f", 0.9, 1), ("f", 0.9, -1)]
    FairnessDelta.objects.bulk_create(
        FairnessDelta(definition=definition, index=i, day=DAY, group=[group], cell=0, score=score, sign=sign)
        for i, (group, score, sign) in enumerate(rows)
    )
