"""Letters of the office as data, as HTML and as PDF: a table says which sections a kind has. Same data, same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from exportctl import papers

from . import wordings as say
from .wordings import Facts, Section, day_of, spelled

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
CORRECTION = "correction"
# outcome of a decision -> the kind of its letter
KINDS = {
    "approve": "approval",
    "approve_conditions": "approval",
    "approve_part": "partial_approval",
    "no_license_required": "no_license_required",
    "return": "return",
    "intend_to_deny": "intent_to_deny",
    "deny": "final_denial",
}

Write = Callable[[Facts], Iterable[Section]]


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of letter: its title and its sections in order."""

    title: str
    sections: tuple[Write, ...]


def content(
    kind: str, facts: Facts, *, number: int, code: str, verify: str, draft: bool = False
) -> dict[str, Any]:
    """A letter as data, ready for JSON: everything that `html` and `pdf` print.

    `kind` is one of FORMS, or "correction": that is written as the kind of the decision it tells, a denial once
    that is final. What it takes the place of comes first.
    """
    form = FORMS[("final_denial" if facts.final_on else KINDS[facts.outcome]) if kind == CORRECTION else kind]
    title = f"Correction: {form.title}" if kind == CORRECTION else form.title
    writes = (say.replaced, *form.sections) if facts.replaces else form.sections
    return {
        "kind": kind, "title": title, "number": number, "application": facts.application, "on": facts.on.isoformat(),
        "office": facts.office, "to": list(facts.to), "transaction": facts.transaction,
        "signed": list(facts.signed),
        "sections": [
            {"heading": heading, "blocks": [_plain(block) for block in blocks]}
            for write in writes
            for heading, blocks in write(facts)
        ],
        "code": code, "verify": verify, "draft": draft,
    }  # fmt: skip


def html(letter: Mapping[str, Any]) -> str:
    """The letter as a fragment of HTML, to be kept and shown as it is."""
    sections = [(each["heading"], [_shown(block) for block in each["blocks"]]) for each in letter["sections"]]
    told = {"letter": letter, "dated": day_of(letter["on"]), "proof": proof(letter), "sections": sections}
    return render_to_string("licenses/_letter.html", told)


def pdf(letter: Mapping[str, Any]) -> bytes:
    """The letter as a PDF: the same letter gives the same bytes."""
    head = [letter["office"], "", day_of(letter["on"]), "", *letter["to"], ""]
    head.append(f"Application control number {letter['application']}: {letter['transaction']}")
    sections = [
        (section["heading"], [_block(block) for block in section["blocks"]]) for section in letter["sections"]
    ]
    sections.append(("Signed", ["\n".join(letter["signed"])]))
    sections.append(("Is this letter genuine?", [proof(letter)]))
    foot = f"{letter['application']}, letter {letter['number']} of {day_of(letter['on'])}"
    if letter["code"]:
        foot += f", code {spelled(letter['code'])}"
    stamp = "DRAFT" if letter["draft"] else ""
    return papers.pdf(title=letter["title"], sections=sections, head=head, foot=foot, stamp=stamp)


def proof(letter: Mapping[str, Any]) -> str:
    """How whoever holds the letter finds out whether it is genuine."""
    if letter["draft"]:
        return "This is a draft. It has no code, and nothing is decided by it."
    return (
        f"Enter the code {spelled(letter['code'])} at {letter['verify']}. The page tells the kind and date of this "
        "letter, the SHA-256 of its PDF, and whether a later letter replaces it."
    )


def code_of(text: str) -> str:
    """A code as somebody typed it, without blanks and dashes, O and I, L read as 0 and 1; "" where it is none."""
    code = "".join(each for each in text.upper() if each not in " -\t\u2013\u2014")
    code = code.translate(str.maketrans("OIL", "011"))
    return code if len(code) == 16 and all(each in DIGITS for each in code) else ""


FORMS = {
    "approval": Form(
        "Approval", (say.granted, say.licensed_lines, say.conditions, say.passing_on, say.scope)
    ),
    "partial_approval": Form(
        "Partial approval",
        (say.granted, say.licensed_lines, say.refused_lines, say.conditions, say.passing_on, say.scope),
    ),
    "return": Form("Return without action", (say.returned,)),
    "no_license_required": Form("No license required", (say.not_required,)),
    "intent_to_deny": Form(
        "Intent to deny",
        (
            say.intended,
            say.basis,
            say.considerations,
            say.modifications,
            say.answering,
            say.finality,
            say.appealing,
        ),
    ),
    "final_denial": Form("Denial", (say.denied, say.basis, say.considerations, say.appealing)),
}


def _plain(block: papers.Block) -> Any:
    if isinstance(block, str):
        return block
    return {"titles": list(block.titles), "rows": [list(row) for row in block.rows]}


def _shown(block: Any) -> Any:
    """A table's cells beside the titles of their columns, as a narrow screen tells them."""
    if isinstance(block, str):
        return block
    rows = [list(zip(block["titles"], row, strict=True)) for row in block["rows"]]
    return {"titles": block["titles"], "rows": rows}


def _block(block: Any) -> papers.Block:
    return block if isinstance(block, str) else papers.Grid(block["titles"], block["rows"])
