"""Reading holdings files: any layout, encoding and container to one declared frame."""

from analyzer.ingest.model import Ingested, RowNote
from analyzer.ingest.read import read_holdings

__all__ = ["Ingested", "RowNote", "read_holdings"]
