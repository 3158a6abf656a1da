"""The command line: `banimpact` and `python -m analyzer`."""

import importlib
import sys
from collections.abc import Mapping

import click

from analyzer.core.errors import AnalyzerError

_COMMANDS: Mapping[str, str] = {
    "analyze": "portfolio",
    "check-portfolio": "portfolio",
    "report": "portfolio",
    "validate": "portfolio",
    "map": "portfolio",
    "status": "names",
    "timeline": "names",
    "explain": "explaining",
    "match": "matching",
    "review": "review",
    "judgements": "review",
    "portfolio": "memory",
    "runs": "memory",
    "evidence": "memory",
    "monitor": "watch",
    "lists": "lists",
    "check": "data",
    "scenario": "what_if",
    "demo": "front",
    "app": "front",
}


class _Lazy(click.Group):
    """A group that imports a command's module only when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"analyzer.cli.{_COMMANDS[cmd_name]}")
        found: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return found


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="investment-ban-analyzer", prog_name="banimpact")
def banimpact() -> None:
    """Say what a portfolio holds that is blacklisted, what may still be done, and by when."""


def main() -> None:
    """Run the command line; a user's error is one line and exit code 2."""
    try:
        banimpact(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except AnalyzerError as error:
        click.echo(f"banimpact: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        # the reader of a pipe has gone: nothing more to say, and no traceback about saying it
        sys.stderr.close()
        sys.exit(0)
