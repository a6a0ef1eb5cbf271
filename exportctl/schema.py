"""The OpenAPI schema: every 4xx documented as problem details."""

from __future__ import annotations

from typing import Any

from drf_standardized_errors.openapi import AutoSchema

from .problems import MEDIA_TYPE


class Schema(AutoSchema):  # type: ignore[misc]
    """Gives error responses the problem media type."""

    def _get_response_for_code(
        self, serializer: Any, status_code: str, media_types: Any = None, direction: str = "response"
    ) -> Any:
        if str(status_code)[:1] in "45":
            media_types = [MEDIA_TYPE]
        return super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, media_types, direction
        )
