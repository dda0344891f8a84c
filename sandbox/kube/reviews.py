"""Questions that are answered and not stored: may I, may they, what may I, who am I."""

from typing import Any

from aiohttp import web

from sandbox.kube import identity, rbac, views
from sandbox.kube.call import Call
from sandbox.kube.identity import User
from sandbox.kube.kinds import Obj


async def answer(call: Call) -> web.Response:
    """The review with its status filled in."""
    body = await call.body()
    spec = body.get("spec") or {}
    if call.target.plural == "selfsubjectreviews":
        status: Obj = {"userInfo": call.user.info()}
    elif call.target.plural == "selfsubjectrulesreviews":
        status = _rules(call, spec.get("namespace") or "default")
    else:
        status = _access(call, _subject(call, spec), spec)
    return web.Response(body=views.encode(body | {"metadata": {}, "status": status}), status=201,
                        content_type="application/json")  # fmt: skip


def _subject(call: Call, spec: Obj) -> User:
    if call.target.plural == "selfsubjectaccessreviews":
        return call.user
    extra = spec.get("extra") or {}
    found = identity.user(spec.get("user", ""), spec.get("groups") or (), spec.get("uid", ""), extra)
    # A review asks about exactly the groups it names.
    return User(found.name, tuple(spec.get("groups") or ()), found.uid, found.extra)


def _access(call: Call, subject: User, spec: Obj) -> Obj:
    if path := spec.get("nonResourceAttributes"):
        wanted = rbac.Attributes(path.get("verb", ""), path=path.get("path", ""))
    else:
        asked = spec.get("resourceAttributes") or {}
        wanted = rbac.Attributes(
            asked.get("verb", ""),
            asked.get("group", ""),
            asked.get("resource", ""),
            asked.get("subresource", ""),
            asked.get("name", ""),
            asked.get("namespace") or call.target.namespace,
        )
    decision = call.cluster.authorizer.decide(subject, wanted)
    return {"allowed": decision.allowed} | ({"reason": decision.reason} if decision.reason else {})


def _rules(call: Call, namespace: str) -> Obj:
    resource: list[Any] = []
    other: list[Any] = []
    rules = [rule for rule, _ in call.cluster.authorizer.rules(call.user, namespace)]
    if identity.MASTERS in call.user.groups:
        rules = [
            {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
            {"verbs": ["*"], "nonResourceURLs": ["*"]},
        ]
    for rule in rules:
        if rule.get("nonResourceURLs"):
            other.append({"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]})
        else:
            fields = ("verbs", "apiGroups", "resources", "resourceNames")
            resource.append({field: rule[field] for field in fields if rule.get(field)})
    return {"resourceRules": resource, "nonResourceRules": other, "incomplete": False}
