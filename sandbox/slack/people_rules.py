"""Who may act, and where: the checks that every call of the control API starts with."""

from sandbox.slack.errors import ControlError
from sandbox.slack.model import Channel, Person
from sandbox.slack.workspace import Workspace


def acting(w: Workspace, user: str) -> Person:
    """Deactivated people and bots cannot act."""
    person = w.people.get(user)
    if person is None:
        raise ControlError("user_not_found", f"There is nobody with the id {user}.", 404)
    if person.deleted:
        raise ControlError("user_deactivated", f"{person.name} is deactivated and cannot sign in.", 403)
    if person.bot:
        raise ControlError("user_is_bot", "The app acts by itself.", 403)
    return person


def place(w: Workspace, user: str, channel: str) -> Channel:
    """A channel that `user` sees."""
    found = w.channels.get(channel)
    if found is None or not w.sees(user, found):
        raise ControlError("channel_not_found", f"There is no channel {channel} for this person.", 404)
    return found


def writable(w: Workspace, user: str, channel: str) -> Channel:
    """A channel that `user` may write to."""
    c = place(w, user, channel)
    if user not in c.members:
        raise ControlError("not_in_channel", "Join the channel first.", 403)
    if c.archived:
        raise ControlError("is_archived", "The channel is archived.", 403)
    return c
