"""JSON as it comes in: what is no text is refused before anything reads it."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class JsonParser(JSONParser):
    """JSON whose texts the database can hold: half of a surrogate pair ("\\ud800") is no character (RFC 8259, 8.2)."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw = stream.read()
        data = super().parse(io.BytesIO(raw), media_type, parser_context)
        if HALF.search(raw):
            try:
                json.dumps(data, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                raise ParseError(
                    "The body holds half of a character (an unpaired surrogate): send it whole."
                ) from None
        return data
