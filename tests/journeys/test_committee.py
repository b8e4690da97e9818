"""From intake through a meeting with recusal, dissent and a lost quorum to a policy in force and a signed minute."""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from audit.ledger import log
from governance import tasks  # noqa: F401 - registers the job kinds
from governance.committees.pack import read_pack
from governance.jobs import run_due
from governance.models import Meeting, Minutes, PolicyInForce, UseCase, User
from tests.cast import Cast
from tests.governance.committees.room import apart, login_for
from tests.governance.web.stage import Stage, set_stage
from tests.journeys import chromium
from tests.journeys.chromium import CHROMIUM
from tests.journeys.test_pages import watch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the journey was not walked"),
]
PHONE = {"width": 360, "height": 740}


def session_of(browser: Browser, live_server: Any, user: User, **options: Any) -> BrowserContext:
    """A browser of its own for ``user``, patient enough for a page that waits for others."""
    context = chromium.session_of(browser, live_server, user, **options)
    context.set_default_timeout(60_000)
    return context


def intake(page: Page, people: Cast) -> UseCase:
    """Anna registers a use case with the form."""
    page.goto("/register/new/")
    page.locator("[name=name]").fill("Housing benefit check")
    page.locator("[name=purpose]").fill("Proposes who gets housing benefit without further papers.")
    page.locator("[name=unit]").select_option(label=people.unit.name)
    page.locator("[name=owner]").select_option(people.people["olga"].ref)
    page.locator("form:has([name=purpose]) button.button").last.click()
    page.wait_for_url("**/classify/**")
    return UseCase.objects.get(name="Housing benefit check")


def draft(page: Page, case: UseCase) -> None:
    """Anna writes the policy on its page: checked against the past, the shortfall signed for, kept as a draft."""
    page.goto(f"/oversight/{case.ref}/policy/draft/")
    page.locator("[name=mode]").select_option("HITL")
    page.locator("[name='rules.0.id']").fill("R1")
    page.locator("[name='rules.0.when']").fill("true")
    page.locator("[name='rules.0.require.reviews']").fill("1")
    page.get_by_role("button", name="Check against the past").click()
    page.get_by_role("heading", name="Over the past").wait_for()
    page.get_by_label("Why it is accepted all the same").fill("It takes no decisions yet.")
    page.get_by_role("button", name="Keep as a draft").click()
    page.wait_for_url(f"**/oversight/{case.ref}/policy/1/")


def convene(page: Page, committee: str) -> str:
    """Carl convenes; the agenda has built itself. Returns the address of the meeting."""
    page.goto(f"/committee/{committee}/convene/")
    page.get_by_label("Title").fill("The decisive one")
    page.get_by_role("button", name="Convene").click()
    page.wait_for_url("**/committee/meetings/M-*/")
    page.get_by_role("button", name="Open the meeting").click()
    page.get_by_text("open now").wait_for()
    return page.url


def button(page: Page, act: str, name: str) -> Locator:
    """The button of one seat; the part behind the colon is there for those who listen."""
    return page.get_by_role("button", name=re.compile(rf"^{act}\s*: {name}$"))


def come(page: Page, *names: str) -> None:
    for name in names:
        button(page, "arrives", name).click()
        button(page, "leaves", name).wait_for()


def choose(page: Page, choice: str, reason: str = "") -> None:
    """Cast the own vote on the page of a point."""
    ballot = page.locator("section.ballot")
    ballot.get_by_text(choice, exact=True).click()
    if reason:
        ballot.get_by_label("Reason").fill(reason)
    ballot.get_by_role("button", name="Cast the vote").click()
    page.get_by_text("Your vote is cast").wait_for()


def walk(browser: Browser, live_server: Any, stage: Stage) -> tuple[Meeting, UseCase]:
    """The journey itself, each person in their own browser; Lena votes on a phone."""
    people = stage.cast
    apart(people)
    users = {name: login_for(people, name) for name in ("lena", "ivan", "dora")}
    anna = session_of(browser, live_server, people.anna).new_page()
    case = intake(anna, people)
    draft(anna, case)
    carl = session_of(browser, live_server, people.carl).new_page()
    complaints = watch(carl)
    meeting_url = convene(carl, stage.committee.ref)
    come(carl, "Carl", "Lena", "Ivan", "Dora")
    ref = meeting_url.rstrip("/").rsplit("/", 1)[-1]
    item = Meeting.objects.get(ref=ref).items.get(kind="policy", use_case=case)
    item_url = f"{meeting_url}items/{item.number}/"
    # Dora leaves: with Carl excluded two people are left, and the charter asks for three.
    button(carl, "leaves", "Dora").click()
    button(carl, "arrives", "Dora").wait_for()
    carl.goto(item_url)
    open_vote(carl)
    carl.get_by_text("2 members can vote, the charter asks for 3").wait_for()
    assert any("409" in said for said in complaints)
    complaints.clear()
    carl.goto(meeting_url)
    come(carl, "Dora")
    carl.goto(item_url)
    open_vote(carl)
    carl.locator("section.ballot").wait_for()
    for name, choice, reason in (("lena", "Yes", ""), ("ivan", "No", "Nobody tested the stop."), ("dora", "Yes", "")):
        options = {"viewport": PHONE, "has_touch": True} if name == "lena" else {}
        voter = session_of(browser, live_server, users[name], **options).new_page()
        voter.goto(item_url)
        assert not voter.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        choose(voter, choice, reason)
        voter.context.close()
    carl.goto(item_url)
    assert "You cannot vote on this" in carl.locator("section.ballot").inner_text()
    choose(carl, "Recuse myself", "My own team uses it.")
    carl.locator("summary", has_text="Close the vote").click()
    carl.locator("#act-close-vote").get_by_label("Resolution").fill("The policy comes into force.")
    carl.get_by_role("button", name="Count and close").click()
    carl.get_by_text("Adopted: The policy comes into force.").wait_for()
    carl.goto(meeting_url)
    carl.get_by_role("button", name="Close the meeting").click()
    carl.get_by_role("link", name="Read the minutes").wait_for()
    assert complaints == []
    beside(lambda: run_due(clock=timezone.now))
    log.integrate(at=timezone.now())
    carl.goto(f"{meeting_url}minutes/")
    carl.get_by_role("link", name="Signed PDF").wait_for()
    return Meeting.objects.get(ref=ref), case


def beside(work: Callable[[], object]) -> None:
    """Do ``work`` in a thread on the same connection: the signature library has an event loop of its own."""
    shared = connections["default"]
    shared.inc_thread_sharing()

    def run() -> None:
        connections["default"] = shared
        while work():
            pass

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(timeout=300)
    shared.dec_thread_sharing()


def open_vote(page: Page) -> None:
    page.locator("summary", has_text="Put it to the vote").click()
    page.get_by_role("button", name="Open the vote").click()


def test_from_intake_to_a_signed_minute_that_matches_the_frozen_pack(
    browser: Browser, live_server: Any, cast: Cast, tmp_path: Path
) -> None:
    meeting, case = walk(browser, live_server, set_stage(cast, decisions=30))
    policy = PolicyInForce.objects.get(use_case=case, in_force_until=None).policy
    assert (policy.version, policy.document["rules"][0]["require"]["reviews"]) == (1, 1)
    minutes = Minutes.objects.get(meeting=meeting)
    assert minutes.signed_pdf is not None
    (tmp_path / "minutes.pdf").write_bytes(bytes(minutes.signed_pdf))
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "minutes.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    for said in ("Recused", "My own team uses it.", "Dissent", "Nobody tested the stop.", "Adopted"):
        assert said in text
    # The figures printed are those of the frozen pack, and its bytes hash to what the ledger says.
    pack = meeting.pack
    assert hashlib.sha256(bytes(pack.data)).hexdigest() == pack.sha256
    frozen = json.loads(log.payload(pack.entry))
    assert frozen["after"]["sha256"] == pack.sha256
    data = json.loads(bytes(minutes.data))
    printed = json.dumps(data, ensure_ascii=False)
    figures = [figure for shown in read_pack(pack)["use_cases"].values() for figure in shown["figures"]]
    assert figures
    for figure in figures:
        assert figure["id"] in printed
        if figure["value"] is not None and figure["unit"] == "share":
            assert f"{figure['value'] * 100:.1f} %" in text, figure["id"]
    issued = json.loads(log.payload(minutes.entry))
    assert issued["after"]["signed_pdf_sha256"] == hashlib.sha256(bytes(minutes.signed_pdf)).hexdigest()
    assert log.inclusion(minutes.entry) is not None
    assert log.inclusion(pack.entry) is not None
