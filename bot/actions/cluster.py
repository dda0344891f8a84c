"""The calls to the cluster that an action makes: look, try without effect, do. All as the person who asked."""

from msgspec import Struct

from bot.actions import adapters
from bot.actions.model import Plan, Target, Verb
from bot.directory.access import KubernetesIdentity
from bot.errors import Conflict
from bot.fleet import decode, parts
from bot.fleet.connection import Connection
from bot.fleet.errors import NotFound


async def look(conn: Connection, target: Target) -> tuple[str, str, bool]:
    """(uid, version, whether it is suspended) as the server has it now. Raises `Conflict` when it is gone."""
    try:
        data = await conn.get(adapters.path(target))
    except NotFound as error:
        raise _gone(f"{target.namespace}/{target.name}") from error
    meta = decode.item(_Any, data).metadata
    return meta.uid, meta.resource_version, adapters.ADAPTERS[target.kind].suspended(data)


async def check(conn: Connection, plan: Plan) -> None:
    """Raises `Conflict` when the object is not what was shown: replaced, gone, or changed since."""
    uid, version, _ = await look(conn, plan.target)
    if uid != plan.target.uid:
        raise Conflict(
            f"{plan.job} is another job of the same name by now.", hint="Nothing was done. Ask for it again."
        )
    if version != plan.target.resource_version:
        raise Conflict(
            f"{plan.job} has changed since the plan was shown.", hint="Nothing was done. Ask for it again, and look."
        )


async def apply(conn: Connection, plan: Plan, identity: KubernetesIdentity, *, dry_run: bool) -> None:
    """Sets the field, if uid and version are still those of the plan: the server checks that too."""
    adapter = adapters.ADAPTERS[plan.target.kind]
    body = {
        "metadata": {"uid": plan.target.uid, "resourceVersion": plan.target.resource_version},
        "spec": adapter.patch(suspend=plan.verb is Verb.SUSPEND),
    }
    try:
        await conn.patch(adapters.path(plan.target), body, identity=identity, dry_run=dry_run)
    except NotFound as error:
        raise _gone(plan.job) from error


def _gone(name: str) -> Conflict:
    return Conflict(f"{name} is not there any more.", hint="Nothing was done.")


class _Any(Struct, gc=False):
    metadata: parts.Meta
