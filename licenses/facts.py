"""Facts of a case that the application does not hold, as they may be recorded: everything wrong is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from exportctl.countries import COUNTRIES
from exportctl.transitions import Blocker

from .determination.case import ANSWERS
from .determination.scope import parse

FIELDS = ("jurisdiction", "origin", "us_content", "direct_product", "hts", "region", "answers", "headquarters",
          "flags_answered", "flags_system", "flags_reference", "flags_dated", "flags", "verified", "worksheet",
          "item_value", "lines")  # fmt: skip
OF_A_LINE = ("jurisdiction", "origin", "us_content", "direct_product", "hts")
TEXTS = {"jurisdiction": 10, "hts": 20, "region": 60, "flags_system": 120, "flags_reference": 120}
SHEET = "Supp. 3 to 15 CFR part 732"
CONTENT = "15 CFR 734.4"
MOST = Decimal(10) ** 14
SYMBOL = re.compile(r"[A-Z]{2,10}")


def wrong(known: Mapping[str, Any], on: date) -> list[Blocker]:
    """Everything wrong with the facts of a case as they would stand, recorded on a day."""
    return [
        *(
            _blocker(name, f"There is no fact '{name[:40]}'.", "Leave it out.")
            for name in known
            if name not in FIELDS
        ),
        *_texts(known),
        *_item("", known),
        *_answers(known),
        *_parties(known.get("headquarters") or {}),
        *_sheet(known, on),
        *_worksheet(known),
        *(
            _blocker("verified", f"'{str(each)[:20]}' is no license exception.", "Its letters, for example GBS.")
            for each in known.get("verified") or ()
            if not isinstance(each, str) or not SYMBOL.fullmatch(each)
        ),
        *_lines(known.get("lines") or {}),
    ]  # fmt: skip


def _texts(known: Mapping[str, Any]) -> Iterator[Blocker]:
    for name, most in TEXTS.items():
        text = known.get(name) or ""
        if not isinstance(text, str) or len(text) > most or "\x00" in text:
            yield _blocker(name, f"Longer than {most} characters or no text.", "Shorten it.")


def _item(where: str, known: Mapping[str, Any]) -> Iterator[Blocker]:
    """What is wrong with the facts of an item: those of all, or (`where`) of one that differs."""
    origin, content = known.get("origin") or "", known.get("us_content")
    if not isinstance(origin, str) or (origin and origin not in COUNTRIES):
        yield _blocker(
            f"{where}origin", f"'{str(origin)[:20]}' is no country code.", "Two letters, for example US."
        )
    if content is not None and not 0 <= _number(content) <= 100:
        yield _blocker(
            f"{where}us_content", "US content is no percentage.", "A number from 0 to 100.", CONTENT
        )
    if known.get("direct_product") not in (True, False, None):
        yield _blocker(
            f"{where}direct_product", "Neither yes nor no.", "Answer it, or leave it out.", "15 CFR 734.9"
        )


def _answers(known: Mapping[str, Any]) -> Iterator[Blocker]:
    for name, said in (known.get("answers") or {}).items():
        if name not in ANSWERS or said not in (True, False, None):
            words = f"'{str(name)[:40]}' is no end-use question, or its answer is neither yes nor no."
            yield _blocker("answers", words, f"One of: {', '.join(ANSWERS)}.", "15 CFR part 744")


def _parties(countries: Mapping[str, Any]) -> Iterator[Blocker]:
    for party, code in countries.items():
        if not str(party).isdecimal() or (code and code not in COUNTRIES):
            yield _blocker("headquarters", f"'{str(code)[:20]}' is no country code of party {str(party)[:20]}.",
                           "Two letters by the key of the party.")  # fmt: skip


def _sheet(known: Mapping[str, Any], on: date) -> Iterator[Blocker]:
    """A sheet kept elsewhere says where: system, identifier, day. Open flags of it are told in words."""
    needs = {
        "flags_system": "Which system or file keeps the red-flag sheet is not said.",
        "flags_reference": "The identifier of the red-flag sheet there is missing.",
        "flags_dated": "The day of the red-flag sheet is missing.",
    }
    if known.get("flags_answered"):
        for name, words in needs.items():
            if not (str(known.get(name) or "").strip()):
                yield _blocker(
                    name, words, "Name system, identifier and day, or answer the sheet here.", SHEET
                )
    elif any(known.get(name) for name in needs):
        yield _blocker("flags_answered", "A sheet is named that is not said to be complete.",
                       "Say that it is complete, with evidence, or take its name off.", SHEET)  # fmt: skip
    if known.get("flags_dated") and known["flags_dated"] > on:
        yield _blocker("flags_dated", "That day is still to come.", "Give the day of the sheet.", SHEET)
    for each in known.get("flags") or ():
        flag = each.get("flag") if isinstance(each, Mapping) else None
        if not isinstance(flag, str) or not flag.strip() or len(flag) > 500 or "\x00" in flag:
            yield _blocker(
                "flags", "A flag that is open elsewhere is told in up to 500 characters.", "Name it.", SHEET
            )
            break


def _worksheet(known: Mapping[str, Any]) -> Iterator[Blocker]:
    value = known.get("item_value")
    if value is not None and not 0 <= _number(value) < MOST:
        yield _blocker("item_value", "No value from 0 up.", "US dollars.", "15 CFR 734.4(g)")
    for line in known.get("worksheet") or ():
        what, eccn = line.get("what"), str(line.get("eccn", ""))
        named = isinstance(what, str) and 0 < len(what) <= 500 and "\x00" not in what
        if not named or not parse(eccn)[0] or not 0 <= _number(line.get("value")) < MOST:
            words = "A line of the worksheet lacks its content, ECCN or value."
            yield _blocker("worksheet", words, "Give all three, the value in US dollars.", "15 CFR 734.4(g)")
            break


def _lines(lines: Mapping[str, Any]) -> Iterator[Blocker]:
    for item, facts in lines.items():
        where = f"lines.{str(item)[:20]}."
        if not str(item).isdecimal() or not isinstance(facts, Mapping) or set(facts) - set(OF_A_LINE):
            yield _blocker(where.rstrip("."), "No item facts of a line.", f"Of: {', '.join(OF_A_LINE)}.")
            continue
        yield from _item(where, facts)
        for name in ("jurisdiction", "hts"):
            text = facts.get(name, "")
            if not isinstance(text, str) or len(text) > TEXTS[name] or "\x00" in text:
                yield _blocker(
                    where + name, f"Longer than {TEXTS[name]} characters or no text.", "Shorten it."
                )


def kept(lines: Mapping[str, Mapping[str, Any]], items: Iterable[int]) -> dict[str, dict[str, Any]]:
    """The item facts of lines as they are kept: only of items that are in the case, only what was said."""
    here = {str(key) for key in items}
    return {
        item: said
        for item, facts in lines.items()
        if item in here
        and (
            said := {
                name: f"{_number(value):f}" if name == "us_content" else value
                for name, value in facts.items()
                if value not in (None, "")
            }
        )
    }


def of_line(lines: Mapping[str, Any], item: int) -> dict[str, Any]:
    """The facts of one item that differ from those of all."""
    facts = dict(lines.get(str(item)) or {})
    if "us_content" in facts:
        facts["us_content"] = Decimal(facts["us_content"])
    return facts


def _number(value: Any) -> Decimal:
    """A number as it was given; -1 for what is none."""
    if isinstance(value, bool) or value is None:
        return Decimal(-1)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal(-1)
    return number if number.is_finite() else Decimal(-1)


def _blocker(field: str, message: str, remedy: str, citation: str = "") -> Blocker:
    return Blocker("invalid", message, remedy=remedy, field=field, citation=citation)
