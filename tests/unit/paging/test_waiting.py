"""`Retry-After` of services outside Slack: seconds, or a date by the service's own clock."""

import pytest

from bot.outbox.waiting import MOST, retry_after

NOW = "Tue, 24 Nov 2026 16:05:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": " 0 "}, 0.0),
        ({"Retry-After": "86400"}, MOST),
        ({"Retry-After": "Tue, 24 Nov 2026 16:06:30 GMT", "Date": NOW}, 90.0),
        ({"Retry-After": "Tue, 24 Nov 2026 16:00:00 GMT", "Date": NOW}, 0.0),
        ({"Retry-After": "Tue, 24 Nov 2026 16:06:30 GMT"}, None),
        ({"Retry-After": "soon", "Date": NOW}, None),
        ({"Retry-After": "-5", "Date": NOW}, None),
        ({"Retry-After": "٣"}, None),
        ({"X-RateLimit-Period-In-Sec": "60"}, 60.0),
        ({}, None),
    ],
)
def test_what_the_headers_say(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, "X-RateLimit-Period-In-Sec") == seconds
