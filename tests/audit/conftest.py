"""Keys and senders for tests of the evidence rooms."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.events.keys import SCOPES, issue_key
from governance.models import UseCase
from tests.audit.events.samples import SOURCE
from tests.cast import Cast

Send = Callable[..., Any]


@pytest.fixture
def key(cast: Cast, live_use_case: UseCase) -> str:
    """A key that may do everything for Olga's use case, from the lending system."""
    _, text = issue_key(
        use_cases=[live_use_case], sources=[SOURCE], scopes=SCOPES, label="tests", actor=cast.anna, at=timezone.now()
    )
    return text


@pytest.fixture
def send(client: Client, key: str) -> Send:
    """Post events: a dict as one structured event, a list as a batch, bytes as they are."""

    def post(body: Any, *, query: str = "", media: str = "", auth: str | None = None, **headers: str) -> Any:
        if not media:
            media = f"application/cloudevents{'-batch' if isinstance(body, list) else ''}+json"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key if auth is None else auth}", **headers}
        return client.post(f"/api/v1/events{query}", data, content_type=media, headers=headers)

    return post
