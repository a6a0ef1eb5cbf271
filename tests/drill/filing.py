"""T14 and T31: no save overwrites another's, and what was typed is never live anywhere it comes out."""

from __future__ import annotations

import csv
import io
import json
import logging
import zipfile
from collections.abc import Iterator
from typing import Any

from django.test import Client

from exportctl import exports, outbox
from exportctl.errors import Conflict
from exportctl.models import Event
from licenses import applications, deemed, determinations, flags, items
from licenses.models import Application
from tests import factories
from tests.licenses.test_views import draft_form
from tests.threads import at_once

from . import drill, world

# what spreadsheets, pages, PDFs, logs and terminals would act on
CORPUS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "＝1+1",
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}", "{% debug %}", "javascript:alert(1)",
    "%PDF-1.7 /JS (app.alert(1)) /OpenAction", ") Tj /JavaScript <<", "x\n{\"event\":\"forged\",\"level\":\"info\"}",
    "x\r\nSet-Cookie: a=b", "\x1b[31mred\x1b[0m", "\u202etxt.exe", "'; DROP TABLE licenses_application; --",
)  # fmt: skip
LIVE = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@drill("T14", "stale forms and ETags: no save overwrites another's, 409 and 412 name the fields")
def no_lost_update(full: bool) -> tuple[str, bool]:
    """Rounds of 8 threads that read one version and all save; then the loser by verb, page and API."""
    rounds, threads = (100, 8) if full else (3, 4)
    here = world.build()
    draft = factories.make_draft(by=here.filer, at=here.now, customer=here.customer)
    overwritten = named = 0
    for number in range(rounds):
        draft = Application.objects.get(pk=draft.pk)
        answers = at_once(
            lambda place=place, draft=draft, number=number: applications.save_draft(
                application=draft, version=draft.version, by=here.filer, at=here.now,
                blocks={"end_use": f"Round {number}, hand {place}"},
            )
            for place in range(threads)
        )  # fmt: skip
        saved = [one for one in answers if isinstance(one, Application)]
        lost = [one for one in answers if isinstance(one, Conflict)]
        overwritten += len(saved) - 1
        named += sum({"version", "end_use"} <= {each.field for each in one.blockers} for one in lost)
    ways = {"body": stale_body, "If-Match": stale_etag, "form": stale_form, "item": stale_item, "facts": stale_facts,
            "red flags": stale_sheet, "deemed export": stale_deemed}  # fmt: skip
    open_ways = [name for name, way in ways.items() if not way(here)]
    wanted = rounds * (threads - 1)
    figure = (
        f"{overwritten} overwrites in {rounds} rounds x {threads}, {named} of {wanted} losers told the field; "
        f"{len(ways) - len(open_ways)} of {len(ways)} ways in refuse a stale version"
        + (f"; open: {', '.join(open_ways)}" if open_ways else "")
    )
    return figure, (overwritten, named, open_ways) == (0, wanted, [])


def browser(here: world.World) -> Client:
    """The filer, signed in."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(here.filer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def told(
    here: world.World, path: str, body: dict[str, Any], etag: str = "", *, method: str = "patch"
) -> tuple[int, set[str]]:
    """Status and the fields named, of a change sent over the API."""
    headers = {"If-Match": etag} if etag else {}
    send = getattr(browser(here), method)
    answer = send(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)
    return answer.status_code, {each.get("field", "") for each in answer.json().get("blockers", ())}


def saved_since(here: world.World) -> Application:
    """A draft that somebody saved since version 2 was read."""
    draft = factories.make_draft(by=here.filer, at=here.now, customer=here.customer)
    return applications.save_draft(
        application=draft, version=draft.version, by=here.filer, at=here.now, blocks={"end_use": "Theirs"}
    )


def kept(draft: Application) -> bool:
    return Application.objects.get(pk=draft.pk).end_use == "Theirs"


def stale_body(here: world.World) -> bool:
    draft = saved_since(here)
    status, fields = told(here, f"applications/{draft.number}/", {"end_use": "Stale", "version": 2})
    return status == 409 and "end_use" in fields and kept(draft)


def stale_etag(here: world.World) -> bool:
    draft = saved_since(here)
    status, fields = told(here, f"applications/{draft.number}/", {"end_use": "Stale"}, '"2"')
    return status == 412 and "end_use" in fields and kept(draft)


def stale_form(here: world.World) -> bool:
    draft = saved_since(here)
    form = draft_form(draft, version=2, end_use="Stale", page="another")
    answer = browser(here).post(f"/applications/{draft.number}/edit/", form)
    return answer.status_code == 409 and "Theirs" in answer.content.decode() and kept(draft)


def stale_item(here: world.World) -> bool:
    item = factories.make_item(by=here.filer, at=here.now, name="First")
    items.change(item=item, version=1, name="Theirs", by=here.filer, at=here.now)
    status, fields = told(here, f"items/{item.pk}/", {"name": "Stale"}, '"1"')
    item.refresh_from_db()
    return (status, fields, item.name) == (412, {"version", "name"}, "Theirs")


def stale_facts(here: world.World) -> bool:
    draft = factories.make_draft(by=here.filer, at=here.now, customer=here.customer)
    determinations.record(application=draft, facts={"hts": "8471"}, version=0, by=here.filer, at=here.now)
    status, fields = told(here, f"applications/{draft.number}/facts/", {"hts": "8542"}, '"0"')
    return (status, fields) == (412, {"version", "hts"})


def stale_sheet(here: world.World) -> bool:
    draft = factories.make_draft(by=here.filer, at=here.now, customer=here.customer)
    flags.answer(application=draft, answers={"cash": ("yes", "Theirs")}, by=here.filer, at=here.now)
    body = {"answers": [{"flag": "cash", "answer": "no", "evidence": "Stale"}]}
    status, fields = told(here, f"applications/{draft.number}/red-flags/", body, '"0"')
    return (status, fields, draft.red_flags.get().answer) == (412, {"version", "cash"}, "yes")


def stale_deemed(here: world.World) -> bool:
    company = here.filer.memberships.get().party  # type: ignore[attr-defined]
    draft = applications.start(applicant=company, by=here.filer, at=here.now, deemed_export=True)
    deemed.save(application=draft, protected="no", eccn="3E001", by=here.filer, at=here.now)
    body = {"protected": "no", "eccn": "3E002"}
    status, fields = told(here, f"applications/{draft.number}/deemed-export/", body, '"0"', method="put")
    return (status, fields) == (412, {"version", "eccn"})


@drill("T31", "formula, CSV, PDF, page and log injection: no live payload comes out")
def no_live_payload(full: bool) -> tuple[str, bool]:
    """Each text of the corpus into the fields of an application, and every way out looked at."""
    corpus = CORPUS if full else CORPUS[::4]
    here = world.build()
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    live: list[str] = []
    try:
        for text in corpus:
            live += [f"{way} {text!r}" for way in ways_out(text, here)]
    finally:
        logging.getLogger().removeHandler(handler)
    live += [
        f"log {line!r}" for line in heard.getvalue().splitlines() if line.startswith('{"event":"forged"')
    ]
    told = f"; the first: {live[0][:120]}" if live else ""
    return (
        f"{len(live)} live payloads of {len(corpus)} texts through page, API, CSV, XLSX, PDF, log{told}",
        not live,
    )


def ways_out(text: str, here: world.World) -> Iterator[str]:
    """The ways by which a text came out live."""
    name = " ".join(f"{text} Ltd".replace("\x1b", "").split()) or "x"
    customer = factories.make_party(by=here.filer, at=here.now, name=name)
    item = factories.make_item(by=here.filer, at=here.now, name=f"{text} unit"[:200], description=text)
    case = factories.make_draft(by=here.filer, at=here.now, customer=customer, item=item)
    case = applications.save_draft(
        application=case, version=case.version, by=here.filer, at=here.now,
        blocks={"end_use": f"{text} for civil radio networks of the harbor.", "contact_person": text.strip()[:120]},
    )  # fmt: skip
    flags.answer(application=case, answers={"cash": ("no", text)}, by=here.filer, at=here.now)
    memo = determinations.keep(application=case, on=here.now.date(), by=here.officer, at=here.now)
    if any(
        mark in bytes(memo.pdf) for mark in (b"/JavaScript", b"/OpenAction", b"/JS ", b"/URI (javascript")
    ):
        yield "memo as PDF"
    outbox.drain()
    applications.submit(application=case, by=here.filer, at=here.now)
    client = Client(HTTP_HOST="localhost")
    client.force_login(here.officer, backend="django.contrib.auth.backends.ModelBackend")
    case_pages = ("", "keying/", "versions/", "red-flags/", "files/", "determination/", "memos/1/")
    for path in (
        *(f"/applications/{case.number}/{each}" for each in case_pages),
        "/determinations/",
        "/items/",
    ):
        answer = client.get(path)
        shown = answer.content.decode()
        if answer.status_code != 200 or any(bad in shown for bad in ("<script>alert", "<img src=x", ">49<")):
            yield f"page {path}"
    answer = client.get(f"/api/v1/applications/{case.number}/")
    if answer["Content-Type"] != "application/json" or answer.json()["contact_person"] != text.strip()[:120]:
        yield "API"
    if json.loads(Event.objects.latest("seq").body)["data"]["application"] != case.number:
        yield "event"
    yield from exported(text)


def exported(text: str) -> Iterator[str]:
    """The formats of the reports, each with the text in a cell."""
    columns = [exports.Column("text", "Text")]
    for row in csv.reader(io.StringIO(written("csv", columns, text).decode("utf-8-sig"), newline="")):
        if any(cell.startswith(LIVE) for cell in row):
            yield "CSV"
    with zipfile.ZipFile(io.BytesIO(written("xlsx", columns, text))) as archive:
        if any(b"<f>" in archive.read(name) for name in archive.namelist() if "sheet" in name):
            yield "XLSX"
    made = written("pdf", columns, text)
    if any(mark in made for mark in (b"/JavaScript", b"/OpenAction", b"/JS ", b"/URI (javascript")):
        yield "PDF"


def written(kind: str, columns: list[exports.Column], text: str) -> bytes:
    return b"".join(exports.render(format=kind, columns=columns, rows=[[text]], title="Corpus"))
