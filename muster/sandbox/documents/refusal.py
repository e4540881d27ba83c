"""How a parser says that a file cannot be read."""


class RefusedDocumentError(ValueError):
    """The file is of the right kind but cannot be read; the text says why, for a person."""

    def __init__(self, what: str, do: str | None = None) -> None:
        self.what = what
        self.do = do
        super().__init__(what)
