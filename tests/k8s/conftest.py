"""Manifests and the rules that they are held against."""

import copy
import functools
from pathlib import Path

import jsonschema
import pytest
import yaml

SCHEMAS = Path(__file__).parent / "schemas"
FILES = {"RayCluster": "ray.io_rayclusters.yaml", "RayJob": "ray.io_rayjobs.yaml"}


@functools.cache
def schema_of(kind):
    crd = yaml.load((SCHEMAS / FILES[kind]).read_text(), Loader=yaml.CSafeLoader)
    version = next(v for v in crd["spec"]["versions"] if v["name"] == "v1")
    assert version["served"]
    return version["schema"]["openAPIV3Schema"]


def unknown_fields(value, schema, path=""):
    """List the fields that an API server would drop: it prunes what a structural schema lacks."""
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return []
    if isinstance(value, list):
        items = schema.get("items", {})
        return [f for i, v in enumerate(value) for f in unknown_fields(v, items, f"{path}[{i}]")]
    if not isinstance(value, dict):
        return []
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    found = []
    for name, content in value.items():
        here = f"{path}.{name}"
        if name in known:
            found += unknown_fields(content, known[name], here)
        elif isinstance(others, dict):
            found += unknown_fields(content, others, here)
        elif not others:
            found.append(here)
    return found


def objections_of_the_schema(manifest):
    schema = schema_of(manifest["kind"])
    checked = {name: part for name, part in manifest.items() if name != "metadata"}
    validator = jsonschema.Draft4Validator(schema)
    wrong = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(checked)]
    return wrong + [f"unknown field {field}" for field in unknown_fields(checked, schema)]


@pytest.fixture(scope="session")
def room(pytestconfig):
    return pytestconfig.rootpath / "k8s"


@pytest.fixture(scope="session")
def read_manifest(room):
    """Return a function that reads one manifest, a fresh copy each time."""

    @functools.cache
    def read(name):
        return yaml.safe_load((room / name).read_text())

    return lambda name: copy.deepcopy(read(name))


@pytest.fixture(scope="session")
def check_schema():
    return objections_of_the_schema
