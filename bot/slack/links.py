"""Links to messages, made without asking Slack for each."""


def message(home: str, channel: str, ts: str, thread_ts: str = "") -> str:
    """`home` is the workspace's address as `auth.test` says it; without it there is no link, and "" is given."""
    if not home or not channel or not ts:
        return ""
    link = f"{home.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
    return f"{link}?thread_ts={thread_ts}&cid={channel}" if thread_ts and thread_ts != ts else link
