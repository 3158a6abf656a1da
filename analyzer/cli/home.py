"""The user's home: imported lists, and the store of judgements, portfolios and runs."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from analyzer.cli.options import now

if TYPE_CHECKING:
    from analyzer.core.matching import JudgementRecord
    from analyzer.exposure import Analysis
    from analyzer.service import World
    from analyzer.store import Store
    from analyzer.workspace.review import Effective

Command = TypeVar("Command", bound=Callable[..., Any])

_STORE = click.option(
    "--store",
    "store_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of your store and imported lists. Default: BANIMPACT_HOME, or your user data.",
)
_NO_STORE = click.option(
    "--no-store", is_flag=True, help="Use the bundled data alone: no judgements, no imports."
)


def store_options(command: Command) -> Command:
    """Add `--store` and `--no-store`."""
    return _STORE(_NO_STORE(command))


def home_option(command: Command) -> Command:
    """Add `--store` to a command that is nothing without one."""
    return _STORE(command)


def who() -> str:
    """Return the name under which this user's changes are recorded."""
    import getpass

    return os.environ.get("BANIMPACT_USER") or getpass.getuser()


@dataclass(frozen=True)
class Home:
    """Where a user's lists and store lie; `folder` is None with `--no-store`."""

    folder: Path | None

    @classmethod
    def of(cls, store_path: Path | None = None) -> "Home":
        """Return the home that option and environment name; it need not exist yet."""
        from analyzer.workspace.places import store_folder

        return cls(store_path or store_folder(os.environ))

    @classmethod
    def to_read(cls, store_path: Path | None, no_store: bool) -> "Home":
        """Return the home to be read.

        A folder named and not there is an error: the answer would silently lack what a user
        decided and imported.
        """
        if no_store and store_path is not None:
            raise click.UsageError("--store and --no-store exclude each other")
        if store_path is not None and not store_path.is_dir():
            raise click.UsageError(f"--store: no folder {store_path}")
        return cls(None) if no_store else cls.of(store_path)

    @property
    def lists(self) -> Path:
        """The folder of imported lists."""
        return self._needed() / "lists"

    def store(self) -> "Store":
        """Open the store, making it if there is none yet."""
        from analyzer.store import Store

        return Store.open(self._needed(), who(), now())

    def found(self) -> "Store | None":
        """Open the store if there is one; reading makes none."""
        from analyzer.store.store import FILE

        exists = self.folder is not None and (self.folder / FILE).is_file()
        return self.store() if exists else None

    def judgements(self) -> "tuple[JudgementRecord, ...]":
        """Return the decisions in effect."""
        return self.decisions().records

    def decisions(self) -> "Effective":
        """Return decisions in effect and those waiting for a second person (`four_eyes`)."""
        from analyzer.workspace.places import load_settings
        from analyzer.workspace.review import Effective, effective

        store = self.found()
        if store is None or self.folder is None:
            return Effective(())
        four_eyes = bool(load_settings(self.folder).get("four_eyes"))
        return effective(store.judgements(superseded=True), four_eyes)

    def world(self, *lists: Path) -> "World":
        """Load the bundled facts with imported lists, further ones, and judgements applied."""
        from analyzer.service import load_world

        own = () if self.folder is None else (self.lists,)
        return load_world(*own, *lists, judgements=self.judgements())

    def note(self) -> Mapping[str, Any]:
        """Return what the manifest says of the store: where it is, and the head of its trail."""
        store = self.found()
        trail = store.audit_trail() if store else ()
        return {
            "store": str(self.folder) if store else None,
            "audit_head": trail[-1].hash if trail else None,
        }

    def noted(self, analysis: "Analysis") -> "Analysis":
        """Return the analysis with the store named in its manifest."""
        from dataclasses import replace

        return replace(analysis, manifest={**analysis.manifest, **self.note()})

    def _needed(self) -> Path:
        if self.folder is None:
            raise click.UsageError("this needs a store: leave --no-store out")
        return self.folder
