"""YAML for rules and dockets: safe, C-accelerated, duplicate keys refused, line numbers kept."""

import re
from typing import Any

import yaml

from analyzer.core.errors import DataError

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LINE = "__line__"


class _Loader(_Base):  # type: ignore[misc]
    """A safe loader that leaves dates as text and records the line of every mapping."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise DataError(f"line {key_node.start_mark.line + 1}: key {key!r} appears twice")
        seen[key] = loader.construct_object(value_node, deep=True)
    seen[LINE] = node.start_mark.line + 1
    return seen


# Only `true` and `false` are truth values: `on`, `yes` and `no` are words of the data.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in _Base.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor(
    "tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node)
)


def parse_yaml(text: str, where: str) -> Any:
    """Parse one YAML document; every mapping carries its line under `LINE`.

    Dates stay text, so that a date and an instant are told apart by their reader.

    Raises
    ------
    DataError
        Naming `where` and the line, for a syntax error or a duplicate key.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (the loader derives from the safe one)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    except yaml.YAMLError as error:
        raise DataError(f"{where}: {' '.join(str(error).split())}") from None
