"""Schemas of the kinds that are served from the start but are not in the client's models: Kueue's, and definitions.

Only the parts that somebody acts on are described; the rest is kept as it comes.
"""

from typing import Any

Schema = dict[str, Any]


def _object(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties} | ({"required": list(required)} if required else {})


def _list(items: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": items} | ({"minItems": least} if least else {})


STRING: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
ANY_OBJECT: Schema = {"type": "object"}
_STOP: Schema = {"type": "string", "enum": ["None", "Hold", "HoldAndDrain"]}
_CONDITIONS = _list(_object(("type", "status"), type=STRING, status=STRING, reason=STRING, message=STRING))

WORKLOAD = _object(
    spec=_object(
        ("podSets",),
        active=BOOLEAN,
        queueName=STRING,
        priority={"type": "integer"},
        podSets=_list(_object(("name", "count"), name=STRING, count=COUNT, template=ANY_OBJECT), 1),
    ),
    status=_object(conditions=_CONDITIONS, admission=ANY_OBJECT),
)
LOCAL_QUEUE = _object(spec=_object(clusterQueue=STRING, stopPolicy=_STOP), status=_object(conditions=_CONDITIONS))
CLUSTER_QUEUE = _object(
    spec=_object(
        stopPolicy=_STOP,
        cohortName=STRING,
        queueingStrategy={"type": "string", "enum": ["StrictFIFO", "BestEffortFIFO"]},
        resourceGroups=_list(_object(("coveredResources", "flavors"), flavors=_list(_object(("name",), name=STRING)))),
    ),
    status=_object(conditions=_CONDITIONS),
)
RESOURCE_FLAVOR = _object(spec=_object(nodeLabels=ANY_OBJECT, nodeTaints=_list(ANY_OBJECT)))
DEFINITION = _object(
    ("spec",),
    spec=_object(
        ("group", "names", "scope", "versions"),
        group=STRING,
        scope={"type": "string", "enum": ["Namespaced", "Cluster"]},
        names=_object(
            ("plural", "kind"), plural=STRING, kind=STRING, singular=STRING, shortNames=_list(STRING),
            categories=_list(STRING),
        ),
        versions=_list(
            _object(
                ("name", "served", "storage"),
                name=STRING,
                served=BOOLEAN,
                storage=BOOLEAN,
                schema=_object(openAPIV3Schema=ANY_OBJECT),
                subresources=_object(status=ANY_OBJECT, scale=ANY_OBJECT),
                additionalPrinterColumns=_list(
                    _object(("name", "type", "jsonPath"), name=STRING, type=STRING, jsonPath=STRING)
                ),
            ),
            1,
        ),
    ),
)  # fmt: skip
