"""Production does not start on missing or known secrets; a sound production passes Django's own deploy checks."""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from governance.project.checks import production_faults
from governance.project.single_sign_on import PERSONAL_TENANT, tenant_of

ROOT = Path(__file__).resolve().parents[3]
SOUND = {
    "CUSTODES_PRODUCTION": "1",
    "CUSTODES_SECRET_KEY": secrets.token_urlsafe(48),
    "CUSTODES_HOSTS": "custodes.example.org",
    "CUSTODES_URL": "https://custodes.example.org",
    "CUSTODES_DATABASE_URL": "postgres://custodes:Zm9vYmFyYmF6cXV4@db/custodes",
}


def custodes(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CUSTODES_", "DJANGO_"))}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False)


def test_a_sound_environment_has_no_fault() -> None:
    assert production_faults(SOUND) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"CUSTODES_SECRET_KEY": ""}, "CUSTODES_SECRET_KEY"),
        ({"CUSTODES_SECRET_KEY": "changeme"}, "CUSTODES_SECRET_KEY"),
        ({"CUSTODES_SECRET_KEY": "django-insecure-" + "x" * 40}, "CUSTODES_SECRET_KEY"),
        ({"CUSTODES_SECRET_KEY": "short but unknown"}, "CUSTODES_SECRET_KEY"),
        ({"CUSTODES_SECRET_KEY_FILE": "/nowhere/at/all"}, "CUSTODES_SECRET_KEY"),
        ({"CUSTODES_HOSTS": ""}, "CUSTODES_HOSTS"),
        ({"CUSTODES_HOSTS": "*"}, "CUSTODES_HOSTS"),
        ({"CUSTODES_URL": "http://custodes.example.org"}, "CUSTODES_URL"),
        ({"CUSTODES_DEBUG": "true"}, "CUSTODES_DEBUG"),
        ({"CUSTODES_DATABASE_URL": "postgres://custodes:postgres@db/custodes"}, "CUSTODES_DATABASE_URL"),
    ],
)
def test_each_fault_is_named(change: dict[str, str], named: str) -> None:
    [fault] = production_faults({**SOUND, **change})
    assert named in fault


PROVIDER = {
    "CUSTODES_OIDC_ISSUER": "https://login.example.org",
    "CUSTODES_OIDC_CLIENT_ID": "custodes",
    "CUSTODES_OIDC_CLIENT_SECRET": secrets.token_urlsafe(48),
}


ENTRA = "https://login.microsoftonline.com"
TRUSTED = {"CUSTODES_OIDC_TRUSTED_DOMAINS": "example.org"}


def test_a_sign_in_provider_named_whole_has_no_fault() -> None:
    assert production_faults({**SOUND, **PROVIDER}) == []
    whole = {"CUSTODES_OIDC_DOMAINS": "example.org", "CUSTODES_OIDC_CLAIM": "hd=example.org"}
    assert production_faults({**SOUND, **PROVIDER, **whole, "CUSTODES_OIDC_ROLES": "law=legal,audit=auditor"}) == []
    tenant = "3AA4A235-b6e2-48d5-9195-7fcf05b459b0"
    one_tenant = {"CUSTODES_OIDC_ISSUER": f"{ENTRA}/{tenant}/v2.0", **TRUSTED}
    assert production_faults({**SOUND, **PROVIDER, **one_tenant}) == []
    assert tenant_of(one_tenant["CUSTODES_OIDC_ISSUER"]) == tenant.lower()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"CUSTODES_OIDC_ISSUER": ""}, "CUSTODES_OIDC_ISSUER"),
        ({"CUSTODES_OIDC_ISSUER": "http://login.example.org"}, "CUSTODES_OIDC_ISSUER"),
        ({"CUSTODES_OIDC_ISSUER": "login.example.org"}, "CUSTODES_OIDC_ISSUER"),
        ({"CUSTODES_OIDC_CLIENT_ID": ""}, "CUSTODES_OIDC_CLIENT_ID"),
        ({"CUSTODES_OIDC_CLIENT_SECRET": ""}, "CUSTODES_OIDC_CLIENT_SECRET"),
        ({"CUSTODES_OIDC_CLIENT_SECRET": "changeme"}, "CUSTODES_OIDC_CLIENT_SECRET"),
        ({"CUSTODES_OIDC_DOMAINS": "*.example.org"}, "CUSTODES_OIDC_DOMAINS"),
        ({"CUSTODES_OIDC_DOMAINS": "@example.org"}, "CUSTODES_OIDC_DOMAINS"),
        ({"CUSTODES_OIDC_TRUSTED_DOMAINS": "*.example.org"}, "CUSTODES_OIDC_TRUSTED_DOMAINS"),
        ({**TRUSTED, "CUSTODES_OIDC_ISSUER": f"{ENTRA}/common/v2.0"}, "CUSTODES_OIDC_TRUSTED_DOMAINS"),
        ({**TRUSTED, "CUSTODES_OIDC_ISSUER": f"{ENTRA}/{PERSONAL_TENANT}/v2.0"}, "CUSTODES_OIDC_TRUSTED_DOMAINS"),
        ({"CUSTODES_OIDC_CLAIM": "hd"}, "CUSTODES_OIDC_CLAIM"),
        ({"CUSTODES_OIDC_ROLES": "law"}, "CUSTODES_OIDC_ROLES"),
    ],
)
def test_each_fault_of_the_sign_in_provider_is_named(change: dict[str, str], named: str) -> None:
    [fault] = production_faults({**SOUND, **PROVIDER, **change})
    assert named in fault


def test_a_group_mapped_to_no_role_stops_the_start(settings: Any) -> None:
    settings.OIDC = {"roles": {"law": "king"}}
    with pytest.raises(ImproperlyConfigured, match="king"):
        apps.get_app_config("governance_oidc").ready()


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SOUND["CUSTODES_SECRET_KEY"] + "\n")
    environment = {name: value for name, value in SOUND.items() if name != "CUSTODES_SECRET_KEY"}
    assert production_faults({**environment, "CUSTODES_SECRET_KEY_FILE": str(file)}) == []


def test_an_unsafe_production_stops_with_one_clear_line(tmp_path: Path) -> None:
    ended = custodes({"CUSTODES_PRODUCTION": "1", "CUSTODES_DATA": str(tmp_path)}, "up")
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "CUSTODES_SECRET_KEY" in ended.stderr
    assert not list(tmp_path.iterdir()), "it made files before it stopped"


def test_a_known_secret_is_refused_outside_production_too(tmp_path: Path) -> None:
    ended = custodes({"CUSTODES_SECRET_KEY": "changeme", "CUSTODES_DATA": str(tmp_path)}, "check")
    assert ended.returncode == 2
    assert "CUSTODES_SECRET_KEY" in ended.stderr


def test_deploy_checks_are_clean(tmp_path: Path) -> None:
    # "default" is not connected to: these checks look at settings alone.
    ended = custodes({**SOUND, "CUSTODES_DATA": str(tmp_path)}, "check", "--deploy", "--fail-level", "WARNING")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "no issues (0 silenced)" in ended.stdout
