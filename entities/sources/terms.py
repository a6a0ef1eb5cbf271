"""License terms as lists write them, brought to codes: requirement, review policy, footnotes, citations."""

from __future__ import annotations

import re

CITATION = re.compile(r"\b(\d{1,3})\s*F\.?\s?R\.?\s*(\d{2,6})\b")
# A superscript glued behind "(e)", "(g)," or the closing "EAR)"; "(e)(2)" is a paragraph, "§ 746" a section.
FOOTNOTES = (
    re.compile(r"734\.9\([eg]\)[,\s]*([1-5])(?![\d.(])"),
    re.compile(r"\bEAR\s?\)?\s?([1-5])\b(?!\.\d)"),
)
POLICIES = (
    ("PD", re.compile(r"presumption (?:of|for) denial")),
    ("POD", re.compile(r"policy of denial")),
    ("PA", re.compile(r"presumption of approval")),
    ("CBC", re.compile(r"cas[ea]-by[- ]case")),
)


def citations(text: str) -> tuple[str, ...]:
    """Federal Register citations in one spelling ("84 FR 22961"), in order, each once.

    Where the text holds none (volume-and-number styles), the text itself is the citation, kept as written.
    """
    found = tuple(dict.fromkeys(f"{volume} FR {page}" for volume, page in CITATION.findall(text)))
    raw = " ".join(text.split())
    return found or ((raw,) if raw else ())


def footnotes(requirement: str) -> tuple[int, ...]:
    """Footnote numbers of a requirement text: superscripts glued to words ("744.11 of the EAR2")."""
    return tuple(sorted({int(n) for pattern in FOOTNOTES for n in pattern.findall(requirement)}))


def policy_code(text: str) -> str:
    """PD, POD, CBC, PA, MIXED (more than one of them), SEC (a bare reference to a section) or "".

    "" stands for a text that names no policy and no section, and for a requirement pasted in the policy
    column: both need a person's eye.
    """
    low = text.casefold()
    named = [code for code, pattern in POLICIES if pattern.search(low)]
    if len(named) > 1:
        return "MIXED"
    if named:
        return named[0]
    return "SEC" if low.startswith("see §") or "policy" in low and "§" in low else ""


def requirement_code(text: str) -> str:
    """ALL_EAR and its exceptions, or the narrower scope a requirement names; "" where it fits no code."""
    low = text.casefold()
    if not low:
        return ""
    if "supplement no. 2 to part 744" in low:
        return "SUPP2_744"
    if "supplement no. 7 to part 746" in low:
        return "SUPP7_746"
    if "746.8(a)(4)" in low and "projects" in low:
        return "PROJECTS_746_8"
    if "all items subject to the ear" not in low:
        return ""
    if "unmanned aerial vehicles" in low:
        return "ALL_EAR_EXCEPT_UAV_TECH"
    return "ALL_EAR_EXCEPT" if re.search(r"\b(apart from|except for)\b", low) else "ALL_EAR"


def is_original_script(text: str) -> bool:
    """Whether most letters of a name are outside the Latin script."""
    letters = [c for c in text if c.isalpha()]
    return sum(ord(c) > 0x2AF and not 0x1E00 <= ord(c) <= 0x1EFF for c in letters) * 2 > len(letters)
