"""T14 and T31: no save overwrites another's, and what was typed is never live anywhere it comes out."""

from __future__ import annotations

import csv
import io
import json
import logging
import zipfile
from collections.abc import Iterator

from django.test import Client

from exportctl import exports, outbox
from exportctl.errors import Conflict
from exportctl.models import Event
from licenses import applications, flags
from licenses.models import Application
from tests import factories
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
    ways = sum(refused(way, draft, here) for way in ("body", "if-match"))
    wanted = rounds * (threads - 1)
    figure = (
        f"{overwritten} overwrites in {rounds} rounds x {threads}, {named} of {wanted} losers told the field"
    )
    return f"{figure}, {ways} of 2 ways over the API", (overwritten, named, ways) == (0, wanted, 2)


def refused(way: str, draft: Application, here: world.World) -> bool:
    """A stale save by one way of the API: refused with its status, nothing written."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(here.filer, backend="django.contrib.auth.backends.ModelBackend")
    before = Application.objects.get(pk=draft.pk)
    body = {"end_use": "Stale"} | ({"version": 1} if way == "body" else {})
    headers = {} if way == "body" else {"If-Match": '"1"'}
    answer = client.patch(
        f"/api/v1/applications/{draft.number}/",
        json.dumps(body),
        content_type="application/json",
        headers=headers,
    )
    told = {each.get("field") for each in answer.json()["blockers"]}
    after = Application.objects.get(pk=draft.pk)
    return (answer.status_code, after.end_use, "end_use" in told) == (
        409 if way == "body" else 412, before.end_use, True,
    )  # fmt: skip


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
    outbox.drain()
    applications.submit(application=case, by=here.filer, at=here.now)
    client = Client(HTTP_HOST="localhost")
    client.force_login(here.officer, backend="django.contrib.auth.backends.ModelBackend")
    for path in ("", "keying/", "versions/", "red-flags/", "files/"):
        answer = client.get(f"/applications/{case.number}/{path}")
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
