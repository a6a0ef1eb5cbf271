"""A question as JSON, read into a case, and an answer told as JSON: one contract for the batch and the API. Pure.

A field that is missing, or of a type that cannot be trusted, is a fact that is not known: it becomes a question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from .case import ANSWERS, Assessment, Case, CaseItem, CaseParty, Listed, Owner, RedFlags, Result

# who is behind a name and what the question says of its listing, in a country
Lookup = Callable[[str, str, str], tuple[Listed, ...]]

ROLES = {
    "consignee": "ultimate_consignee", "buyer": "purchaser", "forwarder": "intermediate_consignee",
    "freight_forwarder": "intermediate_consignee", "intermediary": "intermediate_consignee",
    "intermediate": "intermediate_consignee", "enduser": "end_user", "user": "end_user",
    "exporter": "applicant", "usppi": "applicant", "reexporter": "applicant",
}  # fmt: skip
OWNERS = frozenset({"owner", "parent", "shareholder", "ultimate_parent"})
KINDS = {
    "EXPORT": "EXPORT", "REEXPORT": "REEXPORT", "RE-EXPORT": "REEXPORT", "TRANSFER": "TRANSFER",
    "IN-COUNTRY TRANSFER": "TRANSFER", "DEEMED": "DEEMED", "DEEMED EXPORT": "DEEMED", "DEEMED_EXPORT": "DEEMED",
}  # fmt: skip
COUNTRY = re.compile(r"[A-Z]{2}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(slots=True)
class Asked:
    """A question as it was read: the case, its day, and what could not be read as `field: what to write`."""

    case: Case
    on: date | None
    wrong: list[str] = field(default_factory=list)


def identity(asked: Mapping[str, Any]) -> Any:
    """The question's own name, as it comes back with the answer; None where it is no text or number."""
    name = asked.get("id")
    if isinstance(name, float):
        return name if math.isfinite(name) else None
    return name if isinstance(name, int) or (isinstance(name, str) and _whole(name)) else None


def read(asked: Mapping[str, Any], lookup: Lookup) -> Asked:
    """Read one question. Nothing raises: what is wrong is told and counts as not known."""
    wrong: list[str] = []
    answers = _mapping(asked, "end_use_answers", wrong)
    for name in answers:
        if name not in ANSWERS:
            wrong.append(f"end_use_answers.{name}: no such answer; there are {', '.join(ANSWERS)}")
    item = CaseItem(
        name="",
        eccn=_text(asked, "eccn", wrong),
        jurisdiction=_text(asked, "jurisdiction", wrong),
        origin=_country(asked, "origin", wrong),
        us_content=_number(asked, "us_content", wrong, most=100),
        hts=_text(asked, "hts", wrong),
        value=_number(asked, "value", wrong),
        direct_product=_bool(asked, "direct_product", wrong),
    )
    if item.us_content is not None and 0 < item.us_content < 1:
        wrong.append("us_content: is it a percentage? Write 12.5 for 12.5 %")
    kind = _text(asked, "type", wrong).upper()
    if kind and kind not in KINDS:
        wrong.append(f"type: '{kind}' is none of EXPORT, REEXPORT, TRANSFER, DEEMED")
    case = Case(
        kind=KINDS.get(kind, ""),
        destination=_country(asked, "destination", wrong),
        parties=_parties(asked, wrong, lookup),
        items=(item,),
        region=_text(asked, "region", wrong),
        end_use=_text(asked, "end_use", wrong),
        answers={name: _bool(answers, name, wrong, "end_use_answers.") for name in ANSWERS},
        red_flags=_red_flags(asked, wrong),
    )
    return Asked(case, _date(asked, wrong), wrong)


def with_doubts(assessment: Assessment, wrong: list[str]) -> Assessment:
    """The answer to a question parts of which could not be read: those are asked again, and nothing is free."""
    if not wrong:
        return assessment
    free = assessment.result in (Result.NLR, Result.NOT_SUBJECT, Result.EXCEPTION)
    questions = (*(f"Not readable: {each}." for each in wrong), *assessment.questions)
    reasons = (
        tuple(each for each in assessment.reasons if each.code not in ("NLR", "NOT_SUBJECT"))
        if free
        else assessment.reasons
    )
    return replace(
        assessment,
        result=Result.NEEDS_REVIEW if free else assessment.result,
        questions=questions,
        reasons=reasons,
    )


def told(assessment: Assessment) -> dict[str, Any]:
    """The answer as JSON, without the question's id."""
    reasons = []
    for each in assessment.reasons:
        row = {"code": each.code, "citation": each.citation, "edition": each.edition, "text": each.text}
        if each.column:
            row["column"] = each.column
        if each.party:
            row["party"] = each.party
        reasons.append(row)
    answer: dict[str, Any] = {"result": assessment.result.value, "reasons": reasons}
    if assessment.agency:
        answer["agency"] = assessment.agency
    if assessment.policy:
        answer["policy"] = assessment.policy
    answer["exceptions"] = [
        {
            "symbol": each.symbol, "status": each.status, "citation": each.citation, "edition": each.edition,
            "overcomes": list(each.overcomes), "note": each.note,
        }
        for each in assessment.exceptions
    ]  # fmt: skip
    answer["questions"] = list(assessment.questions)
    return answer


def unreadable(wrong: str) -> dict[str, Any]:
    """The answer to a question that cannot be asked at all: it is never free."""
    return {"result": Result.NEEDS_REVIEW.value, "reasons": [{"code": "INVALID_INPUT", "citation": "", "edition": "",
            "text": wrong}], "exceptions": [], "questions": [wrong]}  # fmt: skip


def _text(row: Mapping[str, Any], name: str, wrong: list[str], at: str = "") -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or not _whole(value):
        wrong.append(f"{at}{name}: write a text")
        return ""
    return value.strip()


def _whole(text: str) -> bool:
    """Whether a text can be written down: JSON lets halves of characters through."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _country(row: Mapping[str, Any], name: str, wrong: list[str], at: str = "") -> str:
    code = _text(row, name, wrong, at).upper()
    if code and not COUNTRY.fullmatch(code):
        wrong.append(f"{at}{name}: '{code[:20]}' is no two-letter country code")
        return ""
    return code


def _bool(row: Mapping[str, Any], name: str, wrong: list[str], at: str = "") -> bool | None:
    value = row.get(name)
    if value is None or isinstance(value, bool):
        return value
    wrong.append(f"{at}{name}: write true or false")
    return None


def _number(
    row: Mapping[str, Any], name: str, wrong: list[str], at: str = "", most: int | None = None
) -> Decimal | None:
    value = row.get(name)
    if value is None:
        return None
    fine = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not fine or value < 0 or (most is not None and value > most):
        wrong.append(f"{at}{name}: write a number from 0{f' to {most}' if most else ''}")
        return None
    return Decimal(str(value))


def _date(row: Mapping[str, Any], wrong: list[str]) -> date | None:
    text = _text(row, "date", wrong)
    if DAY.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    if not any(each.startswith("date:") for each in wrong):
        wrong.append("date: for which day? Write YYYY-MM-DD")
    return None


def _mapping(row: Mapping[str, Any], name: str, wrong: list[str]) -> Mapping[str, Any]:
    value = row.get(name)
    if value is None or isinstance(value, Mapping):
        return value or {}
    wrong.append(f"{name}: write an object")
    return {}


def _red_flags(row: Mapping[str, Any], wrong: list[str]) -> RedFlags:
    sheet = _mapping(row, "red_flags", wrong)
    flags = sheet.get("open")
    if flags is not None and not isinstance(flags, list):
        wrong.append("red_flags.open: write a list of the flags that are open")
        return RedFlags(answered=False)
    answered = _bool(sheet, "answered", wrong, "red_flags.")
    if not all(isinstance(each, str) and _whole(each) for each in flags or ()):
        wrong.append("red_flags.open: write texts")
        return RedFlags(answered=False, open=("one that cannot be read",))
    return RedFlags(answered is True, tuple(flags or ()))


def _parties(row: Mapping[str, Any], wrong: list[str], lookup: Lookup) -> tuple[CaseParty, ...]:
    given = row.get("parties")
    if given is None:
        return ()
    if not isinstance(given, list):
        wrong.append("parties: write a list")
        return ()
    parties: list[CaseParty] = []
    owners: list[tuple[str, Owner]] = []
    for number, each in enumerate(given):
        at = f"parties[{number}]."
        if not isinstance(each, Mapping):
            wrong.append(f"parties[{number}]: write an object with role, name and country")
            continue
        role = _role(each, wrong, at)
        if role in OWNERS:
            owners.append((_text(each, "of", wrong, at), _owner(each, wrong, at, lookup)))
            continue
        name, country = _text(each, "name", wrong, at), _country(each, "country", wrong, at)
        parties.append(
            CaseParty(name, (role,) if role else (), country, _listed(each, name, country, wrong, at, lookup),
                      _country(each, "hq_country", wrong, at), _owned(each, wrong, at, lookup))
        )  # fmt: skip
    return tuple(_with_owners(party, owners) for party in parties)


def _with_owners(party: CaseParty, owners: list[tuple[str, Owner]]) -> CaseParty:
    """Owners listed beside the parties belong to the party they name, else to every party but the applicant."""
    own = tuple(
        owner for of, owner in owners if of == party.name or (not of and party.roles != ("applicant",))
    )
    return replace(party, owners=party.owners + own) if own else party


def _role(row: Mapping[str, Any], wrong: list[str], at: str) -> str:
    role = re.sub(r"[\s-]+", "_", _text(row, "role", wrong, at).lower())
    if not role:
        wrong.append(f"{at}role: which role does the party have?")
        return "end_user"  # the safe reading
    return ROLES.get(role, role)


def _owned(row: Mapping[str, Any], wrong: list[str], at: str, lookup: Lookup) -> tuple[Owner, ...]:
    given = row.get("owners")
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        wrong.append(f"{at}owners: write a list of objects with name and share")
        return ()
    return tuple(_owner(each, wrong, f"{at}owners[{number}].", lookup) for number, each in enumerate(given))


def _owner(row: Mapping[str, Any], wrong: list[str], at: str, lookup: Lookup) -> Owner:
    name, country = _text(row, "name", wrong, at), _country(row, "country", wrong, at)
    key = next((each for each in ("share", "percent", "ownership") if each in row), "share")
    return Owner(name, _number(row, key, wrong, at, most=100), _listed(row, name, country, wrong, at, lookup),
                 _owned(row, wrong, at, lookup))  # fmt: skip


def _listed(
    row: Mapping[str, Any], name: str, country: str, wrong: list[str], at: str, lookup: Lookup
) -> tuple[Listed, ...]:
    given = row.get("listed_as")
    if isinstance(given, str) or given is None:
        return lookup(name, (given or "").strip(), country)
    if isinstance(given, list) and given and all(isinstance(each, str) for each in given):
        return tuple(dict.fromkeys(entry for each in given for entry in lookup(name, each.strip(), country)))
    wrong.append(f"{at}listed_as: write the list, such as EL, or the listed name")
    return (Listed(name, "?", None, certain=False),)
