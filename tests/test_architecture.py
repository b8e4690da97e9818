"""The house holds: imports go one way, every room is named in the contract, no line of the tree is lost."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINTER = Path(sys.executable).with_name("lint-imports")
# Rooms that are no layer: migrations are run by Django, the client is copied away and imports nothing of ours.
NO_LAYER = {"governance.migrations", "policies.migrations", "audit.migrations", "audit.client"}


def contract() -> dict[str, dict[str, object]]:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {each["id"]: each for each in configuration["contracts"]}


def named_rooms() -> set[str]:
    layers = contract()["layers"]["layers"]
    assert isinstance(layers, list)
    return {room.strip() for layer in layers for room in layer.split("|")}


def rooms() -> set[str]:
    found = set()
    for top in ("governance", "audit"):
        for child in sorted((ROOT / top).iterdir()):
            if child.is_dir() and (child / "__init__.py").exists():
                found.add(f"{top}.{child.name}")
            elif child.suffix == ".py" and child.stem not in {"__init__", "apps"}:
                found.add(f"{top}.{child.stem}")
    return found | {"policies"}


def test_imports_go_one_way() -> None:
    run = subprocess.run(
        [str(LINTER), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]


def test_every_room_is_named_in_the_contract() -> None:
    assert rooms() - NO_LAYER == named_rooms()


def test_the_client_imports_nothing_of_ours() -> None:
    client = ROOT / "audit" / "client.py"
    lines = [line.strip() for line in client.read_text().splitlines()]
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= set(sys.stdlib_module_names) | {"__future__"}


def test_the_top_level_is_the_design_card() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {path.split("/")[0] for path in listed.splitlines() if "/" in path and not path.startswith(".")}
    assert folders == {"governance", "audit", "policies", "templates", "tests"}


def test_each_top_folder_explains_itself() -> None:
    for folder in ("governance", "audit", "policies", "templates", "tests"):
        page = (ROOT / folder / "README.md").read_text()
        assert "may import" in page or "imports" in page, folder
        assert len(page.split()) <= 600, f"{folder}/README.md is longer than a page"
