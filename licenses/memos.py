"""A determination written down: the facts and the answer as data, as HTML and as PDF. Same input, same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.template.loader import render_to_string

from exportctl import papers

from .determination.case import ANSWERS, Case
from .determination.worksheet import Worksheet

WORDS = {
    "PROHIBITED": "Prohibited without the agency's own authorization",
    "LICENSE_REQUIRED": "License requirement found",
    "NEEDS_REVIEW": "Needs review: questions stay open",
    "OTHER_AGENCY": "Under another agency's jurisdiction",
    "EXCEPTION": "A license exception covers it on these facts",
    "NLR": "No license requirement found on these facts",
    "NOT_SUBJECT": "Not subject to the EAR on these facts",
}
SAID = {True: "yes", False: "no", None: "not answered"}


def facts(case: Case, sheet: Worksheet | None = None) -> dict[str, Any]:
    """The input facts of a determination as JSON: what was known, and what was not."""
    return {
        "kind": case.kind,
        "destination": case.destination,
        "region": case.region,
        "end_use": case.end_use,
        "items": [
            {
                "name": item.name, "eccn": item.eccn, "jurisdiction": item.jurisdiction, "origin": item.origin,
                "us_content": _figure(item.us_content), "hts": item.hts, "value": _figure(item.value),
                "direct_product": item.direct_product,
            }
            for item in case.items
        ],
        "parties": [
            {
                "name": party.name, "roles": list(party.roles), "country": party.country, "headquarters": party.hq,
                "listed": [f"{entry.list}: {entry.name}" for entry in party.listed],
            }
            for party in case.parties
        ],
        "answers": {name: case.answers.get(name) for name in ANSWERS},
        "red_flags": {
            "answered": case.red_flags.answered, "open": list(case.red_flags.open),
            **({"elsewhere": case.red_flags.elsewhere} if case.red_flags.elsewhere else {}),
        },
        "verified": sorted(case.verified),
        "worksheet": _worksheet(sheet) if sheet else None,
    }  # fmt: skip


def _figure(value: Any) -> str | None:
    return None if value is None else f"{value:f}"


def _worksheet(sheet: Worksheet) -> dict[str, Any]:
    return {
        "lines": [
            {"what": line.content.what, "eccn": line.content.eccn, "value": _figure(line.content.value),
             "controlled": line.controlled.value}
            for line in sheet.lines
        ],
        "item_value": _figure(sheet.item_value), "counted": _figure(sheet.counted), "percent": _figure(sheet.percent),
        "limit": _figure(sheet.limit), "citation": sheet.citation, "edition": sheet.edition, "above": sheet.above,
    }  # fmt: skip


def editions(answer: Mapping[str, Any]) -> list[str]:
    """The editions that the answer rests on."""
    return sorted({each["edition"] for each in answer["reasons"] if each["edition"]})


def differences(before: tuple[Any, Any], after: tuple[Any, Any]) -> list[dict[str, Any]]:
    """What changed between two determinations, (facts, answer) each: facts by name, reasons added and gone."""
    found = [
        {"what": what, "before": old, "after": new}
        for what, old, new in _pairs(_flat(before[0]), _flat(after[0]))
    ]
    for name in ("result", "policy"):
        if before[1].get(name) != after[1].get(name):
            found.append({"what": name, "before": before[1].get(name), "after": after[1].get(name)})
    for name, told in (("reason", _reasons), ("exception", _symbols), ("question", lambda a: a["questions"])):
        old, new = list(told(before[1])), list(told(after[1]))
        found += [{"what": name, "before": each, "after": None} for each in old if each not in new]
        found += [{"what": name, "before": None, "after": each} for each in new if each not in old]
    return found


def _flat(value: Any, at: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {
            key: one
            for name, each in value.items()
            for key, one in _flat(each, f"{at}.{name}" if at else name).items()
        }
    if isinstance(value, list):
        return {
            key: one
            for place, each in enumerate(value)
            for key, one in _flat(each, f"{at}[{place + 1}]").items()
        }
    return {at: value}


def _pairs(old: dict[str, Any], new: dict[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    return (
        (name, old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    )


def _reasons(answer: Mapping[str, Any]) -> Iterable[str]:
    return (f"{each['text']} ({each['citation']}; {each['edition']})" for each in answer["reasons"])


def _symbols(answer: Mapping[str, Any]) -> Iterable[str]:
    return (f"{each['symbol']}, {each['status']}" for each in answer["exceptions"])


def html(memo: Mapping[str, Any]) -> str:
    """The memo as a fragment of HTML, to be kept and shown as it is."""
    return render_to_string("licenses/determination_memo.html", {**memo, "rows": tuple(_sections(memo))})


def pdf(memo: Mapping[str, Any]) -> bytes:
    """The memo as a PDF: the same memo gives the same bytes."""
    return papers.pdf(title=memo["title"], sections=_sections(memo))


def _sections(memo: Mapping[str, Any]) -> Iterable[tuple[str, list[str]]]:
    """The memo's paragraphs under their headings, the same for HTML and PDF."""
    known, answer = memo["facts"], memo["answer"]
    yield "Answer", _answered(memo)
    yield "Reasons", [f"{each['text']} [{_source(each)}]" for each in answer["reasons"]] or ["None."]
    if answer["exceptions"]:
        offers = [
            f"{each['symbol']}: {each['status']}. {each['note']} [{_source(each)}]"
            for each in answer["exceptions"]
        ]
        yield "License exceptions", offers
    if answer["questions"]:
        yield "Open questions", list(answer["questions"])
    yield "Items", [_item(each) for each in known["items"]] or ["None."]
    place = f"{known['destination'] or 'not known'} {known['region']}".strip()
    yield "Destination and end use", [place, known["end_use"] or "No end use given."]
    yield "Parties", [_party(each) for each in known["parties"]]
    answers = [f"{ANSWERS[name]} {SAID[said].capitalize()}." for name, said in known["answers"].items()]
    yield "End-use answers (part 744)", answers
    flags = known["red_flags"]
    said = f"Every flag answered: {SAID[bool(flags['answered'])]}."
    kept = [f"The sheet is kept elsewhere: {flags['elsewhere']}."] if flags.get("elsewhere") else []
    yield "Red flags", [*(f"Open: {each}" for each in flags["open"]), said, *kept]
    if known["worksheet"]:
        yield "De minimis worksheet (734.4(g))", list(_calculated(known["worksheet"]))
    if memo["differs"]:
        changes = [
            f"{each['what']}: {_said(each['before'])} -> {_said(each['after'])}" for each in memo["differs"]
        ]
        yield f"What changed since memo {memo['number'] - 1}", changes
    made = (
        f"Memo {memo['number']} of {memo['application']}, {memo['at']} UTC, by {memo['by']}. {memo['cause']}"
    )
    yield "Made", [made.strip()]


def _answered(memo: Mapping[str, Any]) -> list[str]:
    policy = [f"License review policy: {memo['policy_words']}."] if memo["policy_words"] else []
    said = f"{WORDS[memo['answer']['result']]} on {memo['on']}."
    return [said, *policy, "Not signed: this memo alone releases nothing."]


def _source(row: Mapping[str, Any]) -> str:
    edition = f"; edition {row['edition']}" if row["edition"] else ""
    return f"{row['citation'] or 'no citation'}{edition}"


def _item(row: Mapping[str, Any]) -> str:
    content = f"; US content {row['us_content']} %" if row["us_content"] is not None else ""
    return (
        f"{row['name']}: {row['eccn']}; jurisdiction {row['jurisdiction'] or 'not known'}; made in "
        f"{row['origin'] or 'not known'}; value USD {row['value'] or 'not known'}{content}"
        + (f"; HTS {row['hts']}" if row["hts"] else "")
    )


def _party(row: Mapping[str, Any]) -> str:
    listed = f"; {'; '.join(row['listed'])}" if row["listed"] else ""
    roles = ", ".join(row["roles"]).replace("_", " ")
    where = (
        f"{row['country'] or 'country not known'}: {roles}; headquarters {row['headquarters'] or 'not known'}"
    )
    return f"{row['name']}, {where}{listed}"


def _calculated(sheet: Mapping[str, Any]) -> Iterable[str]:
    for each in sheet["lines"]:
        yield f"{each['what']}, {each['eccn']}: USD {each['value']}; controlled: {each['controlled']}"
    total = f"USD {sheet['counted']} of USD {sheet['item_value']} is {sheet['percent']} %"
    yield f"{total}; the level is {sheet['limit']} % [{_source(sheet)}]."


def _said(value: Any) -> str:
    return "nothing" if value in (None, "") else SAID[value] if isinstance(value, bool) else str(value)
