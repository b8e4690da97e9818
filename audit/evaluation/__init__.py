"""Evaluation: every decision against the policy that bound it, and what was found, kept up by the follower."""

from audit.evaluation.checking import check_changes, check_due, clear
from audit.evaluation.context import verdicts_of
from audit.evaluation.coverage import check_holes

__all__ = ["check_changes", "check_due", "check_holes", "clear", "verdicts_of"]
