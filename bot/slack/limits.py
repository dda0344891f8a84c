"""Block Kit's limits, kept whatever the values are: split first, then shorten with a word that it was shortened.

Sources: docs.slack.dev and `@slack/types`; where they disagree, the stricter figure. Lengths are counted as Slack
counts them, after escaping. What is empty and must not be is left out.
"""

from collections.abc import Callable
from typing import Any

from bot.slack import cut, escape

Block = dict[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 12_500
"""Slack answers `msg_blocks_too_long` at about 13,000 over all blocks."""
MESSAGE_TEXT = 3_900
"""`chat.update` refuses more than 4,000, so `chat.postMessage` gets no more either."""
SECTION_TEXT = 3_000
FIELDS, FIELD_TEXT = 10, 2_000
HEADER = 150
CONTEXT_ELEMENTS, CONTEXT_TEXT = 10, 3_000
ACTIONS = 25
OPTIONS, OVERFLOW_OPTIONS, BOX_OPTIONS = 100, 5, 10
OPTION_TEXT = 75
BUTTON_TEXT, VALUE, URL = 75, 2_000, 3_000
PLACEHOLDER = 150
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
ALT_TEXT = 2_000
LABEL, HINT = 2_000, 2_000
TITLE = 24
ID, METADATA = 255, 3_000

_IDS = ("block_id", "action_id", "callback_id", "external_id")
_RAW = (*_IDS, "value", "url", "image_url", "title_url", "initial_value", "private_metadata", "alt_text")
"""Keys whose strings Slack keeps as they are: entities in them would be shown, or sent back to us."""


def message(text: str, blocks: list[Block]) -> tuple[str, list[Block]]:
    """The same message within the limits."""
    kept = _fitted(blocks, MESSAGE_BLOCKS)
    kept = _within_characters(kept)
    return cut.shorten(text.strip() or "Heliograph", MESSAGE_TEXT), kept


def view(made: Block) -> Block:
    """The same modal or home tab within the limits. Raises `ValueError` where only the template can be wrong."""
    made = dict(made)
    blocks = _fitted(made.get("blocks", []), VIEW_BLOCKS)
    for part in ("title", "submit", "close"):
        if part in made:
            made[part] = _object(made[part], TITLE)
    for key in ("private_metadata", *_IDS):
        if key in made:
            made[key] = escape.raw(made[key])
    if len(made.get("private_metadata", "")) > METADATA:
        raise ValueError(f"private_metadata is longer than {METADATA}: remember an id, not the thing")
    return made | {"blocks": blocks or [_note("Nothing to show.")]}


def _fitted(blocks: list[Block], most: int) -> list[Block]:
    fitted = [piece for block in blocks for piece in _block(_raw_values(block))]
    _unique_ids(fitted)
    if len(fitted) > most:
        left_out = len(fitted) - (most - 1)
        fitted = [*fitted[: most - 1], _note(f"… shortened, {left_out} more parts")]
    return fitted


def _within_characters(blocks: list[Block]) -> list[Block]:
    """Leaves out blocks from the end until the message is short enough; buttons only when nothing else is left."""
    if sum(map(_length, blocks)) <= MESSAGE_CHARACTERS:
        return blocks
    buttons = {place for place, block in enumerate(blocks) if block["type"] in ("actions", "input")}
    texts = [place for place in range(len(blocks)) if place not in buttons]
    out: set[int] = set()
    left = sum(map(_length, blocks))
    for place in [*reversed(texts), *sorted(buttons, reverse=True)]:
        if left <= MESSAGE_CHARACTERS:
            break
        if _length(blocks[place]):
            out.add(place)
            left -= _length(blocks[place])
    note = _note(f"… shortened, {len(out)} more parts")
    kept = [block for place, block in enumerate(blocks) if place not in out]
    where = sum(1 for place in range(min(out)) if place not in out)
    return [*kept[:where], note, *kept[where:]]


def _length(value: Any) -> int:
    """Characters of all texts in `value`."""
    if isinstance(value, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else _length(v) for k, v in value.items())
    return sum(map(_length, value)) if isinstance(value, list) else 0


def _block(block: Block) -> list[Block]:
    made = _BLOCKS.get(block["type"])
    return made(block) if made else [block]


def _section(block: Block) -> list[Block]:
    block = dict(block)
    if "accessory" in block:
        accessory = block.pop("accessory")
        block |= {"accessory": _element(accessory)} if _usable(accessory) else {}
    if "fields" in block:
        return _section_of_fields(block)
    pieces = cut.split(_text(block.get("text")), SECTION_TEXT)
    if not pieces:
        return [block | {"text": {"type": "mrkdwn", "text": "–"}}] if block.get("accessory") else []
    shape = block["text"]
    first = block | {"text": shape | {"text": pieces[0]}}
    return [first, *({"type": "section", "text": shape | {"text": piece}} for piece in pieces[1:])]


def _section_of_fields(block: Block) -> list[Block]:
    said = [field for field in block["fields"] if _text(field).strip()]
    fields = [_object(field, _share(said, FIELDS, FIELD_TEXT)) for field in said]
    text = _text(block.get("text"))
    if text:
        block["text"] = _object(block["text"], SECTION_TEXT)
    else:
        block.pop("text", None)
    if not fields:
        block.pop("fields")
        return [block] if text else []
    more = [{"type": "section", "fields": part} for part in _parts(fields[FIELDS:], FIELDS)]
    return [block | {"fields": fields[:FIELDS]}, *more]


def _header(block: Block) -> list[Block]:
    return [block | {"text": _object(block["text"], HEADER)}] if _text(block["text"]).strip() else []


def _context(block: Block) -> list[Block]:
    said = [element for element in block["elements"] if "text" not in element or _text(element).strip()]
    limit = _share(said, CONTEXT_ELEMENTS, CONTEXT_TEXT)
    elements = [_object(element, limit) if "text" in element else element for element in said]
    return [block | {"elements": part} for part in _parts(elements, CONTEXT_ELEMENTS)]


def _actions(block: Block) -> list[Block]:
    elements = [_element(element) for element in block["elements"] if _usable(element)]
    parts = _parts(elements, ACTIONS)
    return [block | {"elements": part} for part in parts[:1]] + [
        {"type": "actions", "elements": part} for part in parts[1:]
    ]


def _input(block: Block) -> list[Block]:
    if not _usable(block["element"]):
        return [_note(f"{_text(block['label'])}: there is nothing to choose from.")]
    block = block | {"label": _object(block["label"], LABEL), "element": _element(block["element"])}
    if "hint" in block:
        block["hint"] = _object(block["hint"], HINT)
    return [block]


def _markdown(block: Block) -> list[Block]:
    return [block | {"text": cut.shorten(block["text"], MESSAGE_CHARACTERS - 500)}] if block["text"].strip() else []


def _image(block: Block) -> list[Block]:
    block = block | {"alt_text": cut.shorten(block.get("alt_text") or "image", ALT_TEXT)}
    return [block | {"title": _object(block["title"], ALT_TEXT)} if "title" in block else block]


_BLOCKS: dict[str, Callable[[Block], list[Block]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "markdown": _markdown,
    "image": _image,
}


def _element(element: Block) -> Block:
    element = dict(element)
    kind = element["type"]
    if kind == "button":
        element["text"] = _object(element["text"], BUTTON_TEXT)
        _check(element, "value", VALUE)
        if len(element.get("url", "")) > URL:
            del element["url"]
    if "placeholder" in element:
        element["placeholder"] = _object(element["placeholder"], PLACEHOLDER)
    if "confirm" in element:
        element["confirm"] = _confirm(element["confirm"])
    if "initial_value" in element:
        element["initial_value"] = cut.shorten(element["initial_value"], min(element.get("max_length", 3_000), 3_000))
    if "options" in element:
        element = _with_options(element)
    if "option_groups" in element:
        groups = [_with_options(group | {"type": kind}) for group in element["option_groups"] if _usable(group)]
        element["option_groups"] = [
            {"label": _object(group["label"], OPTION_TEXT), "options": group["options"]} for group in groups[:OPTIONS]
        ]
    return element


def _with_options(element: Block) -> Block:
    most = {"overflow": OVERFLOW_OPTIONS, "radio_buttons": BOX_OPTIONS, "checkboxes": BOX_OPTIONS}
    limit = most.get(element["type"], OPTIONS)
    options = [_option(option) for option in element["options"]]
    left_out = len(options) - limit
    element["options"] = options[:limit]
    if left_out > 0 and "select" in element["type"]:
        words = f"Choose one ({left_out} more are not shown)"
        element["placeholder"] = {"type": "plain_text", "text": words}
    initial = [element.pop("initial_option")] if "initial_option" in element else element.pop("initial_options", [])
    chosen = [option for option in map(_option, initial) if option in element["options"]]
    if chosen and element["type"] in ("checkboxes", "multi_static_select"):
        element["initial_options"] = chosen
    elif chosen:
        element["initial_option"] = chosen[0]
    return element


def _usable(element: Block) -> bool:
    """Slack refuses a choice without options."""
    return bool(element.get("options", True)) and bool(element.get("option_groups", True))


def _option(option: Block) -> Block:
    option = option | {"text": _object(option["text"], OPTION_TEXT)}
    _check(option, "value", OPTION_TEXT)
    if "description" in option:
        option["description"] = _object(option["description"], OPTION_TEXT)
    return option


def _confirm(confirm: Block) -> Block:
    limits = {"title": CONFIRM_TITLE, "text": CONFIRM_TEXT, "confirm": CONFIRM_BUTTON, "deny": CONFIRM_BUTTON}
    return confirm | {part: _object(confirm[part], limit) for part, limit in limits.items() if part in confirm}


def _check(thing: Block, key: str, limit: int) -> None:
    """A value that is cut is another value: what is too long is a mistake in the template, not in the data."""
    if len(thing.get(key, "")) > limit:
        raise ValueError(f"{key} is longer than {limit}: carry an id, not the thing")


def _object(thing: Block, limit: int) -> Block:
    """A text object within `limit`; as plain text where Slack reads no mrkdwn."""
    text = _text(thing)
    if thing["type"] == "plain_text":
        text = escape.plain(text)
    return thing | {"text": cut.shorten(text.strip() or "–", limit)}


def _text(thing: Block | None) -> str:
    return str(thing["text"]) if thing else ""


def _share(things: list[Block], most: int, limit: int) -> int:
    """The limit of each of `things`, so that one block of them is not more than a message takes."""
    return min(limit, (MESSAGE_CHARACTERS - 500) // max(1, min(most, len(things))))


def _note(words: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": words}]}


def _parts(things: list[Any], size: int) -> list[list[Any]]:
    return [things[start : start + size] for start in range(0, len(things), size)]


def _raw_values(value: Any) -> Any:
    """`value` with the strings that Slack keeps as they are turned back into what was typed."""
    if isinstance(value, dict):
        return {k: escape.raw(v) if k in _RAW and isinstance(v, str) else _raw_values(v) for k, v in value.items()}
    return [_raw_values(item) for item in value] if isinstance(value, list) else value


def _unique_ids(blocks: list[Block]) -> None:
    """Slack refuses two blocks with one `block_id`; the second goes without."""
    seen: set[str] = set()
    for block in blocks:
        name = block.get("block_id")
        if name in seen:
            del block["block_id"]
        elif name:
            seen.add(name)
