"""Reads a YAML file that people write, keeping where in it everything stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from muster.teams.manifest_problems import ManifestFile


def read_marked(path: Path, *, noun: str, when_missing: str, begin: str) -> ManifestFile:
    """The file as parsed with its positions; when it cannot be used, its only problem says why.

    Args:
        noun: what the file is, such as `the manifest`.
        when_missing: what to do when it cannot be read.
        begin: what to do when it is not a mapping.
    """

    def unusable(what: str, do: str, line: int = 1) -> ManifestFile:
        file = ManifestFile(path, {}, [])
        file.report_at(line, what, do)
        return file

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return unusable(f"{noun} cannot be read: {reason}", when_missing)
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = f"not valid YAML: {str(error.problem or error).splitlines()[0]}"
        return unusable(what, "correct the YAML at this line", line)
    except YAMLError as error:
        return unusable(f"not valid YAML: {str(error).splitlines()[0]}", "correct the YAML")
    if not isinstance(document, Mapping):
        return unusable(f"{noun} is not a mapping of fields", begin)
    return ManifestFile(path, document, [])


def plain(node: object) -> object:
    """The document without its positions: dicts, lists, texts and numbers."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(item) for item in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
