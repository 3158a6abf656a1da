"""The monitor command: stored portfolios screened again, and only what is new."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyzer.cli.home import Home, home_option, who
from analyzer.cli.options import (
    AS_OF,
    chosen_format,
    now,
    print_json,
    say,
    today,
    write_whole,
)

if TYPE_CHECKING:
    from analyzer.service import World
    from analyzer.store import SavedRun, Store
    from analyzer.workspace.monitor import Watched


@click.command()
@AS_OF
@click.option(
    "--since",
    type=click.IntRange(1),
    metavar="RUN",
    help="Compare that run's portfolio with it; nothing is saved.",
)
@click.option("--portfolio", "names", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option(
    "--days",
    type=click.IntRange(0, 3650),
    default=30,
    show_default=True,
    help="Report a legal date once it is no further away than this.",
)
@click.option("--no-save", is_flag=True, help="Report the same again next time.")
@click.option(
    "--body",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the body of a message: .json for a webhook, .eml or text for e-mail.",
)
@home_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "ics"]),
    help="Default: text on a terminal, json otherwise.",
)
def monitor(
    as_of: str | None,
    since: int | None,
    names: tuple[str, ...],
    days: int,
    no_save: bool,
    body: Path | None,
    store_path: Path | None,
    form: str | None,
) -> None:
    """Screen stored portfolios again; exit code 3 when something is new, 0 when nothing is.

    A portfolio that cannot be read any more is named and gives exit code 2; the others are
    reported all the same.
    """
    from analyzer.workspace.monitor import watched_ics, watched_json, watched_text

    home = Home.of(store_path)
    day = as_of or today()
    found, failed = _watched(home, day, days, since, names)
    document = watched_json(found, day, days)
    text = watched_text(found, day)
    chosen = "text" if form is None and chosen_format(None) == "table" else form or "json"
    if chosen == "json":
        print_json(document)
    elif chosen == "ics":
        click.echo(watched_ics(found).decode("utf-8"), nl=False)
    else:
        click.echo(text, nl=False)
    if body:
        write_whole(body, _body(body.suffix.lower(), text, document))
        say(f"written: {body}")
    if not no_save and since is None:
        _save(home, found)
    for one in found:
        say(f"{one.portfolio}: {one.analysis.coverage.sentence()}")
    for line in failed:
        say(f"banimpact: {line}")
    if failed:
        sys.exit(2)
    sys.exit(3 if any(one.alerts for one in found) else 0)


def _watched(
    home: Home, day: str, days: int, since: int | None, names: tuple[str, ...]
) -> "tuple[list[Watched], list[str]]":
    from analyzer.core.errors import AnalyzerError, QueryError
    from analyzer.workspace.monitor import baseline_of
    from analyzer.workspace.rerun import run_of

    store = home.found()
    kept = store.portfolios() if store else ()
    if store is None or not kept:
        raise QueryError("no portfolio is kept: banimpact portfolio add NAME FILE")
    unknown = sorted(set(names) - set(kept))
    if unknown:
        raise QueryError(f"no portfolio {', '.join(unknown)}; kept: {', '.join(kept)}")
    world = home.world()
    if since is not None:
        run = run_of(store, since)
        return [_one(home, store, world, run.portfolio or "", day, days, run)], []
    found, failed = [], []
    for name in names or kept:
        try:
            found.append(_one(home, store, world, name, day, days, baseline_of(store, name)))
        except AnalyzerError as error:
            failed.append(f"{name}: {error}")
    return found, failed


def _one(
    home: Home,
    store: "Store",
    world: "World",
    name: str,
    day: str,
    days: int,
    run: "SavedRun | None",
) -> "Watched":
    from analyzer.workspace.archive import analyze_whole, own_lists
    from analyzer.workspace.history import results_of
    from analyzer.workspace.monitor import Watched, alerts_of, newest_desk

    desk, beside, _ = newest_desk(store, name, day)
    if beside.own_lists:
        with own_lists(beside, desk.question.as_of.day) as own:
            world = home.world(*own)
    analysis = home.noted(analyze_whole(world, desk, beside, {"monitor": name, "days": days}))
    earlier = results_of(store, run.id) if run else None
    alerts, soon = alerts_of(world, name, earlier, analysis, days)
    return Watched(name, desk, beside, analysis, run.id if run else None, alerts, soon)


def _save(home: Home, found: "list[Watched]") -> None:
    """Save what was new, so that the next time it is not."""
    from analyzer.workspace.archive import basis_of, save_whole

    new = [one for one in found if one.alerts or one.baseline is None]
    if not new:
        return
    store, basis = home.store(), basis_of(home.lists)
    for one in new:
        number = save_whole(store, one.desk, one.beside, basis, one.analysis, who(), now())
        say(f"{one.portfolio}: saved as run {number}")


def _body(suffix: str, text: str, document: "dict[str, object]") -> bytes:
    """Return a message: JSON with a `text` as chat webhooks take it, an e-mail, or plain text."""
    from email.message import EmailMessage

    from analyzer.report.contract import dumps

    if suffix == ".json":
        return f"{dumps({'text': text, **document})}\n".encode()
    if suffix != ".eml":
        return text.encode()
    message = EmailMessage()
    subject, _, rest = text.partition("\n")
    message["Subject"] = subject
    message.set_content(rest.lstrip("\n"), cte="8bit")
    return message.as_bytes()
