"""The production shape as described, as far as it can be held to its word without a container engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from governance.management.serving.children import NAMES

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]


def test_all_processes_and_what_they_stand_on_are_there() -> None:
    assert set(SERVICES) == {*NAMES, "migrate", "postgres", "redis"}
    assert set(OURS) == {*NAMES, "migrate"}


@pytest.mark.parametrize("name", OURS)
def test_each_service_runs_a_command_that_exists(name: str) -> None:
    command, *arguments = SERVICES[name]["command"]
    assert command in get_commands()
    if command == "up":
        assert arguments[arguments.index("--only") + 1] == name


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_each_running_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", OURS)
def test_health_checks_in_python_are_python(name: str) -> None:
    test = SERVICES[name].get("healthcheck", {}).get("test", [])
    if "-c" in test:
        compile(test[test.index("-c") + 1], name, "exec")


def test_secrets_are_files_and_stand_nowhere_in_the_description() -> None:
    declared = set(COMPOSE["secrets"])
    for name, service in SERVICES.items():
        assert set(service.get("secrets", [])) <= declared, name
        for variable, value in service.get("environment", {}).items():
            if re.search("KEY|PASSWORD|SECRET|DATABASE_URL|BROKER_URL", variable):
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                assert value.removeprefix("/run/secrets/") in service["secrets"], f"{name}: {variable}"


def test_nothing_runs_as_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    last_stage = dockerfile[dockerfile.rindex("\nFROM ") :]
    assert re.search(r"^USER 10001$", last_stage, re.M)
    assert {SERVICES["postgres"]["user"], SERVICES["redis"]["user"]} == {"postgres", "redis"}


def test_what_the_image_copies_exists_and_is_let_through() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M):
        for source in line.split():
            assert (ROOT / source).exists(), source
            assert source in allowed, source


def test_it_says_that_it_was_not_run() -> None:
    for name in ("compose.yaml", "Dockerfile"):
        assert re.search(r"\bNOT (run|built)\b", (ROOT / name).read_text()), name
