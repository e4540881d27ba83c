"""Runs the notebooks and keeps their outputs: `python -m notebooks.execute`, from the project's folder."""

import sys
from pathlib import Path
from typing import Any

import jupytext
from nbclient import NotebookClient

FOLDER = Path(__file__).parent


def executed(text: Path, timeout_seconds: int = 300) -> Any:
    """The notebook in `text` (jupytext percent format) with its outputs, run in the project's folder.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; the error holds the cell and its traceback.
    """
    notebook = jupytext.read(text)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    NotebookClient(
        notebook,
        timeout=timeout_seconds,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(FOLDER.parent)}},
    ).execute()
    return notebook


def main() -> None:
    """Execute every notebook and keep its outputs beside its text."""
    for text in sorted(FOLDER.glob("[0-9]*.py")):
        sys.stdout.write(f"notebooks: {text.stem}\n")
        jupytext.write(executed(text), text.with_suffix(".ipynb"))


if __name__ == "__main__":
    main()
