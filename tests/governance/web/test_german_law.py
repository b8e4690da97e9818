"""On German pages no text of the law data stands in English."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from policies.eu_ai_act import CURRENT_LAW
from policies.eu_ai_act.texts import texts
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de"}
# Short texts and names of frameworks may be the same in both languages; a sentence cannot.
LAW = sorted({said for key, said in texts().items() if len(said) > 24 and "{" not in said and "framework" not in key})


def english(client: Client, path: str) -> list[str]:
    """The texts of the law data a German page says in English."""
    answer = client.get(path, headers=GERMAN)
    assert answer.status_code == 200, path
    page = unescape(answer.content.decode())
    return [text for text in LAW if text in page]


def test_pages_that_show_the_law_to_who_reads(stage: Stage, sign_in: SignIn) -> None:
    client, paths = sign_in(stage.cast.otto), stage.paths()
    for name in ("use-case", "classification", "duties", "paper", "incident"):
        assert english(client, paths[name]) == [], name
    assert english(client, reverse("papers", args=[stage.live.ref])) == []


def test_pages_that_ask_what_the_law_asks(stage: Stage, sign_in: SignIn) -> None:
    client, ref = sign_in(stage.cast.anna), stage.live.ref
    for name in ("use-case-mode", "use-case-changes", "classify"):
        assert english(client, reverse(name, args=[ref])) == [], name
    assert english(client, reverse("use-case-new") + "?template=hr-learning") == []
    assert english(client, reverse("incident-new")) == []
    for question in [*CURRENT_LAW.questions][::9]:
        assert english(client, reverse("classify", args=[ref]) + f"?question={question}") == [], question


def test_a_list_and_a_result_on_the_way(stage: Stage, sign_in: SignIn) -> None:
    client, ref = sign_in(stage.cast.anna), stage.live.ref
    client.post(reverse("classify-begin", args=[ref]), {"from": "latest"})
    assert english(client, reverse("classify-result", args=[ref])) == []
    client.post(reverse("classify-begin", args=[ref]))
    for question, answer in (("Q1", "yes"), ("Q2", "yes"), ("role", "deployer")):
        client.post(reverse("classify", args=[ref]), {"question": question, "answer": answer})
    page = client.get(reverse("classify", args=[ref]), headers=GERMAN).content.decode()
    assert 'name="list"' in page
    assert [text for text in LAW if text in unescape(page)] == []
