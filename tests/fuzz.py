"""What is typed into fields by mistake or on purpose: the same corpus for the form, the API and the drills."""

from __future__ import annotations

# name -> what is typed; all of it can come from a browser
TEXTS: dict[str, str] = {
    "empty": "",
    "blank": " \t ",
    "10 kB": "x" * 10_240,
    "NUL": "a\x00b",
    "control": "a\x01\x08\x0b\x1b[31mb\x7f",
    "lines": "a\r\nb\u2028c",
    "right to left": "\u202eمثال שלום\u202c",
    "four bytes": "🛰️𝔘𠜎" * 3,
    "combining": "e" + "\u0301" * 40,
    "negative": "-1",
    "huge": "9" * 400,
    "exponent": "1e400",
    "no number": "NaN",
    "infinite": "Infinity",
    "fraction": "0.0000001",
    "other digits": "٣٤",
    "comma": "1.000,50",
    "formula": "=cmd|' /C calc'!A0",
    "markup": "<script>alert(1)</script>",
    "percent": "%s%n%(x)s{0}{{ 7*7 }}",
}
HALF = '"\\ud800"'  # half of a character, as JSON can write it
# what only a program sends
SHAPES: dict[str, object] = {
    "number": 7, "minus": -1, "float": 1.5, "big": 10**40, "true": True, "null": None, "nested": [{"a": [1]}],
    "object": {"a": 1}, "empty list": [],
}  # fmt: skip
