"""The arguments of one Web API call, whichever way they came: query, form, multipart or JSON."""

import json
from typing import Any

from aiohttp import web

from sandbox.slack.errors import SlackError


class Arguments:
    def __init__(self, values: dict[str, Any], token: str = "") -> None:
        self.values = values
        self.token = token

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else value if isinstance(value, str) else str(value)

    def need(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", messages=[f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        value = self.text(name)
        if not value:
            return default
        if not value.isdigit() or int(value) < 1:
            raise SlackError("invalid_limit")
        return min(int(value), most)

    def names(self, name: str) -> list[str]:
        """A list, or Slack's comma-separated text."""
        value = self.values.get(name)
        if isinstance(value, list):
            return [str(v) for v in value]
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def json(self, name: str, refusal: str) -> Any:
        """A structure; in forms and queries it comes as JSON in text. None where it is absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(refusal) from None


async def read(request: web.Request) -> Arguments:
    """`invalid_json`, `json_not_object` and `invalid_form_data` where the body is none of what Slack takes."""
    values: dict[str, Any] = dict(request.query)
    if request.method == "POST" and request.can_read_body:
        if request.content_type == "application/json":
            values |= await _json(request)
        elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
            values |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
        else:
            raise SlackError("invalid_post_type")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = ""
    return Arguments(values, token or str(values.pop("token", "")))


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body
