"""Takes secrets out of what is shown. Log lines, messages and conditions pass here before anybody sees them. Pure.

It masks too much rather than too little: a hash that looks like a key is masked too. Every pattern is bounded, so
that a line of a megabyte costs no more than its length.
"""

import re

MASK = "•••"
_NAMES = (
    r"(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|authorization)[\w.-]{0,40}"
)
_SCHEME = r"(?P<keep>\b[a-z][a-z0-9+.-]{0,20}://)"
_RULES = (
    # -----BEGIN … PRIVATE KEY----- to its end, or to the end of the line
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL), MASK),
    # user:password@ in URLs
    (re.compile(rf"{_SCHEME}[^\s/@:]{{0,200}}:[^\s/@]{{1,400}}@", re.IGNORECASE), rf"\g<keep>{MASK}@"),
    (re.compile(rf"{_SCHEME}[^\s/@:]{{16,400}}@", re.IGNORECASE), rf"\g<keep>{MASK}@"),
    # Authorization: Bearer …
    (re.compile(r"(?P<keep>\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}", re.IGNORECASE), rf"\g<keep>{MASK}"),
    # NAME=value, "name": "value", --name value
    (
        re.compile(rf"(?P<keep>{_NAMES}[\"']?\s*[:=]\s*)(?P<quote>[\"']?)(?!•)[^\s\"',;&]+(?P=quote)", re.IGNORECASE),
        rf"\g<keep>{MASK}",
    ),
    (re.compile(rf"(?P<keep>--[\w-]{{0,40}}{_NAMES}\s+)(?!•)[^\s\"']+", re.IGNORECASE), rf"\g<keep>{MASK}"),
    # shapes of well-known tokens
    (
        re.compile(
            r"\b(?:hf_|nvapi-|ghp_|gho_|ghs_|github_pat_|glpat-|sk-|xox[abeoprs]-|xapp-|wandb_|dckr_pat_)[\w-]{8,}"
        ),
        MASK,
    ),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (re.compile(r"\bAIza[\w-]{30,}"), MASK),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), MASK),
    (re.compile(r"\b[0-9a-f]{40,}\b", re.IGNORECASE), MASK),
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.IGNORECASE)


def mask(text: str) -> str:
    """`text` without secrets. Image digests are no secrets, and stay."""
    digests = _DIGEST.findall(text)
    for digest in digests:
        text = text.replace(digest, f"\x00{digests.index(digest)}\x00")
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    for number, digest in enumerate(digests):
        text = text.replace(f"\x00{number}\x00", digest)
    return text
