"""The verbs of ``custodes ledger`` that keep and remove: one person asks, another agrees."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone

from audit.ledger.errors import LedgerError
from audit.ledger.models import Hold
from audit.models import RemovalRequest
from audit.retention import agree, ask_erasure, ask_lift, ask_period, ask_prune, place_hold, refuse
from governance.access.errors import DomainError
from governance.models import UseCase, User

VERBS = frozenset({"hold", "erase", "prune", "keep", "lift", "requests", "agree", "refuse"})


def add_arguments(verbs: Any) -> None:
    """Add the verbs to those of ``custodes ledger``."""
    hold = _verb(verbs, "hold", "keep everything, or one stream, until two people lift the hold")
    hold.add_argument("--stream", default="", help="one stream only, such as events")
    erase = _verb(verbs, "erase", "ask that what is recorded about a person or a decision be erased")
    erase.add_argument("--use-case", required=True, metavar="REF")
    erase.add_argument("--subject", default="", metavar="REF", help="the person's reference, as the system sends it")
    erase.add_argument("--decision", default="", metavar="ID")
    prune = _verb(verbs, "prune", "ask that what is older than its retention period be removed")
    prune.add_argument("--stream", required=True)
    keep = _verb(verbs, "keep", "ask for another retention period of a stream")
    keep.add_argument("--stream", required=True)
    keep.add_argument("--months", required=True, type=int, help="calendar months, never below the law's floor")
    lift = _verb(verbs, "lift", "ask that a hold end")
    lift.add_argument("hold", metavar="ID")
    no = _verb(verbs, "refuse", "answer a request with no")
    no.add_argument("request", metavar="REF")
    yes = verbs.add_parser("agree", help="agree to a request as the second person, and do it")
    yes.add_argument("request", metavar="REF", help="such as RM-0001")
    yes.add_argument("--by", required=True, metavar="EMAIL")
    verbs.add_parser("requests", help="requests that wait for a second person, and holds that stand")


def _verb(verbs: Any, name: str, text: str) -> ArgumentParser:
    made: ArgumentParser = verbs.add_parser(name, help=text)
    made.add_argument("--reason", required=True, help="stays in the ledger for ever: the ground, not the person")
    made.add_argument("--by", required=True, metavar="EMAIL", help="who asks")
    return made


def do(options: dict[str, Any]) -> dict[str, Any]:
    """Do one verb and return what happened as data; raises ``CommandError`` with exit status 2."""
    try:
        if options["verb"] == "requests":
            return _listed()
        actor = User.objects.filter(email__iexact=options["by"], is_active=True).first()
        if actor is None:
            raise CommandError(f"There is no account {options['by']}.", returncode=2)
        return _act(options, actor)
    except (DomainError, LedgerError) as error:
        raise CommandError(f"{error} ({error.code})", returncode=2) from error
    except (RemovalRequest.DoesNotExist, Hold.DoesNotExist, UseCase.DoesNotExist, ValidationError) as error:
        raise CommandError(str(error), returncode=2) from error


def _act(options: dict[str, Any], actor: User) -> dict[str, Any]:
    verb, at, reason = options["verb"], timezone.now(), options.get("reason", "")
    if verb == "hold":
        held = place_hold(actor=actor, at=at, reason=reason, stream=options["stream"])
        return {"hold": str(held.pk), "stream": held.stream}
    if verb in ("agree", "refuse"):
        request = RemovalRequest.objects.get(ref=options["request"])
        if verb == "agree":
            return _request(agree(request=request, actor=actor, at=at))
        return _request(refuse(request=request, actor=actor, at=at, reason=reason))
    if verb == "erase":
        use_case = UseCase.objects.get(ref=options["use_case"])
        return _request(
            ask_erasure(
                use_case=use_case, subject_ref=options["subject"], decision_id=options["decision"],
                actor=actor, at=at, reason=reason,
            )
        )  # fmt: skip
    if verb == "prune":
        return _request(ask_prune(stream=options["stream"], actor=actor, at=at, reason=reason))
    if verb == "keep":
        return _request(
            ask_period(stream=options["stream"], months=options["months"], actor=actor, at=at, reason=reason)
        )
    return _request(ask_lift(hold=Hold.objects.get(pk=options["hold"]), actor=actor, at=at, reason=reason))


def _request(request: RemovalRequest) -> dict[str, Any]:
    return {
        "request": request.ref,
        "kind": request.kind,
        "state": request.state,
        "asked_by": request.asked_by_name,
        "payloads": request.payloads,
        "entry": str(request.entry) if request.entry else None,
    }


def _listed() -> dict[str, Any]:
    waiting = RemovalRequest.objects.filter(state=RemovalRequest.State.OPEN).order_by("asked_at")
    holds = Hold.objects.filter(lifted_at=None).order_by("placed_at")
    return {
        "requests": [_request(each) for each in waiting],
        "holds": [{"hold": str(each.pk), "stream": each.stream, "reason": each.reason} for each in holds],
    }


def text(said: dict[str, Any]) -> str:
    """Return what a person reads."""
    if "requests" in said:
        lines = [f"{each['request']} {each['kind']}, asked by {each['asked_by']}" for each in said["requests"]]
        lines += [f"hold {each['hold']} {each['stream'] or 'everything'}: {each['reason']}" for each in said["holds"]]
        return "\n".join(lines) or "No request waits and no hold stands."
    if "hold" in said:
        return f"Hold {said['hold']} stands on {said['stream'] or 'everything'}."
    if said["state"] == RemovalRequest.State.OPEN:
        return f"{said['request']} waits for a second person: custodes ledger agree {said['request']} --by EMAIL"
    if said["state"] == RemovalRequest.State.REFUSED:
        return f"{said['request']} was refused."
    return f"{said['request']} is done: {said['payloads']} payloads removed, entry {said['entry']}."
