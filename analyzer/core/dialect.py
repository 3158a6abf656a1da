"""How a file is written, where its reader states it: what is not stated is found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from analyzer.core.errors import InputError

ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1", "gb18030", "big5", "shift_jis")
DELIMITERS: Mapping[str, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
DECIMALS: Mapping[str, str] = {"point": ".", "comma": ","}
DATES: Mapping[str, bool] = {"dmy": True, "mdy": False}

_CHOICES: Mapping[str, Sequence[str]] = {
    "encoding": ENCODINGS,
    "delimiter": tuple(DELIMITERS),
    "decimal": tuple(DECIMALS),
    "dates": tuple(DATES),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the user states about the writing of a file.

    Parameters
    ----------
    encoding
        One of `ENCODINGS`.
    delimiter
        What stands between cells: a word of `DELIMITERS`.
    sheet
        Worksheet to read, where a workbook has several.
    decimal
        Decimal mark: a word of `DECIMALS`; the other mark groups thousands.
    header_row
        Row of the headings, counted from 1 as an editor or a spreadsheet counts; 0 is not stated.
    dates
        Order of numeric dates: a word of `DATES`.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    decimal: str = ""
    header_row: int = 0
    dates: str = ""

    @classmethod
    def of(cls, file: str, words: Mapping[str, str]) -> "Dialect":
        """Return the dialect stated in words.

        Parameters
        ----------
        file
            For the message.
        words
            By field name; an empty word states nothing.

        Raises
        ------
        InputError
            Naming every word that is none of its choices.
        """
        problems = [
            f"{file}: {name} {words[name]!r} is none of {', '.join(choices)}"
            for name, choices in _CHOICES.items()
            if words.get(name) and words[name] not in choices
        ]
        known = {f.name for f in fields(cls)}
        problems += [f"{file}: {name!r} cannot be stated" for name in sorted(words.keys() - known)]
        row = words.get("header_row", "")
        if row and not (row.isascii() and row.isdigit() and int(row) > 0):
            problems.append(f"{file}: heading row {row!r} is no row; rows are counted from 1")
        if problems:
            raise InputError(*problems)
        return cls(
            **{k: v for k, v in words.items() if k != "header_row"}, header_row=int(row or 0)
        )

    @property
    def mark(self) -> str | None:
        """The decimal mark; None when not stated."""
        return DECIMALS.get(self.decimal)

    @property
    def day_first(self) -> bool | None:
        """Whether numeric dates put the day first; None when not stated."""
        return DATES.get(self.dates)

    def stated(self) -> Iterator[tuple[str, str]]:
        """Yield what is stated, by field name, in words."""
        for item in fields(self):
            value = getattr(self, item.name)
            if value:
                yield item.name, str(value)

    def refuse(self, file: str, what: str, *names: str) -> None:
        """Refuse statements that do not apply to a kind of file.

        Parameters
        ----------
        what
            Why they do not: ``a filing has fixed fields``.

        Raises
        ------
        InputError
            When one of them was stated.
        """
        told = [
            f"{name.replace('_', ' ')} {value!r}" for name, value in self.stated() if name in names
        ]
        if told:
            raise InputError(f"{file}: {what}, so no {', no '.join(told)}")

    def refuse_mark(self, file: str, delimiter: str, quoted: bool) -> None:
        """Refuse a decimal mark that also parts the cells of a file without quotes.

        Raises
        ------
        InputError
            When both are the comma and no cell is quoted.
        """
        if self.mark == delimiter and not quoted:
            raise InputError(
                f"{file}: a {self.decimal} stands between the cells and none is quoted, so the "
                "decimal mark cannot be the same; state another mark or delimiter"
            )

    def heading(self, file: str, rows: int, starts: Sequence[int] | None = None) -> int | None:
        """Return the position of the heading row stated; None when it is not stated.

        Parameters
        ----------
        rows
            How many records were looked at.
        starts
            Line each of them starts on, where records may run over lines; else one row each.

        Raises
        ------
        InputError
            When none of them is that row.
        """
        row = self.header_row
        if not row:
            return None
        lines = starts if starts is not None else range(1, rows + 1)
        if row in lines:
            return lines.index(row)
        last = lines[-1] if rows else 0
        if row < last:
            raise InputError(f"{file}: no record starts in row {row}, stated as the heading row")
        raise InputError(
            f"{file}: heading row {row} is beyond the {last} rows looked at for headings"
        )
