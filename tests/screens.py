"""Pictures of the pages for README and help: a running example organisation, photographed and made small.

``python -m tests.screens http://127.0.0.1:8000 registrar@demo.invalid PASSWORD`` writes WebP files of at most
80 kB to ``governance/web/help/images``.
"""

import io
import os
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "governance" / "web" / "help" / "images"
LIMIT = 80_000
SIZES = {"wide": (1180, 860), "phone": (360, 740)}
SCALE = {"wide": 1.0, "phone": 2.0}
CHROMIUM = os.environ.get("CUSTODES_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def pages(page: Page) -> dict[str, str]:
    """The pages worth a picture, found by walking the site as a reader would."""
    page.goto("/register/")
    case = page.locator("#register tbody th a").first.get_attribute("href") or "/register/"
    ref = case.strip("/").split("/")[-1]
    page.goto(f"/oversight/{ref}/?review=overridden")
    found = page.locator("#decision-list tbody th a")
    decision = (found.first.get_attribute("href") if found.count() else None) or f"/oversight/{ref}/"
    page.goto("/reports/")
    found = page.locator("#reports tbody th a")
    report = (found.first.get_attribute("href") if found.count() else None) or "/reports/"
    page.goto("/committee/")
    return {
        "today": "/",
        "use-case": case,
        "oversight": f"/oversight/{ref}/",
        "decision": decision,
        "fairness": f"/fairness/{ref}/",
        "committee": page.url,
        "report": report,
    }


def small(png: bytes) -> bytes:
    """Return the picture as WebP of at most ``LIMIT`` bytes: lossless where it fits, else with falling quality."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    settings = [{"lossless": True, "quality": 100}, *({"quality": quality} for quality in range(90, 20, -5))]
    for chosen in settings:
        target = io.BytesIO()
        image.save(target, "WEBP", method=6, **chosen)
        if target.tell() <= LIMIT:
            return target.getvalue()
    raise ValueError(f"a picture of {image.size} does not fit into {LIMIT} bytes; photograph less of the page")


def main(base: str, email: str, password: str) -> None:
    """Sign in, walk, photograph in both themes and sizes."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        state = browser.new_context(base_url=base)
        page = state.new_page()
        page.goto("/accounts/login/")
        page.fill("#id_login", email)
        page.fill("#id_password", password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{base}/")
        chosen, session = pages(page), state.storage_state()
        for size, (width, height) in SIZES.items():
            context = browser.new_context(
                base_url=base,
                storage_state=session,
                viewport={"width": width, "height": height},
                device_scale_factor=SCALE[size],
            )
            page = context.new_page()
            for theme in ("light", "dark"):
                context.add_cookies([{"name": "theme", "value": theme, "url": base}])
                for name, path in chosen.items():
                    answer = page.goto(path)
                    if answer is None or answer.status != 200:
                        raise RuntimeError(f"{path} did not answer; a picture of an error helps nobody")
                    page.evaluate("document.fonts.ready")
                    target = FOLDER / f"{name}-{theme}-{size}.webp"
                    target.write_bytes(small(page.screenshot()))
                    print(f"{target.name}  {target.stat().st_size // 1000} kB")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3])
