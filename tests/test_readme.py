"""The README is told true: every setting, command, exit status and link in it exists, and none is missing."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def own_commands() -> set[str]:
    """Command names found in our own management folders, private ones left out."""
    folders = (ROOT / "governance/management/commands", ROOT / "audit/management/commands")
    return {path.stem for folder in folders for path in folder.glob("*.py") if not path.stem.startswith("_")}


def test_every_setting_read_from_the_environment_is_listed() -> None:
    sources = [*ROOT.glob("governance/project/*.py"), *ROOT.glob("governance/management/serving/*.py")]
    text = "\n".join(path.read_text() for path in sources)
    read = set(re.findall(r'(?:env\.\w+|environ\.get)\(\s*"(C[A-Z_]+)"', text))
    listed = set(re.findall(r"^\| `([A-Z_]+)`", README, re.MULTILINE))
    assert read == listed


def test_every_command_is_listed() -> None:
    listed = set(re.findall(r"^\| `custodes ([a-z]+)", README, re.MULTILINE))
    assert own_commands() == listed


def test_every_link_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *ROOT.glob("*/README.md"), *ROOT.glob("governance/management/demo/data/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if not target.startswith(("http", "mailto")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_the_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= targets


def test_the_curl_event_is_one_the_api_takes() -> None:
    from audit.events import schema

    body = re.search(r"-d '(\{.*?\})'\n```", README, re.DOTALL)
    assert body is not None
    event = schema.read(json.loads(body[1]))
    assert isinstance(event, schema.Event), event
    assert event.type == "ai.oversight.decision.v1"


@pytest.mark.parametrize("word", ["compliant", "unbiased", "tamper-proof", "guaranteed"])
def test_words_we_never_say(word: str) -> None:
    """In texts people read the word may only stand where we say that we do not say it."""
    for page in [*ROOT.glob("governance/web/help/*.md"), *ROOT.glob("templates/**/*.html")]:
        assert word not in page.read_text().lower(), f"{page.relative_to(ROOT)} says {word}"


def test_nothing_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    hosts = re.compile(r"pypi\.org|files\.pythonhosted|registry\.npmjs|/root/|/work/main|/work/shared")
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".yml", ".html", ".css", ".js", ".lock", ".sh", ".txt"}:
            if path == Path(__file__):
                continue
            found = hosts.search(path.read_text(errors="ignore"))
            assert found is None, f"{name} names {found and found[0]}"


def test_every_command_explains_itself() -> None:
    from django.core.management import load_command_class

    apps = {"governance": ROOT / "governance", "audit": ROOT / "audit"}
    for command in sorted(own_commands()):
        app = next(name for name, folder in apps.items() if (folder / f"management/commands/{command}.py").exists())
        said = load_command_class(app, command).create_parser("custodes", command).format_help()
        assert len(said.split()) > 20, command
        assert load_command_class(app, command).help, f"{command} has no help text"
