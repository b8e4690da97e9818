"""The filled house, and a browser session for whoever is named."""

from collections.abc import Callable

import pytest
from django.test import Client

from governance.models import User
from tests.cast import Cast
from tests.governance.web.stage import Stage, set_stage

SignIn = Callable[[User], Client]


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Something in every room."""
    return set_stage(cast)


@pytest.fixture
def sign_in() -> SignIn:
    """A client signed in as the given user."""

    def signed(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed
