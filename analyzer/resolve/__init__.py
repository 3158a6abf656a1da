"""Security to issuer: identifiers, tickers with boards, names, and what people decided."""

from analyzer.resolve.compare import score
from analyzer.resolve.identity import Identity, load_identity
from analyzer.resolve.index import NameCandidate, NameIndex
from analyzer.resolve.judgements import entry_hash
from analyzer.resolve.lines import security_key
from analyzer.resolve.reference import load_gleif, load_openfigi, load_security_master
from analyzer.resolve.resolver import Resolution, Resolver

__all__ = [
    "Identity",
    "NameCandidate",
    "NameIndex",
    "Resolution",
    "Resolver",
    "entry_hash",
    "load_gleif",
    "load_identity",
    "load_openfigi",
    "load_security_master",
    "score",
    "security_key",
]
