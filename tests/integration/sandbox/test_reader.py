"""Reading files of strangers: each in a process of its own, in a sandbox that is kept ready."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.sandbox.limits import DocumentLimits
from muster.sandbox.reader import DocumentReader, UnreadableDocumentError
from tests.sandboxed import needs_sandbox
from tests.unit.intake.papers import pdf

pytestmark = needs_sandbox

_OBEY = "muster.sandbox.escapes.taken_over"


@pytest.fixture
def reader() -> Iterator[DocumentReader]:
    """A reader of its own."""
    reader = DocumentReader(DocumentLimits())
    yield reader
    reader.close()


@pytest.fixture
def obedient() -> Iterator[DocumentReader]:
    """A reader whose parser does what files say."""
    reader = DocumentReader(DocumentLimits(wall_seconds=2, cpu_seconds=1), serving=_OBEY)
    yield reader
    reader.close()


def test_many_files_at_once_each_give_their_own_text(reader: DocumentReader) -> None:
    papers = {f"Invoice {n}": pdf(f"Invoice {n}") for n in range(12)}
    with ThreadPoolExecutor(6) as pool:
        texts = list(pool.map(lambda data: reader.read("pdf", data), papers.values()))
    assert texts == list(papers)


def test_every_file_has_a_process_of_its_own(obedient: DocumentReader) -> None:
    first = obedient.read("html", b"import builtins, os\nbuiltins.seen = 1\nos.getpid()")
    second = obedient.read("html", b"import builtins, os\n[os.getpid(), hasattr(builtins, 'seen')]")
    assert second.endswith("false]")
    assert first not in second


def test_a_file_that_takes_the_parser_down_does_not_take_the_next_one_along(obedient: DocumentReader) -> None:
    for bad in (
        b"while True: pass\n1",
        b"import os\nos._exit(0)\n1",
        b"import ctypes\nctypes.string_at(0)\n1",
    ):
        with pytest.raises(UnreadableDocumentError, match="more time or memory"):
            obedient.read("html", bad)
        assert obedient.read("html", b"'next'") == '"next"'


def test_a_sandbox_that_was_killed_is_started_again(reader: DocumentReader) -> None:
    reader.read("html", b"<p>one")
    assert reader.process_id is not None
    before = reader.process_id
    for pid in [before, *_descendants(before)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert reader.read("html", b"<p>two") == "two"
    assert reader.process_id != before


def test_nothing_is_left_when_its_process_is_killed() -> None:
    code = (
        "import sys, time\nfrom muster.sandbox.limits import DocumentLimits\n"
        "from muster.sandbox.reader import DocumentReader\nreader = DocumentReader(DocumentLimits())\n"
        "reader.read('html', b'<p>x')\nprint(reader.process_id, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        sandbox = int(process.stdout.readline())
        inside = {sandbox, *_descendants(sandbox)}
        process.kill()
    _until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in inside))


def _descendants(pid: int) -> set[int]:
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8") as file:
            parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def _until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)
