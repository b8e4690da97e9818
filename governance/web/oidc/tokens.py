"""The ID token, checked whole (OpenID Connect Core 1.0, 3.1.3.7): signature, issuer, audience, time, nonce.

The library takes a token that came over TLS unread; a proxy or a provider at fault would then decide who signs in.
"""

import hmac
from collections.abc import Mapping
from typing import Any

import jwt

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 60


class TokenRefused(Exception):
    """The ID token does not prove who signed in; the text says which check failed, for the log."""


def claims_of(token: str, *, keys: Mapping[str, Any], issuer: str, client_id: str) -> dict[str, Any]:
    """Return the claims of ``token``; raises :class:`TokenRefused`. ``keys`` is the provider's JWK Set (RFC 7517)."""
    try:
        header = jwt.get_unverified_header(token)
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key(keys, header),
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise TokenRefused(f"ID token: {error}") from error
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims.get("azp", client_id if len(audiences) == 1 else None) != client_id:
        raise TokenRefused("ID token: it was issued to another client (azp)")
    return claims


def require_nonce(claims: Mapping[str, Any], expected: object) -> None:
    """Raise :class:`TokenRefused` unless the token answers the request this session made."""
    given = claims.get("nonce")
    if not isinstance(expected, str) or not isinstance(given, str) or not expected:
        raise TokenRefused("ID token: no nonce")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise TokenRefused("ID token: wrong nonce")


def _key(keys: Mapping[str, Any], header: Mapping[str, Any]) -> Any:
    """The signing key the header names; without a name the only one there is (Core 1.0, 10.1)."""
    if header.get("alg") not in ALGORITHMS:
        raise TokenRefused(f"ID token: algorithm {header.get('alg')!r} is not accepted")
    listed = [each for each in jwt.PyJWKSet.from_dict(dict(keys)).keys if each.public_key_use in {None, "sig"}]
    if "kid" in header:
        listed = [each for each in listed if each.key_id == header["kid"]]
    if len(listed) != 1:
        raise TokenRefused("ID token: the provider publishes no such key")
    return listed[0]
