"""Named SQL statements, one a file, beside the code that runs them."""

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def load(package: str, name: str) -> LiteralString:
    """The statement in `<package>/sql/<name>.sql`, with psycopg's named parameters.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
