"""The official asyncio client writes, asks what it may, and meets faults."""

import io
from typing import Any

import aiohttp
import msgspec
import pytest
from kubernetes.aio import client

from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store

from .conftest import job, until

pytestmark = pytest.mark.wire


def refused(error: pytest.ExceptionInfo[client.ApiException]) -> dict[str, Any]:
    status: dict[str, Any] = msgspec.json.decode(error.value.body)
    assert (status["kind"], status["code"]) == ("Status", error.value.status)
    return status


async def call(
    api: client.ApiClient, method: str, path: str, body: Any = None, *query: tuple[str, str], **headers: str
) -> Any:
    """A raw call with the client's own credentials; the decoded answer, or ApiException."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await api.call_api(
        path,
        method,
        query_params=list(query),
        header_params={"Accept": "application/json", "Content-Type": "application/json"} | named,
        body=body,
        auth_settings=["BearerToken"],
        _preload_content=False,
    )
    raw = await response.read()
    if response.status >= 400:
        error = client.ApiException(status=response.status)
        error.body = raw
        raise error
    return msgspec.json.decode(raw)


JOBS = "/apis/batch/v1/namespaces/aurora/jobs"


async def test_a_job_from_create_to_delete(api: client.ApiClient, store: Store) -> None:
    """Typed, as the client's users write it."""
    batch = client.BatchV1Api(api)
    made = await batch.create_namespaced_job("aurora", job())
    assert made.spec.selector.match_labels == {"batch.kubernetes.io/controller-uid": made.metadata.uid}
    made.spec.suspend = True
    changed = await batch.replace_namespaced_job("train", "aurora", made)
    assert (changed.spec.suspend, changed.metadata.generation) == (True, 2)
    made.spec.suspend = False
    with pytest.raises(client.ApiException) as conflict:
        await batch.replace_namespaced_job("train", "aurora", made)
    assert refused(conflict)["reason"] == "Conflict"
    status = await batch.delete_namespaced_job("train", "aurora", body=client.V1DeleteOptions())
    assert status.status == "Success"
    with pytest.raises(client.ApiException) as missing:
        await batch.read_namespaced_job("train", "aurora")
    assert refused(missing)["message"] == 'jobs.batch "train" not found'
    assert refused(missing)["details"] == {"name": "train", "group": "batch", "kind": "jobs"}


async def test_dry_run_shows_and_stores_nothing(api: client.ApiClient, store: Store) -> None:
    """For create, patch and delete; validation runs all the same."""
    batch = client.BatchV1Api(api)
    shown = await batch.create_namespaced_job("aurora", job(), dry_run="All")
    assert shown.spec.backoff_limit == 6
    assert store.list("jobs.batch") == []
    await batch.create_namespaced_job("aurora", job())
    before = store.get("jobs.batch", "train", "aurora")
    patched = await batch.patch_namespaced_job("train", "aurora", {"spec": {"suspend": True}}, dry_run="All")
    assert patched.spec.suspend is True
    await batch.delete_namespaced_job("train", "aurora", dry_run="All")
    assert store.get("jobs.batch", "train", "aurora") is before
    with pytest.raises(client.ApiException) as odd:
        await batch.create_namespaced_job("aurora", job("other"), dry_run="Some")
    assert refused(odd)["code"] == 422


async def test_preconditions(api: client.ApiClient, store: Store) -> None:
    """A patch with a resourceVersion, a delete with a uid: 409 when the object is another by now."""
    batch = client.BatchV1Api(api)
    made = await batch.create_namespaced_job("aurora", job())
    await batch.patch_namespaced_job("train", "aurora", {"spec": {"suspend": True}})
    old = {"metadata": {"resourceVersion": made.metadata.resource_version}, "spec": {"suspend": False}}
    with pytest.raises(client.ApiException) as conflict:
        await batch.patch_namespaced_job("train", "aurora", old)
    assert "the object has been modified" in refused(conflict)["message"]
    options = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="another"))
    with pytest.raises(client.ApiException) as conflict:
        await batch.delete_namespaced_job("train", "aurora", body=options)
    assert refused(conflict)["reason"] == "Conflict"


async def test_custom_kinds_take_no_strategic_patch(api: client.ApiClient, store: Store) -> None:
    """415; a merge patch works, an update needs a version, and both served versions show one object."""
    workload = {"metadata": {"name": "w", "namespace": "aurora"}, "spec": {"podSets": [{"name": "a", "count": 1}]}}
    path = "/apis/kueue.x-k8s.io/v1beta2/namespaces/aurora/workloads"
    await call(api, "POST", path, workload)
    patch = {"spec": {"active": False}}
    with pytest.raises(client.ApiException) as odd:
        await call(api, "PATCH", f"{path}/w", patch, Content_Type="application/strategic-merge-patch+json")
    assert refused(odd)["reason"] == "UnsupportedMediaType"
    done = await call(api, "PATCH", f"{path}/w", patch, Content_Type="application/merge-patch+json")
    assert done["spec"]["active"] is False
    with pytest.raises(client.ApiException) as odd:
        await call(api, "PUT", f"{path}/w", workload)
    assert "must be specified for an update" in refused(odd)["message"]
    old = await call(api, "GET", path.replace("v1beta2", "v1beta1") + "/w")
    assert (old["apiVersion"], old["metadata"]["uid"]) == ("kueue.x-k8s.io/v1beta1", done["metadata"]["uid"])


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (job() | {"kind": "Pod"}, 400, "cannot be handled as a Job"),
        (job() | {"apiVersion": "batch/v2"}, 400, "does not match the expected API version"),
        (job() | {"metadata": {"name": "a", "namespace": "default"}}, 400, "does not match the namespace sent"),
        (job() | {"metadata": {"name": "A_b"}}, 422, "RFC 1123 subdomain"),
        (job() | {"metadata": {}}, 422, "name or generateName is required"),
        (job(suspend="yes"), 400, "cannot unmarshal string into Go struct field JobSpec.spec.suspend of type bool"),
        ([], 400, "not an object"),
    ],
)
async def test_bodies_that_cannot_be(api: client.ApiClient, body: Any, code: int, text: str) -> None:
    """Each with its code, as a Status."""
    with pytest.raises(client.ApiException) as odd:
        await call(api, "POST", JOBS, body)
    assert odd.value.status == code
    assert text in refused(odd)["message"]


async def test_collections_are_deleted_by_selector(api: client.ApiClient, store: Store) -> None:
    """Only what the selector matches."""
    store.mutate("pods", "train-1", "aurora", lambda draft: draft["metadata"].update(labels={"run": "other"}))
    await client.CoreV1Api(api).delete_collection_namespaced_pod("aurora", label_selector="run=train")
    assert [item["metadata"]["name"] for item in store.list("pods")] == ["train-1"]


async def test_scale_and_eviction(api: client.ApiClient, store: Store) -> None:
    """Subresources with kinds of their own."""
    spec = {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "m", "image": "i"}]}},
    }
    apps = client.AppsV1Api(api)
    await apps.create_namespaced_deployment("aurora", {"metadata": {"name": "web"}, "spec": spec})
    scaled = await apps.patch_namespaced_deployment_scale("web", "aurora", {"spec": {"replicas": 7}})
    assert (scaled.spec.replicas, scaled.status.selector) == (7, "a=b")
    assert store.get("deployments.apps", "web", "aurora")["metadata"]["generation"] == 2
    eviction = client.V1Eviction(metadata=client.V1ObjectMeta(name="train-0", namespace="aurora"))
    await client.CoreV1Api(api).create_namespaced_pod_eviction("train-0", "aurora", eviction)
    assert store.find("pods", "train-0", "aurora") is None


async def test_tokens(api: client.ApiClient, kube: KubeSandbox) -> None:
    """No token and a wrong token are 401; a service account's token is that account."""
    ssl = False
    async with aiohttp.ClientSession() as plain:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eA=="}):
            async with plain.get(f"{kube.url}/api/v1/nodes", headers=headers, ssl=ssl) as answer:
                assert (answer.status, (await answer.json())["reason"]) == (401, "Unauthorized")
        made = await call(api, "POST", "/api/v1/namespaces/aurora/serviceaccounts/default/token", {"spec": {}})
        headers = {"Authorization": f"Bearer {made['status']['token']}"}
        async with plain.get(f"{kube.url}/api/v1/nodes", headers=headers, ssl=ssl) as answer:
            assert 'User "system:serviceaccount:aurora:default"' in (await answer.json())["message"]


async def test_impersonation_acts_with_the_others_rights(
    api: client.ApiClient, mira: client.ApiClient, kube: KubeSandbox, store: Store
) -> None:
    """Who may impersonate is asked first, what the other may do next; both are in the record."""
    with pytest.raises(client.ApiException) as odd:
        await call(api, "GET", "/api/v1/nodes", Impersonate_User="mira")
    assert refused(odd)["message"] == (
        'nodes is forbidden: User "mira" cannot list resource "nodes" in API group "" at the cluster scope'
    )
    seen = kube.requests[-1]
    assert (seen.user, seen.impersonated, seen.status) == ("admin", "mira", 403)
    rule = {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": ["admin"]}
    group = "rbac.authorization.k8s.io"
    store.create(f"clusterroles.{group}", {"metadata": {"name": "as-admin"}, "rules": [rule]})
    store.create(
        f"clusterrolebindings.{group}",
        {
            "metadata": {"name": "mira"},
            "subjects": [{"kind": "User", "name": "mira"}],
            "roleRef": {"kind": "ClusterRole", "name": "as-admin"},
        },
    )
    who = await call(mira, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, Impersonate_User="admin")
    assert who["status"]["userInfo"]["username"] == "admin"
    with pytest.raises(client.ApiException) as odd:
        await call(mira, "GET", "/api/v1/nodes", Impersonate_User="admin", Impersonate_Group="system:masters")
    assert 'groups "system:masters" is forbidden: User "mira" cannot impersonate' in refused(odd)["message"]


async def test_reviews(api: client.ApiClient) -> None:
    """SubjectAccessReview asks for another; the reason names the binding."""
    body = client.V1SubjectAccessReview(
        spec=client.V1SubjectAccessReviewSpec(
            user="x",
            groups=["system:authenticated"],
            resource_attributes=client.V1ResourceAttributes(
                verb="create", group="authorization.k8s.io", resource="selfsubjectaccessreviews"
            ),
        )
    )
    answer = await client.AuthorizationV1Api(api).create_subject_access_review(body)
    assert answer.status.allowed is True
    assert 'ClusterRoleBinding "system:basic-user"' in answer.status.reason


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("error_500", 500, "InternalError"),
        ("unauthorized", 401, "Unauthorized"),
        ("gone_410", 410, "Expired"),
        ("too_many_requests", 429, "TooManyRequests"),
    ],
)
async def test_faults_on_demand(api: client.ApiClient, kube: KubeSandbox, kind: str, code: int, reason: str) -> None:
    """As often as asked for, on the path asked for, and then no more; from outside the process too."""
    async with (
        aiohttp.ClientSession() as plain,
        plain.post(
            f"{kube.url}/control/faults", json={"kind": kind, "path_prefix": "/api/v1/nodes", "times": 2}, ssl=False
        ) as answer,
    ):
        assert len((await answer.json())["faults"]) == 1
    await call(api, "GET", "/api/v1/pods")
    for _ in range(2):
        with pytest.raises(client.ApiException) as odd:
            await call(api, "GET", "/api/v1/nodes")
        assert (odd.value.status, refused(odd)["reason"]) == (code, reason)
    await call(api, "GET", "/api/v1/nodes")
    with pytest.raises(ValueError, match="no such fault"):
        kube.fault("nonsense")


async def test_a_hanging_server(api: client.ApiClient, kube: KubeSandbox) -> None:
    """The request is taken and never answered; the client's own time-out has to end it."""
    kube.fault("hang", "/api/v1/nodes")
    with pytest.raises(TimeoutError):
        await client.CoreV1Api(api).list_node(_request_timeout=0.2)
    await until(lambda: kube.requests[-1].path == "/api/v1/nodes")


async def test_a_body_too_large(kube: KubeSandbox) -> None:
    """413 beyond three MiB."""
    headers = {"Authorization": f"Bearer {kube.token('admin')}", "Content-Type": "application/json"}
    body = io.BytesIO(b'{"data": {"a": "%s"}}' % (b"x" * 4 * 1024 * 1024))
    url = f"{kube.url}/api/v1/namespaces/aurora/configmaps"
    async with aiohttp.ClientSession() as plain, plain.post(url, data=body, headers=headers, ssl=False) as answer:
        assert (answer.status, (await answer.json())["reason"]) == (413, "RequestEntityTooLarge")


async def test_discovery_in_both_forms(api: client.ApiClient) -> None:
    """Aggregated for who asks for it, the plain lists for others, 406 for what there is not."""
    plain = await call(api, "GET", "/apis")
    assert plain["kind"] == "APIGroupList"
    whole = await call(
        api, "GET", "/apis", Accept="application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    )
    assert whole["kind"] == "APIGroupDiscoveryList"
    kueue = next(item for item in whole["items"] if item["metadata"]["name"] == "kueue.x-k8s.io")
    assert [item["version"] for item in kueue["versions"]] == ["v1beta2", "v1beta1"]
    with pytest.raises(client.ApiException) as odd:
        await call(api, "GET", "/api/v1/nodes", Accept="application/vnd.kubernetes.protobuf")
    assert odd.value.status == 406
    for missing in ("/apis/nothing.example/v1", "/apis/batch/v9/jobs", "/api/v1/nodes/n1/nonsense", "/elsewhere"):
        with pytest.raises(client.ApiException) as odd:
            await call(api, "GET", missing)
        assert refused(odd)["code"] == 404


async def test_a_server_that_goes_and_comes_back(api: client.ApiClient, kube: KubeSandbox) -> None:
    """Refused connections meanwhile; the same port, users and objects afterwards."""
    url = kube.url
    await kube.stop()
    with pytest.raises(aiohttp.ClientError):
        await client.CoreV1Api(api).list_node()
    await kube.start()
    assert kube.url == url
    assert len((await client.CoreV1Api(api).list_node()).items) == 2


async def test_granting_needs_the_right_itself(mira: client.ApiClient, store: Store) -> None:
    """Who may write bindings still cannot give what they lack."""
    group = "rbac.authorization.k8s.io"
    store.create(
        f"rolebindings.{group}",
        {
            "metadata": {"name": "mira", "namespace": "aurora"},
            "subjects": [{"kind": "User", "name": "mira"}],
            "roleRef": {"kind": "ClusterRole", "name": "admin"},
        },
    )
    path = f"/apis/{group}/v1/namespaces/aurora/rolebindings"
    for role, allowed in (("view", True), ("cluster-admin", False)):
        binding = {
            "metadata": {"name": f"opal-{role}"},
            "subjects": [{"kind": "User", "name": "opal", "apiGroup": group}],
            "roleRef": {"kind": "ClusterRole", "name": role, "apiGroup": group},
        }
        if allowed:
            await call(mira, "POST", path, binding)
            continue
        with pytest.raises(client.ApiException) as odd:
            await call(mira, "POST", path, binding)
        assert "is attempting to grant RBAC permissions not currently held" in refused(odd)["message"]


async def test_nonsense_is_answered_with_a_status(api: client.ApiClient) -> None:
    """Whatever a client sends, the answer is a Status and never a page."""
    workloads = "/apis/kueue.x-k8s.io/v1beta2/namespaces/aurora/workloads"
    for path in (JOBS, workloads, "/api/v1/nodes", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"):
        for body in ({"spec": []}, {"metadata": []}, {"spec": {"podSets": 3}}, {"metadata": {"name": {}}}, "text", 7):
            with pytest.raises(client.ApiException) as odd:
                await call(api, "POST", path, body)
            assert refused(odd)["code"] in (400, 422)
