"""Block Kit as tables: which blocks, elements and objects there are, their fields, and their limits.

Figures are from docs.slack.dev (block kit reference); where its pages disagree, the stricter one. `blockcheck` walks
these tables. A type that is not here does not exist for the sandbox.
"""

from dataclasses import dataclass

MESSAGE, MODAL, HOME = "message", "modal", "home"
MOST_BLOCKS = {MESSAGE: 50, MODAL: 100, HOME: 100}
BLOCKS_CHARACTERS = 13_000
"""Over all blocks of a message, beyond which it is `msg_blocks_too_long`."""
MARKDOWN_CHARACTERS = 12_000
ID = 255
OPTION_VALUE = 75
"""Some pages say 150."""
STACK = 3
VIEW_BYTES = 250_000
PRIVATE_METADATA = 3_000


@dataclass(frozen=True)
class F:
    """A field. `kind`: plain, text (plain or mrkdwn), str, url, bool, int, date, time, number, enum, object, objects,
    texts, strings, or any. `most` and `least` count characters, or items of a list; `of` the types or values."""

    kind: str
    most: int | None = None
    required: bool = False
    least: int = 1
    of: tuple[str, ...] = ()


def req(kind: str, most: int | None = None, of: tuple[str, ...] = (), least: int = 1) -> F:
    return F(kind, most, True, least, of)


OPTION, OPTION_MRKDWN, GROUP = "option", "option_mrkdwn", "option_group"
ONE_SELECT = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
MULTI_SELECT = tuple(f"multi_{t}" for t in ONE_SELECT)
PICKERS = ("datepicker", "timepicker")
CHOICES = ("checkboxes", "radio_buttons")
INPUTS = ("plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input", "file_input")
IN_ACTIONS = ("button", "overflow", "datetimepicker", *PICKERS, *CHOICES, *ONE_SELECT, *MULTI_SELECT)
IN_SECTION = ("button", "overflow", "image_element", *PICKERS, *CHOICES, *ONE_SELECT, *MULTI_SELECT)
IN_INPUT = ("datetimepicker", *PICKERS, *CHOICES, *ONE_SELECT, *MULTI_SELECT, *INPUTS)

BLOCKS: dict[str, dict[str, F]] = {
    "section": {
        "text": F("text", 3_000),
        "fields": F("texts", 10, of=("2000",)),
        "accessory": F("object", of=IN_SECTION),
        "expand": F("bool"),
    },
    "actions": {"elements": req("objects", 25, IN_ACTIONS)},
    "context": {"elements": req("objects", 10, ("image_element", "plain_text", "mrkdwn"))},
    "divider": {},
    "header": {"text": req("plain", 150)},
    "image": {
        "image_url": F("url", 3_000),
        "slack_file": F("any"),
        "alt_text": req("str", 2_000),
        "title": F("plain", 2_000),
    },
    "input": {
        "label": req("plain", 2_000),
        "element": req("object", of=IN_INPUT),
        "dispatch_action": F("bool"),
        "hint": F("plain", 2_000),
        "optional": F("bool"),
    },
    "video": {
        "alt_text": req("str", 2_000),
        "title": req("plain", 200),
        "thumbnail_url": req("url", 3_000),
        "video_url": req("url", 3_000),
        "author_name": F("str", 50),
        "description": F("plain", 200),
        "provider_icon_url": F("url", 3_000),
        "provider_name": F("str", 50),
        "title_url": F("url", 3_000),
    },
    "rich_text": {
        "elements": req(
            "objects",
            None,
            ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"),
        )
    },
    "markdown": {"text": req("str", MARKDOWN_CHARACTERS)},
    "table": {"rows": req("any", 100), "column_settings": F("any", 20)},
}
SURFACES: dict[str, tuple[str, ...]] = {"markdown": (MESSAGE,), "table": (MESSAGE,), "file_input": (MODAL,)}
"""Types that are not for every surface."""
TABLE_ROWS, TABLE_COLUMNS = 100, 20

_CONFIRM = F("object", of=("confirm",))
_COMMON = {"confirm": _CONFIRM, "focus_on_load": F("bool")}
_PLACEHOLDER = {"placeholder": F("plain", 150)}
_OPTIONS = {"options": F("objects", 100, of=(OPTION,)), "option_groups": F("objects", 100, of=(GROUP,))}
_INITIAL = F("object", of=(OPTION,))
_INITIALS = F("objects", 100, of=(OPTION,))
_MANY = {"max_selected_items": F("int")}
_SOME_CHOICES = {"options": req("objects", 10, (OPTION_MRKDWN,))}
_LENGTHS = {"min_length": F("int"), "max_length": F("int")}
_DISPATCH = {"dispatch_action_config": F("any"), "focus_on_load": F("bool")}
_FILTER = {"filter": F("any"), "default_to_current_conversation": F("bool"), "response_url_enabled": F("bool")}

ELEMENTS: dict[str, dict[str, F]] = {
    "button": {
        "text": req("plain", 75),
        "url": F("url", 3_000),
        "value": F("str", 2_000),
        "style": F("enum", of=("primary", "danger")),
        "confirm": _CONFIRM,
        "accessibility_label": F("str", 75),
    },
    "overflow": {"options": req("objects", 5, ("option_url",)), "confirm": _CONFIRM},
    "datepicker": {"initial_date": F("date"), **_PLACEHOLDER, **_COMMON},
    "timepicker": {"initial_time": F("time"), "timezone": F("str"), **_PLACEHOLDER, **_COMMON},
    "datetimepicker": {"initial_date_time": F("int"), **_COMMON},
    "checkboxes": {**_SOME_CHOICES, "initial_options": F("objects", 10, of=(OPTION_MRKDWN,)), **_COMMON},
    "radio_buttons": {**_SOME_CHOICES, "initial_option": F("object", of=(OPTION_MRKDWN,)), **_COMMON},
    "static_select": {**_OPTIONS, "initial_option": _INITIAL, **_PLACEHOLDER, **_COMMON},
    "external_select": {"initial_option": _INITIAL, "min_query_length": F("int"), **_PLACEHOLDER, **_COMMON},
    "users_select": {"initial_user": F("str"), **_PLACEHOLDER, **_COMMON},
    "channels_select": {
        "initial_channel": F("str"), "response_url_enabled": F("bool"), **_PLACEHOLDER, **_COMMON,
    },
    "conversations_select": {"initial_conversation": F("str"), **_FILTER, **_PLACEHOLDER, **_COMMON},
    "multi_static_select": {**_OPTIONS, "initial_options": _INITIALS, **_MANY, **_PLACEHOLDER, **_COMMON},
    "multi_external_select": {
        "initial_options": _INITIALS, "min_query_length": F("int"), **_MANY, **_PLACEHOLDER, **_COMMON,
    },
    "multi_users_select": {"initial_users": F("strings"), **_MANY, **_PLACEHOLDER, **_COMMON},
    "multi_channels_select": {"initial_channels": F("strings"), **_MANY, **_PLACEHOLDER, **_COMMON},
    "multi_conversations_select": {
        "initial_conversations": F("strings"), **_FILTER, **_MANY, **_PLACEHOLDER, **_COMMON,
    },
    "plain_text_input": {
        "initial_value": F("str", 3_000, least=0), "multiline": F("bool"), **_LENGTHS, **_PLACEHOLDER, **_DISPATCH,
    },
    "number_input": {
        "is_decimal_allowed": req("bool"),
        "initial_value": F("number"),
        "min_value": F("number"),
        "max_value": F("number"),
        **_PLACEHOLDER,
        **_DISPATCH,
    },
    "email_text_input": {"initial_value": F("str", 3_000), **_PLACEHOLDER, **_DISPATCH},
    "url_text_input": {"initial_value": F("str", 3_000), **_PLACEHOLDER, **_DISPATCH},
    "rich_text_input": {"initial_value": F("any"), **_PLACEHOLDER, **_DISPATCH},
    "file_input": {"filetypes": F("strings"), "max_files": F("int")},
}  # fmt: skip
"""Interactive elements. Each also takes an `action_id`, which Slack makes up where it is missing, save in inputs."""

OBJECTS: dict[str, dict[str, F]] = {
    OPTION: {"text": req("plain", 75), "value": req("str", OPTION_VALUE), "description": F("plain", 75)},
    OPTION_MRKDWN: {"text": req("text", 75), "value": req("str", OPTION_VALUE), "description": F("text", 75)},
    "option_url": {
        "text": req("plain", 75), "value": req("str", OPTION_VALUE), "description": F("plain", 75),
        "url": F("url", 3_000),
    },
    GROUP: {"label": req("plain", 75), "options": req("objects", 100, (OPTION,))},
    "confirm": {
        "title": req("plain", 100),
        "text": req("text", 300),
        "confirm": req("plain", 30),
        "deny": req("plain", 30),
        "style": F("enum", of=("primary", "danger")),
    },
    "image_element": {"image_url": F("url", 3_000), "slack_file": F("any"), "alt_text": req("str", 2_000)},
    "plain_text": {"text": req("str", 3_000), "emoji": F("bool")},
    "mrkdwn": {"text": req("str", 3_000), "verbatim": F("bool")},
    "rich_text_section": {"elements": req("any")},
    "rich_text_list": {
        "elements": req("any"),
        "style": req("enum", of=("bullet", "ordered")),
        "indent": F("int"),
        "offset": F("int"),
        "border": F("int"),
    },
    "rich_text_preformatted": {"elements": req("any"), "border": F("int"), "language": F("str")},
    "rich_text_quote": {"elements": req("any"), "border": F("int")},
}  # fmt: skip
UNTYPED = frozenset({OPTION, OPTION_MRKDWN, "option_url", GROUP, "confirm"})
"""Objects without a `type` of their own."""

VIEWS: dict[str, dict[str, F]] = {
    MODAL: {
        "title": req("plain", 24),
        "submit": F("plain", 24),
        "close": F("plain", 24),
        "clear_on_close": F("bool"),
        "notify_on_close": F("bool"),
        "submit_disabled": F("bool"),
    },
    HOME: {},
}
VIEW_COMMON = {
    "callback_id": F("str", ID, least=0),
    "private_metadata": F("str", PRIVATE_METADATA, least=0),
    "external_id": F("str", ID, least=0),
}
