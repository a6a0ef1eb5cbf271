"""Every field of the form of an application, fuzzed in the browser's way and over the API: never an error of ours,
each refusal names its field, and the draft and what was typed are kept."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from licenses import applications
from licenses.blocks import BLOCKS, CHOICE, CHOICES, FLAG, YES_NO
from licenses.models import Application, Kind
from tests import factories
from tests.fuzz import HALF, SHAPES, TEXTS
from tests.licenses.api.test_applications import URL, blockers
from tests.licenses.test_views import draft_form, page, url

pytestmark = pytest.mark.django_db
TEXT = [name for name in BLOCKS if BLOCKS[name].kind not in (CHOICES, FLAG)]
PARTS = ("parties-0-role", "parties-0-party", "parties-0-end_use", "lines-0-item", "lines-0-quantity",
         "lines-0-unit_price", "lines-0-total_price")  # fmt: skip
AROUND = ("version", "page", "certify", "reason", "act", "document_kind", "document_note", "parties-TOTAL_FORMS",
          "lines-TOTAL_FORMS", "lines-INITIAL_FORMS")  # fmt: skip
FREE = [name for name in TEXT if BLOCKS[name].kind not in (CHOICE, YES_NO)]
AUTOSAVED = ("empty", "10 kB", "NUL", "control", "four bytes", "negative", "huge", "no number")
PATCHED = ("10 kB", "NUL", "control", "lines", "right to left", "four bytes", "huge", "formula")


@pytest.fixture
def case(draft: Any, filer: Any) -> Application:
    """A draft whose type asks most blocks, with something typed that must not be lost."""
    Application.objects.filter(pk=draft.pk).update(kind=Kind.REEXPORT)
    draft.refresh_from_db()
    return draft


@pytest.fixture
def client(filer: Any, signed: Any) -> Client:
    browser: Client = signed(filer)
    browser.raise_request_exception = True
    return browser


def stored(case: Application) -> tuple[Any, ...]:
    """Everything a save may change."""
    fresh = Application.objects.get(pk=case.pk)
    roles = sorted(fresh.roles.values_list("role", "party", "end_use"))
    lines = list(fresh.lines.order_by("number").values_list("item", "quantity", "unit_price", "total_price"))
    return (fresh.version, {name: getattr(fresh, name) for name in BLOCKS}, roles, lines)


def told_fields(shown: str) -> set[str]:
    """The fields that carry an error of their own on the page."""
    return set(re.findall(r'id="id_([\w-]+)_error"', shown))


@pytest.mark.parametrize("name", TEXTS)
def test_every_block_of_the_form(case: Application, client: Client, name: str) -> None:
    """All blocks at once with one text: those that cannot take it are named, and nothing is saved by halves."""
    value, before = TEXTS[name], stored(case)
    nothing = not value.strip()
    fuzzed = dict.fromkeys(FREE if nothing else BLOCKS, value)
    answer = client.post(url("application-edit", case.number), draft_form(case) | fuzzed)
    if nothing:
        assert (answer.status_code, Application.objects.get(pk=case.pk).end_use) == (302, "")
        return
    shown = page(answer)
    assert answer.status_code == 400
    assert stored(case) == before
    wrong = told_fields(shown)
    assert {"capacity", "already_exported", "detained", "documents_on_file"} <= wrong
    limits = {each for each in TEXT if BLOCKS[each].limit and BLOCKS[each].limit < len(value.strip())}
    if name in ("10 kB", "NUL", "huge"):
        assert (limits if name != "NUL" else {"end_use", "contact_person"}) <= wrong
    # what may stay stays typed in its field
    if name == "right to left":
        assert value.strip() in shown


@pytest.mark.parametrize(
    ("name", "act"), [*((each, "save") for each in TEXTS), *((each, "autosave") for each in AUTOSAVED)]
)
def test_parties_items_and_what_stands_around(case: Application, client: Client, name: str, act: str) -> None:
    """Each other field alone: refused with its name, or taken; the answers typed beside it are never lost."""
    for field in (*PARTS, *AROUND):
        fresh = Application.objects.get(pk=case.pk)
        before = stored(fresh)
        typed = {"act": act, field: TEXTS[name], "end_use": "Typed beside it, for the harbor radio."}
        answer = client.post(url("application-edit", case.number), draft_form(fresh) | typed)
        assert answer.status_code in (200, 302, 400, 409), (field, answer.status_code)
        if act == "save" and answer.status_code in (400, 409):
            assert stored(case) == before, field
            assert "Typed beside it" in page(answer), field
            assert told_fields(page(answer)) or 'role="alert"' in page(answer), field
        if act == "autosave" and field in PARTS:
            assert answer.status_code == 200, field
            assert Application.objects.get(pk=case.pk).end_use.startswith("Typed beside it"), field


@pytest.mark.parametrize("name", [*PATCHED, *SHAPES])
def test_every_block_over_the_api(case: Application, filer: Any, api: Any, name: str) -> None:
    """Each block alone: kept as it was sent, or refused with its name."""
    client, value = api(filer), {**TEXTS, **SHAPES}[name]
    version = case.version
    for block in BLOCKS:
        answer = client.patch(f"{URL}{case.number}/", {"version": version, block: value}, format="json")
        if answer.status_code == 200:
            version += 1
            assert answer.json()["version"] == version
        else:
            assert {field.split(".")[0] for _, field in blockers(answer, 400)} == {block}
    assert Application.objects.get(pk=case.pk).version == version


def test_half_a_character_is_no_text(case: Application, filer: Any, api: Any) -> None:
    """JSON can write what the database cannot hold; a whole pair is a character."""
    client, before = api(filer), stored(case)

    def patch(text: str) -> Any:
        body = f'{{"version": {case.version}, "end_use": {text}}}'
        return client.patch(f"{URL}{case.number}/", body, content_type="application/json")

    for text in (HALF, '"x\\udfffx"', f"[{HALF}]", f"{{{HALF}: 1}}"):
        assert blockers(patch(text), 400) == {("parse_error", "")}, text
    assert stored(case) == before
    assert patch('"\\ud83d\\ude80"').json()["end_use"] == "🚀"


@pytest.mark.parametrize("name", [*PATCHED, *SHAPES])
def test_parties_and_items_over_the_api(case: Application, filer: Any, api: Any, name: str) -> None:
    client, value, before = api(filer), {**TEXTS, **SHAPES}[name], stored(case)
    role, line = case.roles.get(role="end_user"), case.lines.get()
    whole = {"role": "end_user", "party": role.party_id}
    item = {"item": line.item_id, "quantity": "1", "unit_price": "1"}
    bodies: dict[str, dict[str, Any]] = {
        "roles": {"roles": value}, "lines": {"lines": value}, "version": {"version": value},
        **{f"roles.{key}": {"roles": [whole | {key: value}]} for key in ("role", "party")},
        **{f"lines.{key}": {"lines": [item | {key: value}]} for key in (*item, "total_price")},
    }  # fmt: skip
    for field, body in bodies.items():
        answer = client.patch(f"{URL}{case.number}/", {"version": case.version} | body, format="json")
        if answer.status_code == 200:  # an empty list, a whole number as quantity: taken
            case = applications.save_draft(
                application=case, version=answer.json()["version"], by=filer, at=factories.NOW, roles=[
                    (each.role, each.party, each.end_use) for each in case.roles.select_related("party")
                ], lines=[{"item": line.item, "quantity": Decimal(10), "unit_price": Decimal("21.50")}],
            )  # fmt: skip
            continue
        assert answer.status_code in (400, 409, 428), (field, answer.status_code)
        named = {
            each.get("field", "").replace("[0]", ".0").split(".")[0] for each in answer.json()["blockers"]
        }
        assert named <= {field.split(".")[0], "version"} and named, (field, named)
    assert stored(case)[2][0] == before[2][0]
    use = client.patch(
        f"{URL}{case.number}/",
        {"version": Application.objects.get(pk=case.pk).version, "roles": [whole | {"end_use": value}]}, format="json",
    )  # fmt: skip
    assert use.status_code in (200, 400)
