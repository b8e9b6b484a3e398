"""The cluster launcher's file is one that Ray takes, and asks for a token everywhere."""

import copy

import pytest
import yaml
from jsonschema import ValidationError
from ray.autoscaler._private.util import prepare_config, validate_config


@pytest.fixture
def config(pytestconfig):
    return yaml.safe_load((pytestconfig.rootpath / "cluster/raypipe.yaml").read_text())


def prepared(config):
    ready = prepare_config(copy.deepcopy(config))
    ready.setdefault("cluster_synced_files", [])  # what `ray up` adds before it validates
    return ready


def test_ray_takes_it(config):
    ready = prepared(config)
    validate_config(ready)
    (nodes,) = ready["available_node_types"].values()
    assert nodes["max_workers"] == len(config["provider"]["worker_ips"])


def test_ray_refuses_a_field_that_it_does_not_know(config):
    config["provider"]["worker_ipz"] = []
    config["setup_command"] = []
    with pytest.raises(ValidationError):
        validate_config(prepared(config))


def test_each_node_starts_ray_with_a_token(config):
    starts = [
        command
        for name in ("head_start_ray_commands", "worker_start_ray_commands")
        for command in config[name]
        if "ray start" in command
    ]
    assert len(starts) == 2
    assert all("RAY_AUTH_MODE=token" in command for command in starts)
    assert "~/.ray/auth_token" in config["file_mounts"]
    assert "--dashboard-host" not in " ".join(starts)


def test_nodes_install_an_extra_that_exists(config, pytestconfig):
    import tomllib

    project = tomllib.loads((pytestconfig.rootpath / "pyproject.toml").read_text())["project"]
    install = next(command for command in config["setup_commands"] if "pip install" in command)
    extra = install.split("'.[")[1].split("]'")[0]
    assert set(extra.split(",")) <= set(project["optional-dependencies"])
