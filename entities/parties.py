"""The verbs on our own parties. They only write; the worker screens what they wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import models

from exportctl import audit, roles
from exportctl.countries import COUNTRIES
from exportctl.errors import Conflict, Invalid, NotAllowed, invalid
from exportctl.models import User
from exportctl.transitions import Blocker

from . import masking
from .models import NameKind, Party, PartyAddress, PartyIdentifier, PartyKind, PartyMember, PartyName

LONGEST_NAME = 10_000
DUPLICATES_SHOWN = 5
ADDRESS_PARTS = ("line", "city", "region", "postal_code", "country")
IDENTIFIER_PARTS = ("kind", "value", "country")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a party, cleaned, in one order: two equal descriptions compare equal."""

    name: str
    kind: str
    country: str
    names: tuple[tuple[str, str], ...] = ()
    addresses: tuple[tuple[str, ...], ...] = ()
    identifiers: tuple[tuple[str, ...], ...] = ()
    shared: bool = True
    note: str = ""

    def differences(self, other: Facts) -> dict[str, tuple[Any, Any]]:
        """{field: (ours, theirs)} of what is not the same."""
        pairs = {f.name: (getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def register(
    *,
    name: str,
    country: str,
    by: User,
    at: datetime,
    kind: str = PartyKind.ORGANIZATION,
    names: Sequence[tuple[str, str]] = (),
    addresses: Sequence[Mapping[str, str]] = (),
    identifiers: Sequence[Mapping[str, str]] = (),
    shared: bool = True,
    note: str = "",
) -> Party:
    """Register a party. `names` are (text, kind) beside the primary one, `addresses` have line, city,
    region, postal_code and country, `identifiers` kind, value and country (ISO 3166-1 alpha-2).

    Refuses with every gap at once (Invalid); needs party.register. The worker screens the party next.
    """
    roles.require(by, "party.register")
    facts = _checked(
        name=name, kind=kind, country=country, names=names, addresses=addresses, identifiers=identifiers,
        shared=shared, note=note,
    )  # fmt: skip
    with audit.action(by=by, at=at) as log:
        party = Party.objects.create(
            name=facts.name, kind=facts.kind, country=facts.country, shared=facts.shared, note=facts.note,
            created_by=by, created_at=at, changed_at=at,
        )  # fmt: skip
        _write_parts(party, facts)
        log("party.registered", party, name=facts.name, kind=facts.kind, country=facts.country,
            names=facts.names, addresses=facts.addresses, identifiers=facts.identifiers)  # fmt: skip
    return party


def change(
    *,
    party: Party,
    by: User,
    at: datetime,
    version: int,
    name: str | None = None,
    kind: str | None = None,
    country: str | None = None,
    names: Sequence[tuple[str, str]] | None = None,
    addresses: Sequence[Mapping[str, str]] | None = None,
    identifiers: Sequence[Mapping[str, str]] | None = None,
    shared: bool | None = None,
    note: str | None = None,
) -> Party:
    """Change what is given; None leaves a fact as it is. `version` is the facts_version the editor saw.

    Refuses an older version with the differing fields (Conflict) and every gap at once (Invalid); needs
    party.change. Raises facts_version, so the worker screens again; without a difference nothing happens.
    """
    roles.require(by, "party.change")
    given = {
        "name": name, "kind": kind, "country": country, "names": names, "addresses": addresses,
        "identifiers": identifiers, "shared": shared, "note": note,
    }  # fmt: skip
    with audit.action(by=by, at=at) as log:
        locked = Party.objects.select_for_update(no_key=True).get(pk=party.pk)
        before = facts_of(locked)
        wanted = _checked(
            **{**_as_given(before), **{key: new for key, new in given.items() if new is not None}}
        )
        differs = before.differences(wanted)
        person = masking.PERSON in (before.kind, wanted.kind)
        if version != locked.facts_version:
            raise Conflict(_stale(version, locked.facts_version, differs, person=person))
        if not differs:
            return locked
        locked.name, locked.kind, locked.country = wanted.name, wanted.kind, wanted.country
        locked.shared, locked.note = wanted.shared, wanted.note
        locked.facts_version += 1
        locked.changed_at = at
        locked.save()
        _write_parts(locked, wanted, replacing=before)
        log("party.changed", locked, version=locked.facts_version, person=person,
            before={key: pair[0] for key, pair in differs.items()},
            after={key: pair[1] for key, pair in differs.items()})  # fmt: skip
    return locked


def add_member(*, party: Party, user: User, by: User, at: datetime) -> PartyMember:
    """Let a user act for a party: they then see and file its cases.

    Open to people.manage, to party.change for those who see every case, and to whoever registered a
    party that has no member yet. Refuses machines. Adding a member twice changes nothing.
    """
    with audit.action(by=by, at=at) as log:
        locked = Party.objects.select_for_update(no_key=True).get(pk=party.pk)
        wide = roles.may(by, "people.manage") or (roles.may(by, "party.change") and roles.sees(by) == "all")
        first = locked.created_by_id == by.pk and not locked.members.exists()
        if not by.is_person or not (wide or first):
            raise NotAllowed(
                Blocker("not_permitted", "You may not decide who acts for this party.",
                        remedy="Ask a licensing officer or an administrator.")
            )  # fmt: skip
        member, created = PartyMember.objects.get_or_create(party=locked, user=user)
        if created:
            log("party.member_added", locked, user=user.username, user_id=user.pk)
    return member


def possible_duplicates(*, name: str, country: str) -> list[Party]:
    """Parties of that country whose name is alike, the likest first: shown before one registers twice."""
    wanted = " ".join(name.split())[:LONGEST_NAME].replace("\x00", "")
    if not wanted:
        return []
    return list(
        Party.objects.filter(
            models.Q(name__trigram_similar=wanted) | models.Q(name__iexact=wanted), country=country
        )
        .annotate(alike=TrigramSimilarity("name", wanted))
        .order_by("-alike", "pk")[:DUPLICATES_SHOWN]
    )


def facts_of(party: Party) -> Facts:
    """The stored facts of a party; reads its names, addresses and identifiers (prefetched or not)."""
    return Facts(
        name=party.name,
        kind=party.kind,
        country=party.country,
        names=tuple(sorted((n.text, str(n.kind)) for n in party.names.all())),
        addresses=tuple(
            sorted(tuple(getattr(a, part) for part in ADDRESS_PARTS) for a in party.addresses.all())
        ),
        identifiers=tuple(
            sorted(tuple(getattr(i, part) for part in IDENTIFIER_PARTS) for i in party.identifiers.all())
        ),
        shared=party.shared,
        note=party.note,
    )


def _as_given(facts: Facts) -> dict[str, Any]:
    return {
        "name": facts.name, "kind": facts.kind, "country": facts.country, "names": facts.names,
        "addresses": [dict(zip(ADDRESS_PARTS, one, strict=True)) for one in facts.addresses],
        "identifiers": [dict(zip(IDENTIFIER_PARTS, one, strict=True)) for one in facts.identifiers],
        "shared": facts.shared, "note": facts.note,
    }  # fmt: skip


def _stale(seen: int, current: int, differs: Mapping[str, tuple[Any, Any]], *, person: bool) -> list[Blocker]:
    def told(name: str, value: Any) -> Any:
        hidden = person and name == "identifiers"
        return tuple((kind, masking.masked(text), *more) for kind, text, *more in value) if hidden else value

    return [
        Blocker("stale", f"The party was changed meanwhile (you saw version {seen}, it is at {current}).",
                field="version", remedy="Reload it and apply your change again."),
        *(
            Blocker("stale", f"Is now {told(name, ours)!r}; you sent {told(name, theirs)!r}.", field=name)
            for name, (ours, theirs) in differs.items()
        ),
    ]  # fmt: skip


def _checked(
    *, name: str, kind: str, country: str, names: Sequence[Sequence[str]], addresses: Sequence[Mapping[str,
    str]],
    identifiers: Sequence[Mapping[str, str]], shared: bool, note: str,
) -> Facts:  # fmt: skip
    """The facts, cleaned. Raises Invalid with every gap at once."""
    found: list[Blocker] = []
    main = _text(name, "name", found, required=True)
    if kind not in PartyKind.values:
        found.append(
            _gap("kind", f"'{kind}' is no kind of party.", f"Use one of: {', '.join(PartyKind.values)}.")
        )
    aliases = {}
    for number, (text, alias_kind) in enumerate(names):
        alias = _text(text, f"names.{number}.text", found, required=True)
        if alias_kind not in NameKind.values or alias_kind == NameKind.PRIMARY:
            others = ", ".join(value for value in NameKind.values if value != NameKind.PRIMARY)
            found.append(
                _gap(f"names.{number}.kind", f"'{alias_kind}' is no kind of name.", f"Use one of: {others}.")
            )
        if alias and alias != main:
            aliases[alias] = str(alias_kind)
    facts = Facts(
        name=main,
        kind=str(kind),
        country=_country(country, "country", found),
        names=tuple(sorted(aliases.items())),
        addresses=tuple(sorted({_address(one, f"addresses.{n}", found) for n, one in enumerate(addresses)})),
        identifiers=_identifiers(identifiers, found),
        shared=bool(shared),
        note=note.replace("\x00", "").strip(),
    )
    if found:
        raise Invalid(found)
    return facts


def _address(given: Mapping[str, str], where: str, found: list[Blocker]) -> tuple[str, ...]:
    parts = {part: _text(given.get(part, ""), f"{where}.{part}", found) for part in ADDRESS_PARTS}
    for part, most in (("city", 120), ("region", 120), ("postal_code", 30)):
        if len(parts[part]) > most:
            found.append(_gap(f"{where}.{part}", f"Longer than {most} characters.", "Shorten it."))
    parts["country"] = _country(parts["country"], f"{where}.country", found)
    return tuple(parts[part] for part in ADDRESS_PARTS)


def _identifiers(given: Iterable[Mapping[str, str]], found: list[Blocker]) -> tuple[tuple[str, ...], ...]:
    kept: dict[tuple[str, str], tuple[str, ...]] = {}
    for number, one in enumerate(given):
        where = f"identifiers.{number}"
        kind = _text(one.get("kind", ""), f"{where}.kind", found, required=True)
        value = _text(one.get("value", ""), f"{where}.value", found, required=True)
        country = one.get("country", "")
        if country:
            country = _country(country, f"{where}.country", found)
        if masking.DOT in value:
            found.append(
                _gap(f"{where}.value", "This number is masked.", "Give it in full, or leave it as it is.")
            )
        if len(kind) > 40 or len(value) > 120:
            found.append(
                _gap(where, "An identifier has at most 40 characters of kind, 120 of value.", "Shorten it.")
            )
        kept[kind, value] = (kind, value, country)
    return tuple(sorted(kept.values()))


def _text(value: str, where: str, found: list[Blocker], *, required: bool = False) -> str:
    text = " ".join(value.replace("\x00", "").split())
    if required and not text:
        found.append(_gap(where, "This is empty.", "Fill it in."))
    if len(text) > LONGEST_NAME:
        found.append(_gap(where, f"Longer than {LONGEST_NAME:,} characters.", "Shorten it."))
    return text


def _country(value: str, where: str, found: list[Blocker]) -> str:
    code = value.strip().upper()
    if code not in COUNTRIES:
        found.append(
            _gap(where, f"'{value}' is no country code." if code else "The country is missing.",
                 "Give the two letters of ISO 3166-1, for example DE.")
        )  # fmt: skip
    return code


def _gap(where: str, message: str, remedy: str) -> Blocker:
    return invalid(where, message, remedy).blockers[0]


def _write_parts(party: Party, facts: Facts, *, replacing: Facts | None = None) -> None:
    if replacing is None or replacing.names != facts.names:
        if replacing is not None:
            party.names.all().delete()
        PartyName.objects.bulk_create(
            PartyName(party=party, text=text, kind=kind) for text, kind in facts.names
        )
    if replacing is None or replacing.addresses != facts.addresses:
        if replacing is not None:
            party.addresses.all().delete()
        PartyAddress.objects.bulk_create(
            PartyAddress(party=party, **dict(zip(ADDRESS_PARTS, one, strict=True))) for one in facts.addresses
        )
    if replacing is None or replacing.identifiers != facts.identifiers:
        if replacing is not None:
            party.identifiers.all().delete()
        PartyIdentifier.objects.bulk_create(
            PartyIdentifier(party=party, **dict(zip(IDENTIFIER_PARTS, one, strict=True)))
            for one in facts.identifiers
        )
