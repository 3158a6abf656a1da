"""SEC filings to tables: Form N-PORT and Form 13F, alone or inside a full submission."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from lxml import etree

from analyzer.core.errors import InputError
from analyzer.ingest.headers import Heading, Layout
from analyzer.ingest.layouts import DOLLARS_FROM
from analyzer.ingest.model import Log, Table, note_text
from analyzer.ingest.nport import COLUMNS as NPORT_COLUMNS
from analyzer.ingest.nport import nport_record
from analyzer.ingest.records import columns_of
from analyzer.ingest.safety import refuse_entities
from analyzer.ingest.values import parse_date, parse_number

_13F_COLUMNS = {
    "name": "nameOfIssuer",
    "class_title": "titleOfClass",
    "cusip": "cusip",
    "figi": "figi",
    "market_value": "value",
    "quantity": "sshPrnamt",
    "asset_class": "sshPrnamtType",
    "put_call": "putCall",
}
_PRINCIPAL = {"PRN": "debt (principal amount)", "SH": ""}


@dataclass(frozen=True)
class Filing:
    """A filing, read: its table, and what its header states."""

    layout: str
    table: Table
    columns: Layout
    date: date | None
    scale: float
    stated_total: float | None


def parse_xml(file: str, data: bytes) -> Any:
    """Return the root of an XML document, without entities, DTDs or network.

    Raises
    ------
    InputError
        When the XML declares entities or is not well formed.
    """
    refuse_entities(file, data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    try:
        return etree.fromstring(data.strip(), parser)
    except etree.XMLSyntaxError as exc:
        raise InputError(f"{file}: XML is not well formed ({exc.msg})") from exc


def read_submission(file: str, data: bytes, log: Log) -> Filing:
    """Read the holdings of a full text submission as EDGAR serves it.

    Raises
    ------
    InputError
        When the submission holds neither an information table nor an N-PORT report.
    """
    text = data.decode("utf-8")
    filed = _header_date(text, "FILED AS OF DATE")
    period = _header_date(text, "CONFORMED PERIOD OF REPORT")
    total = None
    for block in re.findall(r"<XML>(.*?)</XML>", text, re.DOTALL):
        root = parse_xml(file, block.strip().encode("utf-8"))
        kind = local(root)
        if kind == "informationTable":
            return _form_13f(file, root, filed, period, total, log)
        if kind == "edgarSubmission" and "nport" in root.tag:
            return _nport(file, root, log)
        stated = root.find(".//{*}tableValueTotal")
        total = parse_number(stated.text or "") if stated is not None else total
    raise InputError(f"{file}: a SEC submission without an information table or N-PORT report")


def read_filing(file: str, data: bytes, log: Log) -> Filing:
    """Read an N-PORT report or a 13F information table.

    Raises
    ------
    InputError
        When the document is another one.
    """
    root = parse_xml(file, data)
    if local(root) == "informationTable":
        return _form_13f(file, root, None, None, None, log)
    if local(root) == "edgarSubmission" and "nport" in root.tag:
        return _nport(file, root, log)
    if local(root) == "edgarSubmission":
        raise InputError(f"{file}: the cover page of a filing; the information table is apart")
    raise InputError(f"{file}: XML of an unknown kind (<{local(root)}>), not a holdings file")


def local(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(etree.QName(element).localname)


def _header_date(text: str, label: str) -> date | None:
    found = re.search(rf"{label}:\s*(\d{{8}})", text[:20_000])
    return parse_date(found.group(1)) if found else None


def _nport(file: str, root: Any, log: Log) -> Filing:
    records = [nport_record(e, local) for e in root.iter("{*}invstOrSec")]
    if not records:
        raise InputError(f"{file}: an N-PORT report without investments")
    day = root.findtext(".//{*}repPdDate")
    assets = root.findtext(".//{*}netAssets")
    if assets:
        log.inferred("I304", f"net assets stated by the report: {float(assets):,.2f} USD")
    table, layout = _as_table(records, NPORT_COLUMNS)
    return Filing("sec-nport-xml", table, layout, parse_date(day or ""), 1.0, None)


def _form_13f(
    file: str, root: Any, filed: date | None, period: date | None, total: float | None, log: Log
) -> Filing:
    records = []
    for entry in root.iter("{*}infoTable"):
        record = {
            f: (entry.findtext(f".//{{*}}{tag}") or "").strip() for f, tag in _13F_COLUMNS.items()
        }
        record["asset_class"] = _PRINCIPAL.get(record["asset_class"].upper(), "")
        records.append(record)
    if not records:
        raise InputError(f"{file}: a 13F information table without entries")
    scale = 1000.0 if _in_thousands(records, filed) else 1.0
    if scale != 1.0:
        by = f"filed {filed}" if filed else "the prices they imply"
        log.caution("W206", f"values are in thousands of dollars ({by}); multiplied by 1,000")
    table, layout = _as_table(records, _13F_COLUMNS)
    stated = total * scale if total is not None else None
    return Filing("sec-13f-xml", table, layout, period, scale, stated)


def _in_thousands(records: Sequence[Mapping[str, str]], filed: date | None) -> bool:
    """Say whether a 13F table is in thousands: by its filing date, else by implied prices.

    Few shares trade below 3 dollars and none of size above 3,000; a median "price" below 1.5
    means thousands.
    """
    if filed is not None:
        return filed < DOLLARS_FROM
    prices = []
    for record in records:
        value, quantity = parse_number(record["market_value"]), parse_number(record["quantity"])
        if value and quantity and not record["asset_class"]:
            prices.append(value / quantity)
    return bool(prices) and float(np.median(prices)) < 1.5


def _as_table(
    records: Sequence[Mapping[str, str]], columns: Mapping[str, str]
) -> tuple[Table, Layout]:
    rows = [[r.get(f, "") for f in columns] for r in records]
    headings = tuple(
        Heading(tag, tag.casefold(), percent=field == "weight") for field, tag in columns.items()
    )
    table = Table(
        tuple(columns.values()),
        columns_of(rows, len(columns)),
        np.arange(1, len(rows) + 1, dtype="int64"),
        lambda i: note_text(", ".join(c for c in rows[i] if c)),
    )
    return table, Layout({f: i for i, f in enumerate(columns)}, headings)
