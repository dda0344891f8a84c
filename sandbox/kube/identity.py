"""Who asks: bearer tokens, and whom a token may pretend to be."""

import dataclasses
import secrets
import urllib.parse
from collections.abc import Iterable, Mapping

from sandbox.kube import errors

AUTHENTICATED = "system:authenticated"
MASTERS = "system:masters"
SERVICE_ACCOUNT = "system:serviceaccount:"


@dataclasses.dataclass(frozen=True, slots=True)
class User:
    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def info(self) -> dict[str, object]:
        """As `UserInfo` in a SelfSubjectReview."""
        info: dict[str, object] = {"username": self.name, "groups": list(self.groups)}
        if self.uid:
            info["uid"] = self.uid
        if self.extra:
            info["extra"] = {key: list(values) for key, values in self.extra}
        return info


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def user(
    name: str, groups: Iterable[str] = (), uid: str = "", extra: Mapping[str, Iterable[str]] | None = None
) -> User:
    """With the groups every authenticated user, and every service account, belongs to."""
    all_groups = list(dict.fromkeys(groups))
    if name.startswith(SERVICE_ACCOUNT):
        namespace = name.removeprefix(SERVICE_ACCOUNT).partition(":")[0]
        all_groups += ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
    if AUTHENTICATED not in all_groups and name != ANONYMOUS.name:
        all_groups.append(AUTHENTICATED)
    pairs = tuple((key, tuple(values)) for key, values in sorted((extra or {}).items()))
    return User(name, tuple(dict.fromkeys(all_groups)), uid, pairs)


class Tokens:
    """Token → user. One user may have several tokens; a revoked one is 401 at once."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def add(self, name: str, groups: Iterable[str] = (), token: str | None = None) -> str:
        token = token or f"sandbox-{secrets.token_urlsafe(24)}"
        self._users[token] = user(name, groups)
        return token

    def of(self, name: str) -> str | None:
        return next((token for token, who in self._users.items() if who.name == name), None)

    def revoke(self, name: str) -> None:
        self._users = {token: who for token, who in self._users.items() if who.name != name}

    def authenticate(self, header: str | None) -> User | None:
        """None for anonymous. Raises Unauthorized for a token nobody knows."""
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise errors.Unauthorized
        found = self._users.get(token.strip())
        if found is None:
            raise errors.Unauthorized
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class Impersonation:
    """The `Impersonate-*` headers of a request."""

    name: str
    groups: tuple[str, ...]
    uid: str
    extra: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def of(cls, headers: Iterable[tuple[str, str]]) -> "Impersonation | None":
        """None when there are none. Raises BadRequest for groups or extras without a user."""
        name, uid, groups = "", "", []
        extra: dict[str, list[str]] = {}
        for key, value in headers:
            lower = key.lower()
            if lower == "impersonate-user":
                name = value
            elif lower == "impersonate-group":
                groups.append(value)
            elif lower == "impersonate-uid":
                uid = value
            elif lower.startswith("impersonate-extra-"):
                field = urllib.parse.unquote(lower.removeprefix("impersonate-extra-"))
                extra.setdefault(field, []).append(value)
        if not name:
            if groups or uid or extra:
                raise errors.InternalError(
                    f"Internal error occurred: requested {groups or uid or extra} without impersonating a user"
                )
            return None
        pairs = tuple((field, tuple(values)) for field, values in sorted(extra.items()))
        return cls(name, tuple(groups), uid, pairs)

    def user(self) -> User:
        return user(self.name, self.groups, self.uid, dict(self.extra))
