"""API keys: issue, rotate, revoke, and look one up for a request in a single query."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from audit.models import ApiKey
from governance.access import Invalid, record_change
from governance.models import UseCase, User

SCOPES: Final = (
    "events:write",
    "decisions:read",
    "control:read",
    "control:write",
    "findings:read",
    "findings:write",
    "measures:read",
    "fairness:read",
    "reviews:read",
    "reviews:write",
    "gate:write",
    "register:read",
    "register:write",
    "reports:read",
    "reports:write",
    "ledger:read",
)
LAST_USE_RESOLUTION = timedelta(minutes=1)
OWN_SOURCES: Final = "urn:custodes:"  # what is done in Custodes itself; see audit.events.own
_FORM = re.compile(r"cst_([0-9a-f]{16})_([A-Za-z0-9_-]{43})\Z")


class KeyRefused(Exception):
    """No live key answers to this secret. Unknown, wrong, expired and revoked are not told apart."""

    code = "not_authenticated"


@dataclass(frozen=True, slots=True)
class UseCaseName:
    """What intake needs to know of a use case."""

    id: UUID
    ref: str
    key: str


@dataclass(frozen=True)
class Bearer:
    """A live key as one request sees it: what it may speak for, by exact names."""

    id: UUID | None  # None: an operator at the server's console
    public_id: str
    scopes: frozenset[str]
    sources: frozenset[str]
    source_prefixes: tuple[str, ...]
    use_cases: Mapping[str, UseCaseName]  # by key and by ref
    events_per_minute: int | None
    last_used_at: datetime | None

    @property
    def is_authenticated(self) -> bool:
        return True

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def speaks_for(self, source: str) -> bool:
        """Whether the key may send events of ``source``."""
        return source in self.sources or (bool(self.source_prefixes) and source.startswith(self.source_prefixes))

    @cached_property
    def only_use_case(self) -> UseCaseName | None:
        """The use case an event without ``usecase`` is for, when the key has just one."""
        names = {name.id: name for name in self.use_cases.values()}
        return next(iter(names.values())) if len(names) == 1 else None


def issue_key(
    *,
    use_cases: Sequence[UseCase],
    sources: Sequence[str],
    scopes: Sequence[str],
    label: str,
    actor: User,
    at: datetime,
    expires_at: datetime | None = None,
    events_per_minute: int | None = None,
    replaces: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the second value is the whole key as text and is never shown again.

    Raises :class:`governance.access.Invalid` for an unknown scope, no source, no use case or a past expiry.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise Invalid(
            f"Scopes are among {', '.join(SCOPES)}; unknown: {', '.join(unknown) or 'none given'}", field="scopes"
        )
    if not use_cases:
        raise Invalid("A key speaks for at least one use case", field="use_cases")
    if "events:write" in scopes and not sources:
        raise Invalid("A key that writes events names the sources it speaks for", field="sources")
    if any(not source or source == "*" or len(source) > 500 for source in sources):
        raise Invalid(
            "A source is 1 to 500 characters; a trailing * stands for a prefix, never for all", field="sources"
        )
    if any(source.startswith(OWN_SOURCES) or OWN_SOURCES.startswith(source.rstrip("*")) for source in sources):
        raise Invalid(f"Sources that begin with {OWN_SOURCES} belong to Custodes itself", field="sources")
    if expires_at is not None and expires_at <= at:
        raise Invalid("The expiry must lie after the issue", field="expires_at")
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        public_id=secrets.token_hex(8),
        secret_hash=_digest(secret),
        label=label,
        sources=list(sources),
        scopes=list(scopes),
        events_per_minute=events_per_minute,
        expires_at=expires_at,
        replaces=replaces,
        created_by=actor,
        created_at=at,
    )
    with transaction.atomic():
        key.save(force_insert=True)
        key.use_cases.set(use_cases)
        record_change(
            actor=actor, at=at, action="audit.api_key.issued", obj=key, before=None, after=_public(key, use_cases)
        )
    return key, f"cst_{key.public_id}_{secret}"


def rotate_key(*, key: ApiKey, actor: User, at: datetime, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """Make a successor with the same scopes; the old key lives on until it is revoked."""
    return issue_key(
        use_cases=list(key.use_cases.all()),
        sources=key.sources,
        scopes=key.scopes,
        label=key.label,
        actor=actor,
        at=at,
        expires_at=expires_at,
        events_per_minute=key.events_per_minute,
        replaces=key,
    )


def widen_key(*, key: ApiKey, actor: User, at: datetime, use_case: UseCase) -> None:
    """Let a key speak for a use case that was registered with it."""
    with transaction.atomic():
        before = _public(key, key.use_cases.all())
        key.use_cases.add(use_case)
        record_change(
            actor=actor, at=at, action="audit.api_key.widened", obj=key, before=before,
            after=_public(key, key.use_cases.all()),
        )  # fmt: skip


def revoke_key(*, key: ApiKey, actor: User, at: datetime) -> None:
    """End a key; the very next request with it is refused."""
    with transaction.atomic():
        changed = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=at)
        if changed:
            key.revoked_at = at
            record_change(
                actor=actor,
                at=at,
                action="audit.api_key.revoked",
                obj=key,
                before={"revoked_at": None},
                after={"revoked_at": at.isoformat()},
            )


def _public(key: ApiKey, use_cases: Iterable[UseCase]) -> dict[str, object]:
    return {
        "prefix": key.prefix,
        "label": key.label,
        "use_cases": sorted(use_case.ref for use_case in use_cases),
        "sources": key.sources,
        "scopes": key.scopes,
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "replaces": key.replaces.prefix if key.replaces else None,
    }


def _digest(secret: str) -> str:
    """256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


# Asked for every request, so without the ORM, which costs three times what the database does.
_LOOK_UP: Final = (
    "SELECT k.id, k.secret_hash, k.sources, k.scopes, k.events_per_minute, k.expires_at, k.revoked_at, k.last_used_at,"
    " u.id, u.ref, u.key FROM audit_api_key k LEFT JOIN audit_api_key_use_cases m ON m.apikey_id = k.id"
    " LEFT JOIN governance_use_case u ON u.id = m.usecase_id WHERE k.public_id = %s"
)


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _moment(value: datetime | None) -> datetime | None:
    """A stored time; SQLite keeps UTC without a zone."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def authenticate(token: str, *, at: datetime) -> Bearer:
    """Return the live key of ``token`` (``cst_<id>_<secret>``) in one query; raises :class:`KeyRefused`.

    Nothing is cached, so that a revocation bites at the next request, in every process.
    """
    form = _FORM.match(token)
    if form is None:
        raise KeyRefused
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_UP, [form[1]])
        rows = cursor.fetchall()
    if not rows or not hmac.compare_digest(rows[0][1], _digest(form[2])):
        raise KeyRefused
    expires_at, revoked_at, last_used_at = (_moment(each) for each in rows[0][5:8])
    if revoked_at is not None or (expires_at is not None and expires_at <= at):
        raise KeyRefused
    key_id, sources, scopes, quota = _uuid(rows[0][0]), json.loads(rows[0][2]), json.loads(rows[0][3]), rows[0][4]
    names = [UseCaseName(id=_uuid(row[8]), ref=row[9], key=row[10]) for row in rows if row[8] is not None]
    if last_used_at is None or at - last_used_at >= LAST_USE_RESOLUTION:
        ApiKey.objects.filter(pk=key_id).update(last_used_at=at)
    return Bearer(
        id=key_id,
        public_id=form[1],
        scopes=frozenset(scopes),
        sources=frozenset(source for source in sources if not source.endswith("*")),
        source_prefixes=tuple(source[:-1] for source in sources if source.endswith("*")),
        use_cases={name.key: name for name in names} | {name.ref: name for name in names},
        events_per_minute=quota,
        last_used_at=last_used_at,
    )


def operator_bearer(use_case: UseCase, *, source: str) -> Bearer:
    """Return what an operator at the server's own console speaks for: one use case and one source, without a key."""
    name = UseCaseName(id=use_case.pk, ref=use_case.ref, key=use_case.key)
    return Bearer(
        id=None,
        public_id="",
        scopes=frozenset({"events:write"}),
        sources=frozenset({source}),
        source_prefixes=(),
        use_cases={name.key: name, name.ref: name},
        events_per_minute=None,
        last_used_at=None,
    )
