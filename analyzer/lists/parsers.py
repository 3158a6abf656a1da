"""Parsers that belong to one list: `parse.py` in its folder, found without being registered."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from analyzer.core.errors import DataError
from analyzer.lists.formats import Files, Publication, read_publication
from analyzer.lists.spec import ListSpec


def read_files(files: Files, specs: Mapping[str, ListSpec]) -> Publication:
    """Read files with the parser of a list that recognises them, else with a shared reader.

    A list's `parse.py` has `recognises(files) -> bool` and `parse(files) -> Publication`. It is
    code and runs as such: importing and updating never write one.

    Raises
    ------
    InputError
        If no reader knows the format, or the one that does refuses the content.
    DataError
        If a `parse.py` lacks one of the two functions.
    """
    for spec in specs.values():
        path = spec.folder / "parse.py"
        if path.is_file():
            module = _module(spec, path)
            if module.recognises(files):
                publication: Publication = module.parse(files)
                return publication
    return read_publication(files)


def _module(spec: ListSpec, path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(f"analyzer_list_{spec.folder.name}", path)
    if found is None or found.loader is None:
        raise DataError(f"{spec.folder.name}/parse.py: cannot be loaded")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    for name in ("recognises", "parse"):
        if not callable(getattr(module, name, None)):
            raise DataError(f"{spec.folder.name}/parse.py: no function {name!r}")
    return module
