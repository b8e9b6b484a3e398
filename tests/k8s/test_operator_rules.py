"""What the KubeRay 1.7 operator refuses at run time, which its schemas do not express.

The rules are those of the operator's own validation (``utils/validation.go`` at v1.7.0), as far
as these manifests use the fields; each is broken once, so that the check itself is checked.
"""

import re

import pytest

MAX_CLUSTER_NAME, MAX_JOB_NAME = 53, 47
DNS_1035 = re.compile(r"^[a-z]([-a-z0-9]*[a-z0-9])?$")
MIN_RAY_FOR_TOKENS = (2, 52, 0)
RESOURCE_PARAMS = {"num-cpus", "num-gpus", "memory", "resources"}


def version_of(spec):
    parts = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", spec.get("rayVersion", ""))
    return tuple(map(int, parts.groups())) if parts else (0, 0, 0)


def refuse_group(group, *, autoscaled):
    """Yield the operator's objections to the head or a group of workers."""
    params, pod = group.get("rayStartParams", {}), group["template"]["spec"]
    if not pod.get("containers"):
        yield "no container"
    if RESOURCE_PARAMS & set(params) and group.get("resources"):
        yield "resources stand twice"
    if "labels" in params:
        yield "labels among the start parameters"
    if not all(isinstance(value, str) for value in params.values()):
        yield "a start parameter is no string"
    if autoscaled and group.get("suspend"):
        yield "suspended with the autoscaler"
    if autoscaled and pod.get("restartPolicy", "Never") != "Never":
        yield "restart policy with autoscaler v2"


def refuse_cluster(spec):
    """Yield the operator's objections to a RayClusterSpec."""
    workers = spec.get("workerGroupSpecs", [])
    for group in (spec["headGroupSpec"], *workers):
        yield from refuse_group(group, autoscaled=spec.get("enableInTreeAutoscaling"))
    for group in workers:
        if not 0 <= group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]:
            yield f"{group['groupName']}: replicas out of order"
    head = spec["headGroupSpec"]["template"]["spec"]["containers"][0]
    env = {variable["name"] for variable in head.get("env", [])}
    if env & {"RAY_REDIS_ADDRESS", "REDIS_USERNAME", "REDIS_PASSWORD"}:
        yield "head: Redis by variable"
    if "RAY_enable_autoscaler_v2" in env and spec.get("autoscalerOptions", {}).get("version"):
        yield "head: the autoscaler's version stands twice"
    if spec.get("gcsFaultToleranceOptions", {}).get("backend") == "rocksdb":
        yield "RocksDB needs the feature gate GCSFaultToleranceEmbeddedStorage"
    token = spec.get("authOptions", {}).get("mode") == "token"
    if token and version_of(spec) < MIN_RAY_FOR_TOKENS:
        yield "tokens need Ray 2.52.0"


def refuse_job(spec):
    """Yield the operator's objections to a RayJobSpec."""
    selector = spec.get("clusterSelector")
    if bool(selector) == ("rayClusterSpec" in spec):
        yield "one of a cluster and a selector"
    if selector and spec.get("backoffLimit"):
        yield "a selected cluster cannot be made again"
    if spec.get("suspend") and not spec.get("shutdownAfterJobFinishes"):
        yield "suspended without shutdown"
    if spec.get("ttlSecondsAfterFinished", 0) < 0:
        yield "a negative time to live"
    if spec.get("ttlSecondsAfterFinished") and not spec.get("shutdownAfterJobFinishes"):
        yield "a time to live without shutdown"
    if spec.get("activeDeadlineSeconds", 1) <= 0:
        yield "a deadline that is over"
    if spec.get("backoffLimit", 0) < 0:
        yield "a negative number of tries"
    mode = spec.get("submissionMode", "K8sJobMode")
    if mode == "SidecarMode" and ("submitterPodTemplate" in spec or "submitterConfig" in spec):
        yield "a sidecar has no pod of its own"
    if "rayClusterSpec" in spec:
        yield from refuse_cluster(spec["rayClusterSpec"])


def refuse(manifest):
    """List the operator's objections to a manifest."""
    name = manifest["metadata"]["name"]
    job = manifest["kind"] == "RayJob"
    found = []
    if len(name) > (MAX_JOB_NAME if job else MAX_CLUSTER_NAME):
        found.append("the name is too long")
    if not DNS_1035.match(name):
        found.append("the name is no DNS label")
    return found + list((refuse_job if job else refuse_cluster)(manifest["spec"]))


@pytest.mark.parametrize("name", ["raycluster.yaml", "job/rayjob.yaml"])
def test_the_operator_takes_it(read_manifest, name):
    assert refuse(read_manifest(name)) == []


def change(path, value):
    def apply(manifest):
        *parents, last = path
        node = manifest
        for key in parents:
            node = node[key]
        node[last] = value

    return apply


HEAD = ("spec", "headGroupSpec")
CONTAINER = (*HEAD, "template", "spec", "containers", 0)
RENDER = ("spec", "workerGroupSpecs", 0)


@pytest.mark.parametrize(
    ("damage", "objection"),
    [
        (change(("metadata", "name"), "Raypipe"), "DNS label"),
        (change(("metadata", "name"), "a" * 54), "too long"),
        (change(("spec", "rayVersion"), "2.51.2"), "tokens"),
        (change((*HEAD, "template", "spec", "restartPolicy"), "Always"), "restart policy"),
        (change((*RENDER, "template", "spec", "restartPolicy"), "OnFailure"), "restart policy"),
        (change((*HEAD, "resources"), {"CPU": "1"}), "twice"),
        (change((*HEAD, "rayStartParams", "num-cpus"), 0), "no string"),
        (change((*RENDER, "rayStartParams", "labels"), "a=b"), "labels"),
        (change((*RENDER, "suspend"), True), "suspended"),  # noqa: FBT003
        (change((*RENDER, "template", "spec", "containers"), []), "no container"),
        (change((*CONTAINER, "env"), [{"name": "RAY_REDIS_ADDRESS", "value": "r:6379"}]), "Redis"),
        (change((*CONTAINER, "env"), [{"name": "RAY_enable_autoscaler_v2"}]), "stands twice"),
        (change((*RENDER, "maxReplicas"), 0), "replicas out of order"),
        (change(("spec", "gcsFaultToleranceOptions"), {"backend": "rocksdb"}), "feature gate"),
    ],
)
def test_the_operator_refuses_a_cluster(read_manifest, damage, objection):
    manifest = read_manifest("raycluster.yaml")
    damage(manifest)
    (said,) = refuse(manifest)
    assert objection in said


@pytest.mark.parametrize(
    ("damage", "objection"),
    [
        (change(("spec", "clusterSelector"), {"ray.io/cluster": "raypipe"}), "selector"),
        (change(("spec", "ttlSecondsAfterFinished"), -1), "time to live"),
        (change(("spec", "activeDeadlineSeconds"), 0), "deadline"),
        (change(("spec", "backoffLimit"), -1), "negative number"),
        (change(("spec", "submissionMode"), "SidecarMode"), "sidecar"),
        (change(("spec", "rayClusterSpec", "rayVersion"), ""), "tokens"),
    ],
)
def test_the_operator_refuses_a_job(read_manifest, damage, objection):
    manifest = read_manifest("job/rayjob.yaml")
    damage(manifest)
    assert objection in refuse(manifest)[0]
