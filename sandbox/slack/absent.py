"""Keys that Slack's payloads have for things this workspace has none of: huddles, videos, canvases, enterprise grids.

They are sent empty, so that code which reads them here reads them there. A key whose mere presence means something
(`subtype` or `thread_ts` of a message, `error` of an answer) is never made up, only sent where it applies.
"""

import copy

from sandbox.slack.model import Json


def _nulls(names: str) -> Json:
    return dict.fromkeys(names.split())


FILE: Json = _nulls(
    "subject editor last_editor edit_timestamp subtype transcription mp4 mp4_low vtt hls hls_embed duration_ms "
    "thumb_video_w thumb_video_h original_attachment_count external_id external_url url_static_preview app_id app_name "
    "thumb_64 thumb_64_gif thumb_64_w thumb_64_h thumb_80 thumb_80_gif thumb_80_w thumb_80_h thumb_160 thumb_160_gif "
    "thumb_160_w thumb_160_h thumb_360 thumb_360_gif thumb_360_w thumb_360_h thumb_480 thumb_480_gif thumb_480_w "
    "thumb_480_h thumb_720 thumb_720_gif thumb_720_w thumb_720_h thumb_800 thumb_800_gif thumb_800_w thumb_800_h "
    "thumb_960 thumb_960_gif thumb_960_w thumb_960_h thumb_1024 thumb_1024_gif thumb_1024_w thumb_1024_h thumb_video "
    "thumb_gif thumb_pdf thumb_pdf_w thumb_pdf_h thumb_tiny converted_pdf image_exif_rotation original_w original_h "
    "deanimate deanimate_gif pjpeg plain_text preview_plain_text channel_actions_ts channel_actions_count headers "
    "simplified_html media_progress saved quip_thread_id linked_channel_id access last_read "
    "private_channels_with_file_access_count private_file_with_access_count org_or_workspace_access "
    "update_notification canvas_template_mode template_conversion_ts template_name template_title template_description "
    "template_icon list_metadata list_limits list_csv_download_url bot_id initial_comment preview preview_highlight "
    "edit_link lines lines_more alt_txt"
) | {
    "non_owner_editable": False,
    "has_more": False,
    "sent_to_self": False,
    "is_channel_space": False,
    "team_pref_version_history_enabled": False,
    "show_badge": False,
    "can_toggle_canvas_lock": False,
    "is_restricted_sharing_enabled": False,
    "canvas_printing_enabled": False,
    "is_modified_by_ai": False,
    "preview_is_truncated": False,
    "num_stars": 0,
    "editors": [],
    "cc": [],
    "from": [],
    "to": [],
    "favorites": [],
    "pinned_to": [],
    "reactions": [],
    "teams_shared_with": [],
    "title_blocks": [],
    "dm_mpdm_users_with_file_access": [],
}
SHARE: Json = _nulls("thread_ts latest_reply access")

MESSAGE: Json = _nulls("room assistant_app_thread topic purpose inviter") | {
    "attachments": [],
    "upload": False,
    "display_as_bot": False,
    "is_starred": False,
    "hidden": False,
}
"""Of messages in answers and events."""
ROOT: Json = _nulls("parent_user_id username mrkdwn icons room") | {"unread_count": 0, "no_notifications": False}
NEW: Json = _nulls("edited")
"""Of a message event about a message that is new."""
MENTION: Json = _nulls("username app_id bot_id bot_profile")
MESSAGE_ACTED_ON: Json = _nulls("bot_link file comment item item_type root username client_msg_id") | {
    "files": [],
    "is_intro": False,
    "wibblr": False,
    "unfurl_links": False,
    "unfurl_media": False,
    "is_thread_broadcast": False,
    "no_notifications": False,
}
"""Of the message inside an interaction, beside `MESSAGE`."""

INTERACTION: Json = _nulls("bot_access_token function_data interactivity")
TEAM: Json = _nulls("enterprise_id enterprise_name")
CONTAINER: Json = _nulls("attachment_id text app_unfurl_url") | {"is_app_unfurl": False}

VIEW: Json = _nulls("entity_url external_ref app_unfurl_url message_ts thread_ts channel")
"""Of views in the answers of `views.*`."""

CHANNEL: Json = _nulls("enterprise_id") | {
    "is_read_only": False,
    "is_thread_only": False,
    "is_non_threadable": False,
    "is_moved": 0,
    "is_global_shared": False,
    "is_org_default": False,
    "is_org_mandatory": False,
    "is_starred": False,
    "is_open": True,
    "priority": 0,
}
CHANNEL_PROPERTIES: Json = _nulls("canvas meeting_notes posting_restricted_to threads_restricted_to use_case") | {
    "huddles_restricted": False,
    "channel_workflows": [],
}
USER: Json = _nulls("enterprise_user enterprise_id enterprise_name two_factor_type") | {"has_files": False}
PROFILE: Json = {"bot_id": "", "api_app_id": ""}
WORKSPACE: Json = _nulls("enterprise_id enterprise_name enterprise_domain sso_provider pay_prod_cur")

REFUSAL: Json = _nulls("needed provided warning")
"""Of every answer that is a refusal."""
REFUSALS: dict[str, Json] = {
    "chat.postMessage": _nulls("deprecated_argument errors"),
    "conversations.list": _nulls("arg callstack"),
    "users.conversations": _nulls("arg"),
}


def fill(made: Json, *tables: Json) -> Json:
    """`made`, with what the tables have and it has not."""
    more = {k: copy.copy(v) for table in tables for k, v in table.items() if k not in made}
    return made | more
