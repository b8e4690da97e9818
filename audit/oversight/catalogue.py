"""What each measure is: its name, its pillar, its sentence, how it is computed, and what it can and cannot show.

``people``: the figure describes what reviewers do, so it is protected (see :mod:`audit.oversight.protection`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from audit.oversight.wording import gettext_noop


@dataclass(frozen=True, slots=True)
class Facts:
    """One measure of the list; texts are English templates, translated by the doors."""

    id: str
    title: str
    pillar: str
    unit: str  # share | count | difference | index | ratio
    sentence: str
    formula: str
    shows: str
    people: bool = True


_ALL = (
    Facts(
        "M1",
        gettext_noop("Override rate"),
        "P3",
        "share",
        gettext_noop("People changed {k} of {n} proposals they decided on: {rate} {limits}."),
        gettext_noop("Changed proposals (override, rejection, modification) divided by proposals a person decided on."),
        gettext_noop(
            "A right system gives few overrides, and so does a reviewer who stamps: alone this never speaks for "
            "oversight. It speaks against it when it is surely below half of the system's error rate."
        ),
    ),
    Facts(
        "M1a",
        gettext_noop("Override rate by group"),
        "P4",
        "ratio",
        gettext_noop(
            "People changed the outcome of {group} {ratio} times as often as of the reference group {limits}; "
            "{examined} of {groups} groups differ beyond chance."
        ),
        gettext_noop(
            "Decisions whose outcome people turned, by group, divided by the same share of the reference group; "
            "Katz interval, 199 cases in each group at least."
        ),
        gettext_noop("A ratio away from 1 is a question for the fairness of the human step (M13), not an answer."),
    ),
    Facts(
        "M1b",
        gettext_noop("Reviewers against their own case mix"),
        "P3",
        "count",
        gettext_noop(
            "{outside} of {compared} reviewers with at least 30 decisions lie outside the limits chance explains for "
            "their own case mix; {watch} more are to be watched."
        ),
        gettext_noop(
            "Each reviewer's overrides against those expected from class and confidence of their own cases; funnel "
            "limits at 95 and 99.8 percent, widened for over-dispersion (Spiegelhalter 2005)."
        ),
        gettext_noop("Lying outside is a reason to talk, in both directions, and never a ranking or a verdict."),
    ),
    Facts(
        "M1c",
        gettext_noop("Override rate by confidence"),
        "P3",
        "index",
        gettext_noop("Override rate over rising confidence of the system: {shape}."),
        gettext_noop("Cochran-Armitage trend of the override rate over at least five confidence bands of 30 cases."),
        gettext_noop("It should fall. Flat: cases are not read, or confidence says nothing; rising: distrust."),
    ),
    Facts(
        "M2",
        gettext_noop("Reviews in time"),
        "P2",
        "share",
        gettext_noop("{k} of {n} reviews with a due time were done in time: {rate} {limits}; half take {median}."),
        gettext_noop("Reviews done by their due time divided by reviews that were due; open and overdue has failed."),
        gettext_noop("Whether people had their say while it could still matter, not how well they used it."),
        people=False,
    ),
    Facts(
        "M3",
        gettext_noop("Too fast reviews"),
        "P3",
        "share",
        gettext_noop("{k} of {n} timed reviews were faster than the case can be read: {rate} {limits}."),
        gettext_noop(
            "Reviews with active time below the policy's floor divided by timed reviews; fast reviewers who surely "
            "catch half of the wrong proposals show skill."
        ),
        gettext_noop("Haste is a sign, not a proof: the fast expert is told apart by what they catch."),
    ),
    Facts(
        "M3b",
        gettext_noop("Reviews in bulk"),
        "P3",
        "share",
        gettext_noop("{k} of {n} reviews were given in bulk, {forbidden} of them against the policy: {rate} {limits}."),
        gettext_noop("Reviews submitted in one act for several cases divided by all reviews."),
        gettext_noop("A batch may be right for equal cases; where the policy forbids it, one is too many."),
    ),
    Facts(
        "M4",
        gettext_noop("Approval runs"),
        "P3",
        "count",
        gettext_noop(
            "The longest run of unchanged approvals is {longest}; {suspect} of {reviewers} reviewers have one longer "
            "than chance explains at an expected override rate of {rate}."
        ),
        gettext_noop(
            "Longest run of approvals per reviewer against its chance at the expected override rate; suspect below "
            "1 percent, shared over the reviewers. Days follow each other, within a day the order of submission."
        ),
        gettext_noop("A long run calls for a canary or a break, and proves no guilt."),
    ),
    Facts(
        "M5",
        gettext_noop("Wrong proposals caught"),
        "P3",
        "share",
        gettext_noop("People changed {k} of {n} wrong proposals: {rate} {limits}; and {f} of {m} right ones."),
        gettext_noop("Changed wrong proposals divided by wrong proposals a person decided on, by known outcomes."),
        gettext_noop("The nearest thing to effectiveness, as far as outcomes are known for all kinds of cases."),
    ),
    Facts(
        "M5a",
        gettext_noop("Appropriate reliance"),
        "P3",
        "share",
        gettext_noop(
            "Where people judged first: followed the system when it was right and they were not in {rair}; stood by "
            "their own right judgement against it in {rsr}."
        ),
        gettext_noop("RAIR and RSR (Schemmer et al. 2023) of reviews with a judgement made before the advice."),
        gettext_noop("Both at 1 would be ideal; the first high and the second low is over-reliance."),
    ),
    Facts(
        "M5b",
        gettext_noop("Telling wrong from right"),
        "P3",
        "index",
        gettext_noop("d' {d}, c {c}: {style}."),
        gettext_noop("Signal detection, the signal being a wrong proposal; log-linear correction."),
        gettext_noop("The same override rate can hide opposite powers to tell wrong from right."),
    ),
    Facts(
        "M6",
        gettext_noop("What people added"),
        "P2",
        "difference",
        gettext_noop(
            "With people {mended} more decisions were right and {spoilt} more wrong than by the system alone, of {n}: "
            "{points} points {limits}, p = {p}."
        ),
        gettext_noop("Accuracy after people less accuracy of the system on the same cases; McNemar's test."),
        gettext_noop("Whether the human step made decisions more right, on cases whose outcome is known."),
    ),
    Facts(
        "M6b",
        gettext_noop("What people added, weighted"),
        "P2",
        "difference",
        gettext_noop("Weighted by the chance of being looked at: {points} points; effective n {effective}; {flag}."),
        gettext_noop("M6 with each case weighted by one over its chance of having a known outcome."),
        gettext_noop("Outcomes known for some cases only mislead; without known chances the sample is called biased."),
    ),
    Facts(
        "M8",
        gettext_noop("Agreement of blind pairs"),
        "P3",
        "index",
        gettext_noop(
            "Two people, neither seeing the other, agreed in {agreed} of {n} cases; AC1 {ac1}, kappa {kappa}."
        ),
        gettext_noop("Gwet's AC1 of two blind reviews of one case, Cohen's kappa beside it; 50 pairs at least."),
        gettext_noop("Whether the answer depends on who happens to look."),
    ),
    Facts(
        "M9",
        gettext_noop("Workload"),
        "P3",
        "share",
        gettext_noop(
            "{per_hour} reviews per active hour; {over} of {hours} reviewers' hours held more reviews than the policy "
            "allows: {rate} {limits}; longest stretch without a break: {stretch}."
        ),
        gettext_noop(
            "Clock hours of a reviewer with more reviews than the policy's limit divided by hours with a review; a "
            "break is a gap of the policy's length, else of ten minutes."
        ),
        gettext_noop("Whether there was time to look. Without a limit in the policy it is described, not judged."),
    ),
    Facts(
        "M10",
        gettext_noop("Breaches of required oversight"),
        "P1",
        "share",
        gettext_noop("{k} of {n} executed decisions lacked the human step they needed: {rate} {limits}; {bounded}."),
        gettext_noop("Executed decisions without the required step before execution, divided by those that needed it."),
        gettext_noop("The target is none; each breach is listed as a finding."),
        people=False,
    ),
    Facts(
        "M10b",
        gettext_noop("Completeness of the log"),
        "P1",
        "share",
        gettext_noop("{k} of {n} promised events arrived: {rate}."),
        gettext_noop(
            "Distinct sequence numbers received divided by those between the first and the last, over the sources of "
            "the use case and the days that are over."
        ),
        gettext_noop("No log is not no breach. A source without sequence numbers says nothing here."),
        people=False,
    ),
    Facts(
        "M11",
        gettext_noop("Escalations answered in time"),
        "P1",
        "share",
        gettext_noop("{k} of {n} escalation steps were answered in time: {rate} {limits}."),
        gettext_noop("Escalation steps acknowledged within their time divided by all steps that ended."),
        gettext_noop("Whether somebody with power is reached when it is needed."),
        people=False,
    ),
    Facts(
        "M12",
        gettext_noop("Stop drills"),
        "P1",
        "share",
        gettext_noop(
            "{k} of {n} stop drills stopped the system in time without leakage; the chance of failure is bounded at "
            "{bound}."
        ),
        gettext_noop(
            "Drills in which the last decision fell within the target, none after the stop was in effect, and every "
            "instance was reached, divided by all drills."
        ),
        gettext_noop("Four clean drills a year bound the chance of failure at 53 percent only, and that is said."),
        people=False,
    ),
    Facts(
        "M13",
        gettext_noop("The human step and groups"),
        "P4",
        "difference",
        gettext_noop(
            "Adverse impact ratio of {group}: {before} by the system alone, {after} after people; {worse} of {groups} "
            "groups surely less even, {crossed} fell below four fifths."
        ),
        gettext_noop("Adverse impact ratio after people less that of the system alone, on the same cases, per group."),
        gettext_noop("Whether people made decisions more or less even than the system alone."),
        people=False,
    ),
    Facts(
        "M14",
        gettext_noop("Appeals"),
        "P4",
        "share",
        gettext_noop(
            "{filed} appeals, {n} decided, {k} changed the decision: {rate} {limits}; {same} were decided by the "
            "person who had decided before."
        ),
        gettext_noop("Appeals that changed the decision divided by decided appeals; independence decides the reading."),
        gettext_noop("No appeals may mean that nobody knows the way."),
        people=False,
    ),
    Facts(
        "M15",
        gettext_noop("Reasons given"),
        "P4",
        "share",
        gettext_noop("{k} of {n} changed decisions have a reason: {rate} {limits}; duplicate texts: {duplicates}."),
        gettext_noop(
            "Changed decisions with a reason divided by changed decisions; duplicate texts by linear counting of "
            "their fingerprints."
        ),
        gettext_noop("Reasons that repeat word for word are a stamp too."),
    ),
    Facts(
        "M16",
        gettext_noop("Evidence seen"),
        "P2",
        "share",
        gettext_noop("In {k} of {n} reviews the required evidence and the rationale were seen: {rate} {limits}."),
        gettext_noop("Reviews in which required evidence, rationale and guideline were opened divided by known ones."),
        gettext_noop("Opened is not read; not opened is not read for sure."),
    ),
    Facts(
        "M20",
        gettext_noop("Qualified reviewers"),
        "P1",
        "share",
        gettext_noop("{k} of {n} reviews came from people qualified at that moment: {rate} {limits}."),
        gettext_noop("Reviews by people with the training and level asked for divided by reviews that could be told."),
        gettext_noop("Anything below all of them is a list of breaches."),
        people=False,
    ),
)
FACTS: Mapping[str, Facts] = {facts.id: facts for facts in _ALL}

NOT_YET: Mapping[str, str] = {
    "M7": gettext_noop("Canaries caught"),
    "M9b": gettext_noop("Fatigue within a session"),
    "M17": gettext_noop("Overrides that led to an improvement"),
    "M18": gettext_noop("Drift"),
    "M19": gettext_noop("Anchoring"),
    "M21": gettext_noop("Reviewers' own voice"),
    "M22": gettext_noop("What oversight is worth"),
}
"""Not available: not yet measured."""
NOT_YET_MEASURED = gettext_noop("Not available: not yet measured.")
