"""The manifests fit KubeRay 1.7 and say what raypipe understands."""

import importlib.metadata
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import redis
import yaml

import raypipe
from raypipe.settings import VARIABLES
from raypipe.story.read import parse_source
from raypipe_cluster.cli.main import cli

RAY_MANIFESTS = ("raycluster.yaml", "job/rayjob.yaml")
SHARED_MEMORY = "/dev/shm"  # noqa: S108 (a mount, not a file)
DRAIN_S = 30
"""Ray's RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S by default."""


def cluster_spec(manifest):
    spec = manifest["spec"]
    return spec["rayClusterSpec"] if manifest["kind"] == "RayJob" else spec


def pods(manifest):
    """Return every pod template's spec, by name of its group."""
    spec = cluster_spec(manifest)
    found = {"head": spec["headGroupSpec"]["template"]["spec"]}
    found |= {g["groupName"]: g["template"]["spec"] for g in spec["workerGroupSpecs"]}
    if manifest["kind"] == "RayJob":
        found["submitter"] = manifest["spec"]["submitterPodTemplate"]["spec"]
    return found


@pytest.mark.parametrize("name", RAY_MANIFESTS)
def test_fits_the_schema(read_manifest, check_schema, name):
    assert check_schema(read_manifest(name)) == []


def break_type(spec):
    spec["workerGroupSpecs"][0]["minReplicas"] = "one"


def break_enum(spec):
    spec["authOptions"]["mode"] = "password"


def break_required(spec):
    del spec["workerGroupSpecs"][0]["maxReplicas"]


def break_spelling(spec):
    spec["workerGroupSpecs"][0]["idleTimeoutSecond"] = 5


def break_depth(spec):
    spec["headGroupSpec"]["template"]["spec"]["containers"][0]["resource"] = {}


def break_quantity(spec):
    container = spec["headGroupSpec"]["template"]["spec"]["containers"][0]
    container["resources"]["limits"]["memory"] = "8 gigabytes"


@pytest.mark.parametrize("name", RAY_MANIFESTS)
@pytest.mark.parametrize(
    "damage",
    [break_type, break_enum, break_required, break_spelling, break_depth, break_quantity],
)
def test_the_schema_check_sees_damage(read_manifest, check_schema, name, damage):
    manifest = read_manifest(name)
    damage(cluster_spec(manifest))
    assert len(check_schema(manifest)) == 1


def test_every_file_is_in_a_kustomization(room):
    listed = set()
    for file in room.rglob("kustomization.yaml"):
        content = yaml.safe_load(file.read_text())
        listed |= {file.parent / name for name in content["resources"]}
        assert content["namespace"] == "raypipe"
    manifests = {f for f in room.rglob("*.yaml") if f.name != "kustomization.yaml"}
    assert listed == manifests


@pytest.mark.parametrize("name", RAY_MANIFESTS)
def test_one_image_everywhere(read_manifest, room, name):
    images = {c["image"] for pod in pods(read_manifest(name)).values() for c in pod["containers"]}
    assert images == {f"raypipe:{raypipe.__version__}"}
    folder = (room / name).parent
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert [(i["name"], i["newTag"]) for i in kustomization["images"]] == [
        ("raypipe", raypipe.__version__)
    ]


@pytest.mark.parametrize("name", RAY_MANIFESTS)
def test_ray_is_the_images_and_one_that_raypipe_takes(read_manifest, room, name):
    version = cluster_spec(read_manifest(name))["rayVersion"]
    built = re.search(r"^ARG RAY_VERSION=(\S+)$", (room / "Dockerfile").read_text(), re.MULTILINE)
    assert version == built[1]
    wanted = next(r for r in importlib.metadata.requires("raypipe") if r.startswith("ray["))
    lowest = re.search(r">=(\d+)\.(\d+)", wanted)
    assert tuple(map(int, version.split(".")[:2])) >= (int(lowest[1]), int(lowest[2]))


@pytest.mark.parametrize("name", RAY_MANIFESTS)
def test_variables_are_settings(read_manifest, name):
    for pod in pods(read_manifest(name)).values():
        for container in pod["containers"]:
            names = {v["name"] for v in container.get("env", ())}
            assert names <= {*VARIABLES, "NVIDIA_DRIVER_CAPABILITIES"}


@pytest.mark.parametrize("name", RAY_MANIFESTS)
def test_no_container_has_more_rights_than_it_needs(read_manifest, name):
    manifest = read_manifest(name)
    containers = []
    for pod in pods(manifest).values():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        containers += pod["containers"]
    containers.append(cluster_spec(manifest)["autoscalerOptions"])
    for container in containers:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]) == {"requests", "limits"}


@pytest.mark.parametrize("name", RAY_MANIFESTS)
def test_ray_pods_have_time_to_drain_and_room_for_objects(read_manifest, name):
    for group, pod in pods(read_manifest(name)).items():
        if group == "submitter":
            continue
        assert pod["terminationGracePeriodSeconds"] > DRAIN_S
        (ray, *_) = pod["containers"]
        assert {"name": "shared-mem", "mountPath": SHARED_MEMORY} in ray["volumeMounts"]
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        assert {mount["name"] for mount in ray["volumeMounts"]} == set(volumes)
        shm = volumes["shared-mem"]["emptyDir"]
        assert shm["medium"] == "Memory"
        limit = ray["resources"]["limits"]["memory"]
        assert int(shm["sizeLimit"].removesuffix("Gi")) < int(limit.removesuffix("Gi"))


@pytest.mark.parametrize("name", RAY_MANIFESTS)
def test_gpus_start_from_none_and_can_encode(read_manifest, name):
    groups = {g["groupName"]: g for g in cluster_spec(read_manifest(name))["workerGroupSpecs"]}
    assert groups["gpu"]["minReplicas"] == groups["gpu"]["replicas"] == 0
    (container, *_) = groups["gpu"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    variables = {v["name"]: v["value"] for v in container["env"]}
    assert variables["NVIDIA_DRIVER_CAPABILITIES"] == "compute,video,utility"
    assert "nvidia.com/gpu" not in str(groups["render"])


def test_what_must_outlive_the_head_is_in_redis(read_manifest):
    redis, service = read_manifest("redis.yaml"), read_manifest("redis-service.yaml")
    spec = cluster_spec(read_manifest("raycluster.yaml"))
    (port,) = service["spec"]["ports"]
    address = f"{service['metadata']['name']}:{port['port']}"
    (container,) = redis["spec"]["template"]["spec"]["containers"]
    assert service["spec"]["selector"] == redis["spec"]["template"]["metadata"]["labels"]
    assert port["targetPort"] in {named["name"] for named in container["ports"]}
    kept = spec["gcsFaultToleranceOptions"]
    assert kept["redisAddress"] == address
    secret = kept["redisPassword"]["valueFrom"]["secretKeyRef"]
    for pod in pods(read_manifest("raycluster.yaml")).values():
        (ray, *_) = pod["containers"]
        variables = {v["name"]: v["value"] for v in ray["env"]}
        # Not the database of Ray, which a cluster that is taken down clears.
        assert variables["RAYPIPE_STORAGE_JOBS_URL"] == f"redis://{address}/1"
        file = Path(variables["RAYPIPE_STORAGE_JOBS_PASSWORD_FILE"])
        mounted = {mount["mountPath"]: mount["name"] for mount in ray["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        assert volumes[mounted[str(file.parent)]]["secret"] == {"secretName": secret["name"]}
        assert file.name == secret["key"]


def test_redis_keeps_what_it_has_accepted_and_has_few_rights(read_manifest):
    spec = read_manifest("redis.yaml")["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    (volume,) = spec["volumeClaimTemplates"]
    assert {"name": volume["metadata"]["name"], "mountPath": "/data"} in container["volumeMounts"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]) == {"requests", "limits"}


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_the_command_starts_a_redis_that_wants_the_password(read_manifest, tmp_path):
    (container,) = read_manifest("redis.yaml")["spec"]["template"]["spec"]["containers"]
    password = "correct-horse"  # noqa: S105 - of a server that lives for this test
    (tmp_path / "password").write_text(password)
    (script,) = container["args"]
    script = script.replace("/run/redis", str(tmp_path)).replace("--dir /data", f"--dir {tmp_path}")
    place = f"--port 0 --unixsocket {tmp_path}/s --appendonly yes"
    server = subprocess.Popen(
        [*container["command"], script.replace("--appendonly yes", place)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert any("ready to accept connections" in line for line in server.stdout)
        assert password not in Path(f"/proc/{server.pid}/cmdline").read_text()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(unix_socket_path=f"{tmp_path}/s").ping()
        client = redis.Redis(unix_socket_path=f"{tmp_path}/s", password=password)
        assert client.config_get("append*")["appendfsync"] == "always"
    finally:
        server.terminate()  # it is the shell's own process, so it is told itself
        assert server.wait(20) == 0
        server.stdout.close()


def test_the_job_renders_the_example(read_manifest, pytestconfig):
    stories = read_manifest("job/stories.yaml")
    example = pytestconfig.rootpath / "examples/lost_artifact.json"
    told = stories["data"]["lost_artifact.json"]
    assert parse_source(told.encode(), name="told") == parse_source(
        example.read_bytes(), name="told"
    )
    job = read_manifest("job/rayjob.yaml")
    program, command, *arguments = shlex.split(job["spec"]["entrypoint"])
    assert program == "raypipe"
    parsed = cli.commands[command].make_context(command, arguments).params
    assert parsed["address"] == "auto"
    head = pods(job)["head"]
    mount = next(m for m in head["containers"][0]["volumeMounts"] if m["name"] == "stories")
    folder, file = str(parsed["story"]).rsplit("/", 1)
    assert (mount["mountPath"], mount["readOnly"]) == (folder, True)
    assert file in stories["data"]
    assert {"name": "stories", "configMap": {"name": stories["metadata"]["name"]}} in head[
        "volumes"
    ]


def test_the_image_copies_what_it_installs(room, pytestconfig):
    text = (room / "Dockerfile").read_text()
    ignored = (pytestconfig.rootpath / ".dockerignore").read_text().split()
    copies = re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE)
    sources = {part for line in copies for part in line.split()}
    assert sources == {"pyproject.toml", "README.md", "LICENSE", "src", "actors", "cluster"}
    assert {f"!{name}" for name in sources} <= set(ignored)
    assert all((pytestconfig.rootpath / name).exists() for name in sources)
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE) == ["10001"]
