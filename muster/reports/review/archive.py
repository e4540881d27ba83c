"""The reviews on disk: each as HTML, PDF and JSON, and a page that lists them all."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from plotly.offline import get_plotlyjs

from muster.core.canonical import Json
from muster.core.errors import OperatorError
from muster.reports.review.document import Document
from muster.reports.review.page import SCRIPT, index_html, summary_html, summary_markdown

INDEX: Final = "index.html"
_REVIEWS: Final = ("weekly-*.json", "monthly-*.json")


class ReviewNotWrittenError(OperatorError):
    """The reports folder cannot be written to."""


class ReviewNotFoundError(OperatorError):
    """A review is not in the reports folder, or not all of it."""


def archive(
    reports_dir: Path, document: Document, html: bytes, pdf: bytes, figures: dict[str, Json]
) -> tuple[Path, Path]:
    """Put the review into the folder and on its list; gives the paths of page and PDF.

    Raises:
        ReviewNotWrittenError: the folder cannot be written to; no file is left half written.
    """
    stem = f"{document['edition']}-{document['name']}"
    html_path, pdf_path = reports_dir / f"{stem}.html", reports_dir / f"{stem}.pdf"
    summary = {"markdown": summary_markdown(document), "html": summary_html(document)}
    kept = {"about": _about(document, stem), "summary": summary, "figures": figures}
    try:
        reports_dir.mkdir(parents=True, exist_ok=True)
        if not (reports_dir / SCRIPT).exists():
            _replace(reports_dir / SCRIPT, get_plotlyjs().encode())
        _replace(html_path, html)
        _replace(pdf_path, pdf)
        _replace(reports_dir / f"{stem}.json", _json(kept))
        _list_all(reports_dir)
    except OSError as error:
        raise _not_written(error, reports_dir) from error
    return html_path, pdf_path


@dataclass(frozen=True, slots=True)
class ArchivedReview:
    """What a mail needs of a review on disk."""

    html_path: Path
    edition: str
    """`weekly` or `monthly`."""
    name: str
    """Such as `2026-W47`."""
    title: str
    markdown: str
    summary_html: str
    pdf: bytes


def archived(html_path: Path) -> ArchivedReview:
    """The review whose page is at `html_path`.

    Raises:
        ReviewNotFoundError: it is not there, or not whole.
    """
    try:
        kept = json.loads(html_path.with_suffix(".json").read_bytes())
        about, summary = kept["about"], kept["summary"]
        pdf = html_path.with_suffix(".pdf").read_bytes()
        return ArchivedReview(
            html_path,
            about["edition"],
            about["name"],
            about["title"],
            summary["markdown"],
            summary["html"],
            pdf,
        )
    except (OSError, ValueError, KeyError) as error:
        raise ReviewNotFoundError(
            "there is no whole review",
            where=str(html_path),
            do="write it again: muster review --week or --month",
        ) from error


def note_mail(html_path: Path, told: str) -> None:
    """Say on the list what became of the review's mail.

    Args:
        html_path: of the review.

    Raises:
        ReviewNotWrittenError: the folder cannot be written to.
    """
    path = html_path.with_suffix(".json")
    try:
        kept = json.loads(path.read_bytes())
        kept["about"]["mail"] = told
        _replace(path, _json(kept))
        _list_all(path.parent)
    except OSError as error:
        raise _not_written(error, path.parent) from error


def _about(document: Document, stem: str) -> dict[str, Any]:
    """What the list says of a review."""
    return {
        "stem": stem,
        "edition": document["edition"],
        "name": document["name"],
        "title": document["title"],
        "days": document["days"],
        "until": document["until"],
        "made_at": document["made_at"],
        "mail": "",
        "sections": [
            {name: section[name] for name in ("label", "rehearsal", "headline")}
            for section in document["sections"]
        ],
    }


def _list_all(reports_dir: Path) -> None:
    found = (_read_about(path) for pattern in _REVIEWS for path in reports_dir.glob(pattern))
    reviews = [about for about in found if about is not None]
    reviews.sort(key=lambda about: (about["until"], about["edition"]), reverse=True)
    _replace(reports_dir / INDEX, index_html(reviews).encode())


def _read_about(path: Path) -> dict[str, Any] | None:
    """What a review's file says of it; None for a file of that name that is none of ours."""
    try:
        about: dict[str, Any] = json.loads(path.read_bytes())["about"]
    except (ValueError, KeyError, TypeError):
        return None
    return about


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _not_written(error: OSError, reports_dir: Path) -> ReviewNotWrittenError:
    return ReviewNotWrittenError(
        f"the review cannot be written: {error.strerror}",
        where=str(error.filename or reports_dir),
        do="make room, or let muster write to this folder",
    )


def _replace(path: Path, content: bytes) -> None:
    """Write whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
