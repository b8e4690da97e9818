"""A small OpenID Connect provider as a process: discovery, authorisation, token with PKCE, keys, user info.

Run: ``python -m tests.governance.sign_in.provider``; it prints its address. Whoever comes to the authorisation
endpoint is signed in as the person ``POST /behave`` described, so that a test can also make it lie. ``POST /behave``
takes ``{"claims": {...}, "userinfo": {...}, "token": {...}}``: claims of the person, what user info says instead, and
how the ID token is spoiled (``claims`` overriding, ``sign``: ``none``, ``hs256``, ``stranger``, ``unknown_kid``).
"""

import base64
import hashlib
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "custodes-tests", "a secret of forty characters for the tests"


def _made(kid: str) -> tuple[rsa.RSAPrivateKey, dict[str, Any]]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return key, {**public, "kid": kid, "use": "sig", "alg": "RS256"}


KEY, PUBLIC = _made("k1")
STRANGER, _UNPUBLISHED = _made("k1")


class Provider(BaseHTTPRequestHandler):
    """One request; what it must remember stands in the class."""

    behaviour: dict[str, Any] = {}
    codes: dict[str, dict[str, str]] = {}
    asked: list[dict[str, str]] = []

    def log_message(self, *arguments: Any) -> None:
        """Quiet."""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                self._answer(self._discovery())
            case "/authorize":
                self._authorise(given)
            case "/keys":
                self._answer({"keys": [PUBLIC]})
            case "/userinfo":
                told = {name: value for name, value in self.behaviour["claims"].items() if name != "nonce"}
                self._answer({**told, **self.behaviour.get("userinfo", {})})
            case "/asked":
                self._answer({"asked": self.asked})
            case _:
                self._answer({"error": "not_found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/behave":
            type(self).behaviour = json.loads(body)
            self._answer({})
        elif self.path == "/token":
            self._token({name: values[0] for name, values in parse_qs(body).items()})
        else:
            self._answer({"error": "not_found"}, 404)

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.behaviour.get("issuer", self.issuer),
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _authorise(self, given: dict[str, str]) -> None:
        """Refuse what a provider must refuse; otherwise send the browser back with a code."""
        self.asked.append(given)
        wanted = {"client_id": CLIENT_ID, "response_type": "code", "code_challenge_method": "S256"}
        wrong = [name for name, value in wanted.items() if given.get(name) != value]
        if wrong or not given.get("nonce") or not given.get("state") or "openid" not in given.get("scope", "").split():
            self._answer({"error": "invalid_request", "wrong": wrong}, 400)
            return
        code = secrets.token_urlsafe(16)
        self.codes[code] = given
        target = f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}"
        self.send_response(302)
        self.send_header("Location", target)
        self.end_headers()

    def _token(self, given: dict[str, str]) -> None:
        """Give the ID token for a code, once, to the client that proves it asked for it."""
        asked = self.codes.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or given.get("client_secret") != CLIENT_SECRET
            or given.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            self._answer({"error": "invalid_grant"}, 400)
            return
        token = self._id_token(asked["nonce"])
        answer = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300}
        self._answer({**answer, **({"id_token": token} if token else {})})

    def _id_token(self, nonce: str) -> str | None:
        spoiled, now = self.behaviour.get("token", {}), int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce}
        claims |= {**self.behaviour["claims"], **spoiled.get("claims", {})}
        claims = {name: value for name, value in claims.items() if value is not None}
        if "age" in spoiled:
            claims |= {"iat": now - spoiled["age"], "exp": now - spoiled["age"] + 300}
        match spoiled.get("sign", ""):
            case "missing":
                return None
            case "none":
                return jwt.encode(claims, None, algorithm="none")
            case "hs256":
                secret = json.dumps(PUBLIC).encode()
                return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "k1"})
            case "stranger":
                return jwt.encode(claims, STRANGER, algorithm="RS256", headers={"kid": "k1"})
            case "unknown_kid":
                return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "k9"})
            case _:
                return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "k1"})

    def _answer(self, value: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until the process is ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
