"""What a sandboxed program may use (data/policies/sandbox.yaml)."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from muster.sandbox.errors import SandboxPolicyError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ExpressionLimits(_Strict):
    """What an expression or small program without libraries may use."""

    seconds: float = Field(default=2.0, gt=0, le=25)
    """Time it may run."""
    memory_mb: int = Field(default=64, ge=1)
    """Its values, in mebibytes."""
    calls_deep: int = Field(default=200, ge=10)
    """Calls inside one another."""


class ProgramLimits(_Strict):
    """What a program with libraries may use; no limit can be switched off."""

    wall_seconds: float = Field(default=10.0, gt=0, le=25)
    """Time from its start to its end."""
    cpu_seconds: int = Field(default=10, ge=1)
    """Processor time of all its threads."""
    memory_mb: int = Field(default=1024, ge=256)
    """Address space, in mebibytes, the code of its libraries included."""
    work_mb: int = Field(default=32, ge=1)
    """Files in its working folder, in mebibytes; they are gone when it ends."""
    threads: int = Field(default=16, ge=4)
    """Threads; it cannot start processes."""
    open_files: int = Field(default=64, ge=16)
    output_kb: int = Field(default=256, ge=1)
    """What it prints or answers, each, in kibibytes; a program that says more is ended."""


class DocumentLimits(_Strict):
    """What reading one file of a stranger may use."""

    wall_seconds: float = Field(default=15.0, gt=0)
    """Time from the file's arrival in the sandbox to its text."""
    cpu_seconds: int = Field(default=12, ge=1)
    memory_mb: int = Field(default=512, ge=128)
    """Address space, in mebibytes, the reader itself included."""
    answer_mb: int = Field(default=8, ge=1)
    """The text of one file, in mebibytes of JSON."""


class SandboxPolicy(_Strict):
    """Everything the sandbox is configured by."""

    expressions: ExpressionLimits = ExpressionLimits()
    programs: ProgramLimits = ProgramLimits()
    documents: DocumentLimits = DocumentLimits()
    libraries: tuple[str, ...] = ("polars", "numpy")
    """Installed distributions a program may import, beside those they need themselves."""
    at_once: int = Field(default=2, ge=1)
    """Programs one sandbox server runs at the same time; others wait."""


def load_policy(path: Path) -> SandboxPolicy:
    """The policy in the YAML file at `path`; the defaults when there is no such file.

    Raises:
        SandboxPolicyError: it cannot be read, or says something it cannot say.
    """
    try:
        return SandboxPolicy.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {})
    except FileNotFoundError:
        return SandboxPolicy()
    except OSError as error:
        raise SandboxPolicyError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except YAMLError as error:
        raise SandboxPolicyError(f"not YAML: {error}", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SandboxPolicyError(
            f"{field}: {first['msg']}", where=str(path), do=f"correct {field}"
        ) from error
