"""The checks, by what they look at. Each takes a :class:`policies.oversight.case.Case` and yields verdicts."""
