"""What rides in the Remarks of OFAC's delimited files: weak aliases, births, papers, dates, links.

Pieces are parted by "; ". Each is either understood, and then a fact, or stays in the remarks as written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .ofac_entry import Identifier
from .record import squeeze

ALIAS = re.compile(r"[afn]\.k\.a\.\s+'(.+)'")
BIRTH = re.compile(r"(?:alt\. )?DOB (.+)")
FACTS = (
    (re.compile(r"(?:alt\. )?POB (.+)"), "Place of birth"),
    (re.compile(r"(?:alt\. )?nationality (.+)"), "Nationality"),
    (re.compile(r"(?:alt\. )?citizen (.+)"), "Citizenship"),
    (re.compile(r"\(?Linked To: (.+?)\)?"), "Linked to"),
)
# "Label (of what): value": the label stays as it is written, without a trailing colon or dash
DATED = re.compile(r"(?:alt\. )?((?:Listing|Effective|Purchase/Sales For Divestment) Date \([^)]*\)):? (.+)")
LABELED = re.compile(
    r"(?:alt\. )?(Gender|Target Type|Organization Established Date|Organization Type|Issuer Name|Website"
    r"|Email Address|Phone Number|Telephone|Fax|Nationality of Registration|Former Vessel Flag"
    r"|Other Vessel (?:Flag|Type|Call Sign)|Vessel Year of Build|Vessel (?:Flag|Owner|Type)|Aircraft Model"
    r"|Aircraft Operator|Aircraft Manufacture Date|Secondary sanctions risk|Additional Sanctions Information"
    r"|Executive Order \d+ (?:Directive Determination|Directive Information|[Dd]etermination|[Ii]nformation)"
    r"|CAATSA Section \d+ Information|IFCA Determination"
    r"|Transactions Prohibited For Persons Owned or Controlled By U\.S\. Financial Institutions)"
    r"(?::| -)?:? (.+)"
)
PAPERS = (
    "Afghan Money Service Provider License Number", "Aircraft Construction Number (also called L/N or S/N or F/N)",
    "Aircraft Manufacturer's Serial Number (MSN)", "Aircraft Mode S Transponder Code",
    "Aircraft Serial Identification", "Aircraft Tail Number", "BIK (RU)", "Birth Certificate Number",
    "Branch Unit Number", "British National Overseas Passport", "Business Number",
    "Business Registration Document #", "Business Registration Number", "C.I.F.", "C.R. No.", "C.U.I.", "C.U.I.P.",
    "C.U.I.T.", "C.U.R.P.", "C.U.R.P. #", "Cartilla de Servicio Militar Nacional", "Cedula No.",
    "Central Registration System Number", "Certificate of Incorporation Number", "Chamber of Commerce Number",
    "Chinese Commercial Code", "Commercial Registry Number", "Company Number", "Credencial electoral", "D.N.I.",
    "D-U-N-S Number", "Diplomatic Passport", "Driver's License No.", "Dubai Chamber of Commerce Membership No.",
    "Economic Register Number (CBLS)", "Electoral Registry No.", "Enterprise Number", "Equity Ticker",
    "File Number", "Fiscal Code", "Folio Mercantil No.", "Government Gazette Number", "I.F.E.", "ISIN",
    "Identification Number", "Immigration No.", "Italian Fiscal Code", "Kenyan ID No.", "LE Number",
    "Legal Entity Number", "License", "MMSI", "MSB Registration Number", "Matricula Mercantil No", "N.I.E.",
    "NIT #", "National Foreign ID Number", "National ID No.", "Numero de Identidad", "Passport",
    "Personal ID Card", "Pilot License Number", "Public Registration Number", "Public Security and Immigration No.",
    "R.F.C.", "R.F.C. #", "RFC", "RIF #", "RSIN", "RTN", "RUC #", "Refugee ID Card", "Registered Charity No.",
    "Registration ID", "Registration Number", "Residency Number", "SRE Permit No.", "SSN", "SWIFT/BIC",
    "Serial No.", "Stateless Person ID Card", "Stateless Person Passport", "Tarjeta Profesional",
    "Tax ID No.", "Tazkira National ID Card", "Tourism License No.", "Trade License No.",
    "Travel Document Number", "Turkish Identification Number", "UAE Identification", "UK Company Number",
    "US FEIN", "Unified Social Credit Code (USCC)", "United Social Credit Code Certificate (USCCC)",
    "V.A.T. Number", "Vessel Registration Identification", "VisaNumberID",
)  # fmt: skip
PAPER = re.compile(
    r"(?:alt\. )?(?P<label>"
    + "|".join(re.escape(label) for label in sorted(PAPERS, key=len, reverse=True))
    + r"|Digital Currency Address - \S+):? (?P<number>.+?)"
    r"(?: ?\((?P<country>[^()]*)\))?(?P<note>(?: (?:issued|expires) .+)?)"
)


@dataclass(slots=True)
class Remarks:
    """The facts of a remark, and what of it was not understood."""

    names: list[tuple[str, str]] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    details: list[tuple[str, str]] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    rest: str = ""


def parse(text: str) -> Remarks:
    """The remark (with its overflow already joined to it) as facts. Never refuses: the unknown is kept."""
    found = Remarks()
    rest = []
    for piece in (squeeze(part) for part in squeeze(text).removesuffix(".").split("; ")):
        if piece and not _understood(piece, found):
            rest.append(piece)
    found.rest = "; ".join(rest)
    return found


def _understood(piece: str, found: Remarks) -> bool:
    if alias := ALIAS.fullmatch(piece.removesuffix(".")):
        found.names.append((alias[1], "weak"))
    elif born := BIRTH.fullmatch(piece.removesuffix(".")):
        found.births.append(born[1])
    elif dated := DATED.fullmatch(piece.removesuffix(".")):
        found.details.append((dated[1], dated[2]))
    elif labeled := LABELED.fullmatch(piece):
        found.details.append((labeled[1], labeled[2]))
    elif paper := PAPER.fullmatch(piece):
        if not any(c.isdigit() for c in paper["number"]) and paper["label"] not in (
            "SWIFT/BIC",
            "Equity Ticker",
        ):
            return False
        found.identifiers.append(
            Identifier(paper["label"], paper["number"], paper["country"] or "", paper["note"].strip())
        )
    else:
        for pattern, label in FACTS:
            if fact := pattern.fullmatch(piece):
                found.details.append((label, fact[1]))
                return True
        return False
    return True
