"""Makes ``label-studio.json`` with the real server: ``pip install label-studio``, then run this file.

Starts Label Studio in a folder of its own, makes a project with one ``Choices`` control, imports four tasks with
predictions, annotates them as a person would through the API (agree, disagree, skip, two annotations), and keeps the
JSON export as it came, but for the annotator's e-mail address, which the export does not need to hold.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PORT = 8149
TOKEN = "0123456789abcdef0123456789abcdef01234567"
CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="decision" toName="text">'
    '<Choice value="grant"/><Choice value="refuse"/></Choices></View>'
)


def call(method: str, path: str, body=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def choice(value: str) -> list[dict]:
    return [{"from_name": "decision", "to_name": "text", "type": "choices", "value": {"choices": [value]}}]


def export() -> list[dict]:
    project = call("POST", "/api/projects", {"title": "Applications", "label_config": CONFIG})["id"]
    tasks = [
        {
            "data": {"decision_id": f"LS-{n}", "text": f"Application {n}"},
            "predictions": [{"model_version": "scorer-3", "score": 0.9 - n / 10, "result": choice("grant")}],
        }
        for n in range(1, 5)
    ]
    call("POST", f"/api/projects/{project}/import", tasks)
    listed = call("GET", f"/api/tasks?project={project}&fields=all")["tasks"]
    known = {task["data"]["decision_id"]: task["id"] for task in listed}
    for name, value, skipped in [
        ("LS-1", "grant", False),
        ("LS-2", "refuse", False),
        ("LS-3", "grant", True),
        ("LS-4", "grant", False),
        ("LS-4", "refuse", False),
    ]:
        body = {"result": choice(value), "was_cancelled": skipped, "lead_time": 31.5}
        call("POST", f"/api/tasks/{known[name]}/annotations/", body)
    return call("GET", f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "COLLECT_ANALYTICS": "false"}
        command = [str(Path(sys.executable).with_name("label-studio")), "start", "--no-browser", "--port", str(PORT)]
        command += ["--data-dir", folder, "--username", "a@example.org", "--password", "a password for this run"]
        server = subprocess.Popen([*command, "--user-token", TOKEN], env=env)
        try:
            for _ in range(1800):
                try:
                    call("GET", "/api/projects")
                    break
                except (OSError, urllib.error.URLError):
                    time.sleep(1)
            found = export()
        finally:
            server.terminate()
            server.wait(30)
    text = json.dumps(found, indent=1, sort_keys=True).replace("a@example.org", "[removed]")
    Path(__file__).with_name("label-studio.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
