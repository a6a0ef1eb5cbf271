"""Where the items go: the chart's row, the country groups, the region. 738.3(b), 738.4; part 746."""

from __future__ import annotations

from dataclasses import dataclass

from .case import Case, Reason, Result
from .findings import Findings
from .scope import Answer
from .tables import Day, Row

REFERRED = {"HK": ("CN", "hong-kong-as-china")}  # no row of its own
GROUPS_OF = {"LI": "CH"}  # chart footnote 5: Liechtenstein follows Switzerland
EMBARGOED = frozenset({"CU", "IR", "KP", "SY"})
RUSSIA = frozenset({"RU", "BY"})


@dataclass(frozen=True, slots=True)
class Place:
    """A destination as the rules see it; `row` is None where the chart has none for it on the day."""

    code: str
    row: Row | None
    groups: frozenset[str]
    occupied: bool = False

    def within(self, places: str) -> bool:
        """Whether the place is one of those written: `*`, country codes, groups, ADVANCED, WORLD."""
        return any(self._one(each) for each in places.split())

    def _one(self, written: str) -> bool:
        if written in ("*", "WORLD"):
            return True
        if written == "WORLD-CA":
            return self.code != "CA"
        if written == "ADVANCED":  # 742.6(a)(6)(iii)(B)
            return self.code == "AE" or (
                bool(self.groups & {"D:1", "D:4", "D:5"}) and not self.groups & {"A:5", "A:6"}
            )
        return written == self.code or written in self.groups

    @property
    def embargoed(self) -> bool:
        """A row without marks, whose blanks permit nothing; kept even where a table would lose the row."""
        return self.code in EMBARGOED or (self.row is not None and self.row.kind == "embargoed")

    @property
    def macau_or_d5(self) -> bool:
        return self.code == "MO" or "D:5" in self.groups


def resolve(code: str, day: Day) -> Place:
    """The place of a country code on a day, without its region."""
    to, rule = REFERRED.get(code, (code, ""))
    groups = day.groups.get(GROUPS_OF.get(to, to), frozenset())
    row = day.chart.get(to) if not rule or rule in day.states else None
    return Place(code, row, groups)


def read(case: Case, found: Findings) -> Place:
    """Step 4: the destination with its region, and what part 746 says of it for every item."""
    day, code = found.day, case.destination
    place = resolve(code, day)
    occupied = region(case.region, day)
    if occupied is Answer.YES and code in ("UA", "RU", ""):
        place = Place(code, place.row, place.groups, occupied=True)
        text = f"The region {case.region} is one of those of 746.6: a license for nearly all items."
        found.note(Result.LICENSE_REQUIRED, Reason("REGION", text, "15 CFR 746.6(a)", day.sanctions), "SEC")
        found.bar()
    elif code == "UA" and occupied is Answer.ASK:
        found.ask(
            "Which region of Ukraine? Crimea, Donetsk, Luhansk need a license for nearly all items. (15 CFR 746.6(a))"
        )
        found.note(Result.NEEDS_REVIEW, Reason("REGION_UNKNOWN", "Ukraine without a region that is known.",
                                               "15 CFR 746.6(a)", day.sanctions))  # fmt: skip
    elif code not in ("UA", "") and occupied is Answer.YES:
        found.ask(f"The region {case.region} is not in {code}: where do the items go?")
    if not code:
        found.ask("Where do the items go? There is no ultimate consignee.")
    elif place.embargoed:
        pointer = (place.row.pointer if place.row else "") or "15 CFR part 746"
        text = f"{code} is embargoed: a license or a route of part 746; its blank row of the chart permits nothing."
        found.note(
            Result.LICENSE_REQUIRED,
            Reason("EMBARGO", text, pointer, day.chart_edition or day.sanctions),
            "SEC",
        )
        found.bar(_left(code, day))
    elif code == "US":
        found.ask("The destination is the United States: an export goes abroad. A deemed export names the "
                  "person's country.")  # fmt: skip
    elif place.row is None:
        found.ask(f"'{code}' has no row of the Country Chart on {day.on}: which country's row does it follow? "
                  "(15 CFR 738.3(b))")  # fmt: skip
    if code == "IQ":
        found.ask("Does 746.3 require a license for Iraq?")
    return place


def _left(code: str, day: Day) -> tuple[str, ...]:
    """The exceptions of the catalogue that exist for one embargoed destination (740.2(a)(6))."""
    if code == "CU":
        return ("AGR", "SCP")
    return ("SPP",) if code == "SY" and "spp" in day.states else ()


def region(name: str, day: Day) -> Answer:
    """Whether a region's name is one of those that 746.6 covers; ASK where it is not known or not given."""
    text = " ".join(name.casefold().replace("oblast", " ").replace("region", " ").split())
    if not text:
        return Answer.ASK
    words = text.split()
    for known, covered in day.rules.regions.items():
        if covered and (known in words if len(known) <= 3 else known in text):
            return Answer.YES
    return Answer.NO if day.rules.regions.get(text) is False else Answer.ASK


def russia(place: Place, eccn: str, hts: str, found: Findings) -> None:
    """Russia and Belarus are graded rows, yet the chart never frees them: 746.8(a)(1), (4)-(8)."""
    if place.code not in RUSSIA or not eccn:
        return
    day = found.day
    if eccn != "EAR99":
        text = f"{place.code}: a license for every item that is in an entry of the Commerce Control List."
        found.note(
            Result.LICENSE_REQUIRED, Reason("RUSSIA", text, "15 CFR 746.8(a)(1)", day.sanctions), "SEC"
        )
        found.bar()
        return
    text = f"{place.code}: EAR99 items need a license by HTS code, for oil and gas, and as ERP, CAD or CNC software."
    found.note(
        Result.NEEDS_REVIEW, Reason("RUSSIA_EAR99", text, "15 CFR 746.5, 746.8(a)(4)-(8)", day.sanctions)
    )
    found.ask(f"Is HTS code {hts} in Supp. 2 or 4 to 6 to part 746, or is it software of 746.8(a)(8)?" if hts
              else "What is the HTS code? Supp. 2 and 4 to 6 to part 746 go by it.")  # fmt: skip
    found.bar()
