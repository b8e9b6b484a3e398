"""YAML as people mean it in a settings file.

Two habits of YAML 1.1, which PyYAML speaks, would turn a settings file against its writer:
``9:16`` is the number 556 (base 60), and a key that stands twice silently keeps its last value.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml


class SettingsLoader(yaml.SafeLoader):
    """A `yaml.SafeLoader` with the numbers of YAML 1.2.2 (core schema) and without duplicates."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 (PyYAML's signature)
        """Build a mapping, refusing a key that stands twice."""
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value!r} stands twice", key_node.start_mark
                )
            seen.add(str(key_node.value))
        return super().construct_mapping(node, deep=deep)


# YAML 1.2.2, section 10.3.2: int and float of the core schema, decimal only.
_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"^[-+]?[0-9]+(?:_[0-9]+)*$"),
    "tag:yaml.org,2002:float": re.compile(
        r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^[-+]?\.(?:inf|Inf|INF)$"
        r"|^\.(?:nan|NaN|NAN)$"
    ),
}

SettingsLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NUMBERS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern in _NUMBERS.items():
    SettingsLoader.add_implicit_resolver(_tag, _pattern, list("-+.0123456789"))
