# ruff: noqa: E501 (names)
"""T34: names that were made to break something. No error, and a twin in look-alike letters is still found."""

from __future__ import annotations

import random

from entities.matching.entries import Entry, ListedName, Query
from entities.matching.index import Index
from entities.matching.score import REVIEW, search

from . import drill

LISTED = (
    "Huawei Technologies Co., Ltd.", "Kaspersky Lab", "HiSilicon Optoelectronics Co., Ltd.", "Toga Networks",
    "AVANGARD JOINT STOCK BANK", "Semiconductor Manufacturing International Corporation", "PETROV, Sergey Ivanovich",
)  # fmt: skip
LOOK_ALIKE = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
HOSTILE = (
    "", " ", "a", "ab", "\0", "\u202e\u202d", "\u200d" * 40, "...", "--;'\"", "1", "0" * 500, "Ltd", "Co., Ltd.",
    "Technology Company Limited", "😀😀😀", "𝕳𝖚𝖆𝖜𝖊𝖎", "\ud800", "ﷺ", "ıİß", "نص" * 400, "华" * 3000, "x" * 10_240, "a b " * 2500,
    "שלום עולם", "漢字かなカナ한글", "A\u0301" * 300, "Hua\u200bwei Technologies", "\x1b[31mHuawei", "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>", "Robert'); DROP TABLE--", "%s%n{0}", "\r\nHuawei\r\n", "ʜᴜᴀᴡᴇɪ", "Ｈｕａｗｅｉ　Ｔｅｃｈｎｏｌｏｇｉｅｓ",
)  # fmt: skip


@drill("T34", "hostile names: no error; look-alike twins still hit")
def names(full: bool) -> tuple[str, bool]:
    """Every hostile name and random ones of every plane; each listed name written in look-alike letters."""
    index = Index.build([Entry(key=name, list="EL", names=(ListedName(name),)) for name in LISTED])
    draw = random.Random(34)
    planes = [
        (0x20, 0x7F),
        (0x400, 0x4FF),
        (0x600, 0x6FF),
        (0x4E00, 0x9FFF),
        (0x1F300, 0x1FAFF),
        (0x0, 0x10FFFF),
    ]
    made = [
        "".join(chr(draw.randint(*draw.choice(planes))) for _ in range(draw.randint(1, 60)))
        for _ in range(5_000 if full else 150)
    ]
    for name in (*HOSTILE, *made):
        for kind in ("", "individual", "vessel"):
            search(
                Query(name, aliases=(name,), kind=kind, addresses=(name,), identifiers=((name, name),)), index
            )
    twins = [(name, name.translate(LOOK_ALIKE)) for name in LISTED]
    twins += [(name, "\u200b".join(name)) for name in LISTED] + [(name, f"\u202e{name}") for name in LISTED]
    missed = [
        twin
        for name, twin in twins
        if name not in [m.entry.key for m in search(Query(twin), index, minimum=REVIEW)]
    ]
    figure = f"{len(HOSTILE) + len(made):,} names, 0 errors; {len(twins) - len(missed)} of {len(twins)} twins found"
    return figure, not missed
