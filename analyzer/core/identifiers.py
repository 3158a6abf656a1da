"""Check digits of security and issuer identifiers.

Each `valid_*` function expects the code as published: upper case, no spaces. CUSIP and CINS
share one algorithm; a CINS begins with a letter.
"""

import re
from functools import lru_cache

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_CUSIP_BASE = re.compile(r"[A-Z0-9*@#]{8}")
_SEDOL = re.compile(r"[0-9B-DF-HJ-NP-TV-Z]{6}[0-9]")
_FIGI = re.compile(r"[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}[0-9]")
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")

_DIGITS = {c: str(int(c, 36)) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_DOUBLED = str.maketrans("0123456789", "0246813579")
_FIGI_RESERVED = frozenset({"BS", "BM", "GG", "GB", "GH", "KY", "VG"})
_SEDOL_WEIGHTS = (1, 3, 1, 7, 3, 9)
_CUSIP_EXTRA = {"*": 36, "@": 37, "#": 38}


def _value(character: str) -> int:
    """Return 0-9 for a digit, 10-35 for a letter, 36-38 for the CUSIP extras."""
    return _CUSIP_EXTRA[character] if character in _CUSIP_EXTRA else int(character, 36)


def _digit_sum(values: list[int]) -> int:
    return sum(v // 10 + v % 10 for v in values)


@lru_cache(maxsize=1 << 15)
def valid_isin(code: str) -> bool:
    """Say whether `code` is an ISO 6166 ISIN with a correct check digit."""
    if not _ISIN.fullmatch(code):
        return False
    # Luhn's sum over bytes: files hold thousands of codes and each is checked more than once.
    digits = "".join([_DIGITS[c] for c in code])[::-1]
    doubled = digits[1::2].translate(_DOUBLED)
    total = sum(digits[::2].encode()) + sum(doubled.encode())
    return (total - ord("0") * len(digits)) % 10 == 0


def cusip_check_digit(base: str) -> str | None:
    """Return the check digit of an 8-character CUSIP or CINS; None when it has another shape."""
    if not _CUSIP_BASE.fullmatch(base):
        return None
    total = _digit_sum([_value(c) * (2 if i % 2 else 1) for i, c in enumerate(base)])
    return str(-total % 10)


def valid_cusip(code: str) -> bool:
    """Say whether `code` is a 9-character CUSIP or CINS with a correct check digit."""
    return len(code) == 9 and code != "000000000" and cusip_check_digit(code[:8]) == code[8]


def valid_sedol(code: str) -> bool:
    """Say whether `code` is a 7-character SEDOL with a correct check digit."""
    if not _SEDOL.fullmatch(code) or code == "0000000":
        return False
    total = sum(w * _value(c) for w, c in zip(_SEDOL_WEIGHTS, code[:6], strict=True))
    return -total % 10 == int(code[6])


def valid_figi(code: str) -> bool:
    """Say whether `code` is a 12-character FIGI with a correct check digit."""
    if not _FIGI.fullmatch(code) or code[:2] in _FIGI_RESERVED:
        return False
    weighted = [_value(c) * (2 if i % 2 else 1) for i, c in enumerate(code[:11])]
    return -_digit_sum(weighted) % 10 == int(code[11])


def valid_lei(code: str) -> bool:
    """Say whether `code` is a 20-character ISO 17442 LEI with correct check digits."""
    return bool(_LEI.fullmatch(code)) and int("".join(str(_value(c)) for c in code)) % 97 == 1
