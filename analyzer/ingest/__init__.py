"""Reading holdings files: any layout, encoding and container to one declared frame."""

from analyzer.ingest.apart import told_apart
from analyzer.ingest.model import Ingested, RowNote
from analyzer.ingest.read import read_holdings

__all__ = ["Ingested", "RowNote", "read_holdings", "told_apart"]
