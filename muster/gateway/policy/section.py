"""Reads one policy file into what it stands for, with the field named when it does not fit."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from muster.gateway.errors import PolicyFileError

Section = TypeVar("Section", bound=BaseModel)


def read_section(path: Path, model: type[Section], default: Section | None = None) -> Section:
    """What the file says.

    Args:
        default: what holds where there is no such file; without one it must be there.

    Raises:
        PolicyFileError: it cannot be read, is not YAML, or does not fit.
    """
    try:
        return model.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        if isinstance(error, FileNotFoundError) and default is not None:
            return default
        raise PolicyFileError(f"cannot read {path.name}: {error.strerror}", where=str(path)) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise PolicyFileError(f"{path.name} is not YAML: {error}", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise PolicyFileError(
            f"{field}: {first['msg']}", where=str(path), do=f"correct {field} in {path.name}"
        ) from error
