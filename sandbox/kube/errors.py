"""What an API server says when it refuses, as exceptions that carry the `Status` object.

The store and the HTTP layer raise the same types, so that a controller in the sandbox and a client on the wire
see one wording: Kubernetes' own.
"""

from typing import Any

Status = dict[str, Any]


class ApiError(Exception):
    """`code` is the HTTP status, `reason` the machine-readable word of the `Status`."""

    code = 500
    reason = "InternalError"

    def __init__(self, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or {}
        self.continue_token: str | None = None

    def status(self) -> Status:
        metadata = {"continue": self.continue_token} if self.continue_token else {}
        body: Status = {"kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure"}
        body |= {"message": self.message, "reason": self.reason}
        if self.details:
            body["details"] = self.details
        return body | {"code": self.code}


class BadRequest(ApiError):
    code, reason = 400, "BadRequest"


class Unauthorized(ApiError):
    code, reason = 401, "Unauthorized"

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class Forbidden(ApiError):
    code, reason = 403, "Forbidden"


class NotFound(ApiError):
    code, reason = 404, "NotFound"


class MethodNotAllowed(ApiError):
    code, reason = 405, "MethodNotAllowed"


class NotAcceptable(ApiError):
    code, reason = 406, "NotAcceptable"


class AlreadyExists(ApiError):
    code, reason = 409, "AlreadyExists"


class Conflict(ApiError):
    code, reason = 409, "Conflict"


class Expired(ApiError):
    code, reason = 410, "Expired"


class TooLarge(ApiError):
    code, reason = 413, "RequestEntityTooLarge"


class UnsupportedMediaType(ApiError):
    code, reason = 415, "UnsupportedMediaType"


class Invalid(ApiError):
    code, reason = 422, "Invalid"


class TooManyRequests(ApiError):
    code, reason = 429, "TooManyRequests"


class InternalError(ApiError):
    code, reason = 500, "InternalError"


class Timeout(ApiError):
    code, reason = 504, "Timeout"


def cause(field: str, message: str, reason: str = "FieldValueInvalid") -> dict[str, str]:
    """One entry of `details.causes`; `reason` as in `metav1.CauseType`."""
    return {"reason": reason, "message": message, "field": field}


def resource_details(plural: str, group: str, name: str = "", **more: Any) -> dict[str, Any]:
    details: dict[str, Any] = {"name": name} if name else {}
    if group:
        details["group"] = group
    return details | {"kind": plural} | more


def qualified(plural: str, group: str) -> str:
    """`pods`, `jobs.batch`: the way messages name a resource, and the key of a kind in the store."""
    return f"{plural}.{group}" if group else plural
