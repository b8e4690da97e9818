"""``custodes classify``: the AI Act wizard without a screen."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from policies.eu_ai_act import Classification, InvalidAnswers, classify, explain, questions
from policies.eu_ai_act.yaml_data import BadData, parse_yaml

DONE, FOUND_WRONG, USAGE = 0, 1, 2


class Command(BaseCommand):
    """Exit status: 0 classified (open points are in the answer), 1 a prohibited practice, 2 usage."""

    help = (
        "Classify a use case under the EU AI Act: outcomes, legal basis, rules fired, duties with dates. "
        "ANSWERS is YAML or JSON {question_id: yes | no | unsure | value}; 'otherwise: no' answers the screening "
        "questions not named. Exit status 0 done, 1 prohibited on that date, 2 used wrongly."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One file (or - for standard input) or ``--questions``."""
        parser.add_argument("answers", nargs="?", metavar="ANSWERS.yaml")
        parser.add_argument("--on", type=_day, metavar="DATE", help="date of the assessment (default: today)")
        parser.add_argument("--questions", action="store_true", help="list the questions with their ids")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the questions, or classify a file."""
        if options["questions"]:
            self._questions(as_json=options["json"])
            return
        if not options["answers"]:
            self._usage("give a file of answers, or --questions to see what is asked")
        on_date = options["on"] or timezone.localdate()
        try:
            result = classify(_read(options["answers"]), on_date=on_date)
        except InvalidAnswers as error:
            self._usage("\n".join(problem.message for problem in error.problems))
        except (BadData, OSError) as error:
            self._usage(str(error))
        self.stdout.write(json.dumps(result.as_dict(), indent=2) if options["json"] else _text(result))
        if "PROHIBITED" in result.outcomes:
            sys.exit(FOUND_WRONG)

    def _usage(self, message: str) -> None:
        self.stderr.write(message)
        sys.exit(USAGE)

    def _questions(self, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([_question(q) for q in questions()], indent=2))
            return
        section = ""
        for question in questions():
            if question.section != section:
                section = question.section
                self.stdout.write(f"\n{section.upper().replace('_', ' ')}")
            values = " | ".join(question.values) or ("number" if question.kind == "number" else "yes | no")
            self.stdout.write(f"{question.id}  [{question.article}]  {values} | unsure")
            self.stdout.write(f"    {question.text}\n    {question.help}")
            self.stdout.write("".join(f"    - {example}\n" for example in question.examples).rstrip())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date; write it as 2026-11-21") from None


def _read(path: str) -> dict[str, str]:
    if path == "-":
        raw = parse_yaml(sys.stdin.read(), where="standard input")
    else:
        with open(path, "rb") as file:
            raw = parse_yaml(file.read(), where=path)
    if not isinstance(raw, dict):
        raise BadData(path, "answers are a mapping {question_id: yes | no | unsure | value}")
    return {
        str(key): ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in raw.items()
    }


def _question(question: Any) -> dict[str, Any]:
    return {
        "id": question.id,
        "section": question.section,
        "article": question.article,
        "kind": question.kind,
        "text": question.text,
        "help": question.help,
        "examples": list(question.examples),
        "values": dict(question.values) or {"yes": "yes", "no": "no", "unsure": "unsure"},
        "affects": question.affects,
        "required": question.required,
        "otherwise_applies": question.fill,
    }


def _text(result: Classification) -> str:
    codes = ", ".join((*result.outcomes, *result.flags)) or "not classified yet"
    lines = [
        f"Law version {result.law_version}, assessed on {result.on_date}",
        f"Outcomes     {codes}  (shown as: {result.tier})",
        f"Legal basis  {', '.join(result.legal_basis) or '-'}",
        f"Roles        {', '.join(result.roles) or 'not answered'}",
        "Rules fired",
        *(f"  {reason.rule}: {reason.text}" for reason in explain(result)),
    ]
    if result.duties:
        lines.append("Duties")
    for duty in result.duties:
        start = str(duty.operative_from) if duty.operative_from else duty.starts_when
        formal = f" (formally {duty.formal_from})" if duty.formal_from != duty.operative_from else ""
        depends = "" if duty.certain else f"  [depends on: {', '.join(duty.depends_on) or 'legal review'}]"
        lines.append(f"  from {start}{formal}  {duty.article}, {duty.role}: {duty.text}{depends}")
    for title, ids in (
        ("Needs legal review", result.needs_legal_review),
        ("Unanswered", result.unanswered),
        ("Facts still open", result.unanswered_facts),
        ("Answers not considered on this path", result.not_considered),
    ):
        lines += [f"{title}: {', '.join(ids)}"] if ids else []
    lines += [f"Note: {note.text}" for note in result.warnings]
    return "\n".join(lines)
