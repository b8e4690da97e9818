"""Errors every verb of governance may raise; doors map ``code`` to a status and a sentence."""

from typing import Any


class DomainError(Exception):
    """Something asked for cannot be done; ``data`` says what would be right."""

    code = "domain_error"

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class NotAllowed(DomainError):
    """The account's roles and grants do not allow this act."""

    code = "not_allowed"


class Invalid(DomainError):
    """A field holds something that cannot be stored; ``data['field']`` names it."""

    code = "invalid"

    def __init__(self, message: str, *, field: str, **data: Any) -> None:
        super().__init__(message, field=field, **data)


class BackDating(DomainError):
    """An act cannot take effect before it was decided."""

    code = "back_dating"
