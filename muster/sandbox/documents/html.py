"""The text a reader of an HTML mail sees."""

import re
from html import unescape
from html.parser import HTMLParser

_BLOCKS = {
    "p",
    "div",
    "br",
    "tr",
    "table",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "hr",
    "section",
}
_UNSEEN = {"style", "script", "head", "title", "template", "noscript", "object"}
_VOID = {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0+(\.0+)?(px|pt|em|%)?\s*(;|!|$)|opacity\s*:\s*0+(\.0+)?\s*(;|$)",
    re.IGNORECASE,
)
_MAX_CHARS = 500_000


def html_text(html: str) -> str:
    """The visible text, a block a line, links followed by their address; hidden elements are left out."""
    html = html[:_MAX_CHARS]
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
        text = "".join(reader.pieces)
    except (AssertionError, ValueError):  # the parser's answer to malformed declarations
        text = unescape(re.sub(r"<[^<>]*>", " ", html))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden: list[str] = []
        """Open tags since the first one that hides, so that its end is found again."""
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self._break(tag)
            return
        attributes = dict(attrs)
        if self._hidden or tag in _UNSEEN or _hides(attributes):
            self._hidden.append(tag)
            return
        self._break(tag)
        if tag == "a":
            self._links.append(attributes.get("href") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag in self._hidden:
                while self._hidden.pop() != tag:
                    pass
            return
        if tag == "a" and self._links:
            address = self._links.pop()
            if address.startswith(("http:", "https:")) and address not in "".join(self.pieces[-3:]):
                self.pieces.append(f" ({address})")
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if self._hidden:
            return
        if tag == "li":
            self.pieces.append("\n- ")
        elif tag in {"td", "th"}:
            self.pieces.append(" ")
        elif tag in _BLOCKS:
            self.pieces.append("\n")


def _hides(attributes: dict[str, str | None]) -> bool:
    return "hidden" in attributes or bool(_HIDING.search(attributes.get("style") or ""))
