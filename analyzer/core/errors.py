"""Exceptions: what stops the work, as opposed to findings, which accompany a result."""


class AnalyzerError(Exception):
    """Base of every error a user can cause or cure; printed as one line, without a traceback."""


class InputError(AnalyzerError):
    """A file given by the user cannot be read as what it claims to be.

    Parameters
    ----------
    problems
        Everything that is wrong with it, each as `file:row:column: cause` as far as known.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class DataError(AnalyzerError):
    """The law, list or identity data is inconsistent; names file and line where known."""


class QueryError(AnalyzerError):
    """A question uses a word, date or fact outside the published vocabulary."""
