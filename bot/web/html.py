"""HTML pages for people: every value escaped, no scripts, nothing from elsewhere, and no trace left behind.

A page's address may be a secret: it is sent on to nobody (`Referrer-Policy`), kept by nobody (`no-store`), put into no
frame. The style stands in the page, and the policy allows exactly that style.
"""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import templates
from bot import letters
from bot.slack import filters

ROOT = Path(templates.__file__).parent / "web"
STYLE = (ROOT / "style.css").read_text()
_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(ROOT),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=lambda value: letters.harmless(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"local": filters.local, "ago": filters.ago, "utc": filters.utc, "span": filters.span}
    made.filters["counted"] = filters.counted
    made.globals["style"] = STYLE
    return made


_PAGES = _environment()


def page(name: str, /, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> web.Response:
    """`web/<name>.html.j2`."""
    text = _PAGES.get_template(f"{name}.html.j2").render(values)
    return web.Response(
        status=status, text=text, content_type="text/html", charset="utf-8", headers=HEADERS | (headers or {})
    )
