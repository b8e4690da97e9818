"""Statistics shared by every measure: intervals, tests and corrections from counts. Pure Python, no Django."""

from audit.statistics.agreement import cohen_kappa, gwet_ac1, percent_agreement
from audit.statistics.distributions import critical_z, normal_quantile, normal_two_sided_p
from audit.statistics.intervals import (
    Interval,
    clopper_pearson,
    difference_of,
    katz,
    koopman,
    newcombe,
    newcombe_paired,
    ratio_interval,
    undefined,
    wilson,
    zero_event_upper,
)
from audit.statistics.multiplicity import benjamini_hochberg, holm, holm_levels
from audit.statistics.power import needed_n, needed_n_for_ratio, power_for_ratio
from audit.statistics.proportions import (
    TestResult,
    binomial_test,
    compare_proportions,
    fisher_exact,
    goodness_of_fit,
    mcnemar,
    score_z,
    smallest_expected,
)
from audit.statistics.quantiles import needed_n_for_upper_bound, quantile, quantile_interval, quantile_ranks
from audit.statistics.runs import longest_run, longest_run_tail, run_length_beyond, run_tail, wald_wolfowitz
from audit.statistics.sequential import Crossing, crossing
from audit.statistics.strata import (
    Stratum,
    cochran_armitage,
    mantel_haenszel_odds,
    mantel_haenszel_ratio,
    mantel_haenszel_test,
)

__all__ = [
    "Crossing",
    "Interval",
    "Stratum",
    "TestResult",
    "benjamini_hochberg",
    "binomial_test",
    "clopper_pearson",
    "cochran_armitage",
    "cohen_kappa",
    "compare_proportions",
    "critical_z",
    "crossing",
    "difference_of",
    "fisher_exact",
    "goodness_of_fit",
    "gwet_ac1",
    "holm",
    "holm_levels",
    "katz",
    "koopman",
    "longest_run",
    "longest_run_tail",
    "mantel_haenszel_odds",
    "mantel_haenszel_ratio",
    "mantel_haenszel_test",
    "mcnemar",
    "needed_n",
    "needed_n_for_ratio",
    "needed_n_for_upper_bound",
    "newcombe",
    "newcombe_paired",
    "normal_quantile",
    "normal_two_sided_p",
    "percent_agreement",
    "power_for_ratio",
    "quantile",
    "quantile_interval",
    "quantile_ranks",
    "ratio_interval",
    "run_length_beyond",
    "run_tail",
    "score_z",
    "smallest_expected",
    "undefined",
    "wald_wolfowitz",
    "wilson",
    "zero_event_upper",
]
