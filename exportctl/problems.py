"""Errors of the API as problem details (RFC 9457): field, rule and remedy of every blocker at once."""

from __future__ import annotations

from typing import Any

from drf_standardized_errors.formatter import ExceptionFormatter as BaseFormatter
from drf_standardized_errors.handler import ExceptionHandler as BaseHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from .errors import Refused

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "The request is not valid",
    401: "Sign in or send an API key",
    403: "Not permitted",
    404: "Not found, or outside what you may see",
    405: "Method not allowed",
    409: "Refused: something stands against it",
    412: "Changed since you read it",
    413: "Too large",
    415: "Not a media type taken here",
    428: "Say which version you read",
    429: "Too many requests",
    500: "An error of ours",
}


class BlockerSerializer(serializers.Serializer[Any]):
    """One reason: what, by which rule, and what to do."""

    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField(required=False)
    remedy = serializers.CharField(required=False)
    citation = serializers.CharField(required=False)
    link = serializers.CharField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457) with every blocker."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    blockers = BlockerSerializer(many=True)


class RefusedException(exceptions.APIException):
    """A verb's refusal on its way through DRF."""

    def __init__(self, refused: Refused):
        self.refused = refused
        self.status_code = refused.status_code
        super().__init__(
            detail=str(refused), code=refused.blockers[0].code if refused.blockers else "refused"
        )


class ExceptionHandler(BaseHandler):  # type: ignore[misc]
    """Turns a verb's refusal into its status and answers with the problem media type."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, Refused):
            return RefusedException(exc)
        return super().convert_known_exceptions(exc)  # type: ignore[no-any-return]

    def get_response(self, exc: exceptions.APIException, data: Any) -> Response:
        response = super().get_response(exc, data)
        response.content_type = MEDIA_TYPE
        return response  # type: ignore[no-any-return]


class ExceptionFormatter(BaseFormatter):  # type: ignore[misc]
    """The body: one blocker an error, named by field."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        status = self.exc.status_code
        if isinstance(self.exc, RefusedException):
            blockers = [blocker.as_dict() for blocker in self.exc.refused.blockers]
        else:
            blockers = [
                {
                    "code": error.code,
                    "message": str(error.detail),
                    **({"field": error.attr} if error.attr else {}),
                }
                for error in error_response.errors
            ]
        return {
            "type": f"urn:exportctl:problem:{blockers[0]['code'] if blockers else 'error'}",
            "title": TITLES.get(status, "Refused"),
            "status": status,
            "detail": "; ".join(blocker["message"] for blocker in blockers),
            "blockers": blockers,
        }
