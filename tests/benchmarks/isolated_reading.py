"""What isolation costs: reading the demo's PDFs in the sandbox against reading them in one's own process.

Run: `python -m tests.benchmarks.isolated_reading [--rounds 3] [--json]`. Also prints how long one call of
each engine of `run_python` takes, from call to answer, and how long the first file waits for the sandbox.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable

from muster.core.settings import PROJECT_ROOT
from muster.sandbox.documents.pdf import pdf_text
from muster.sandbox.expressions import interpreter
from muster.sandbox.limits import DocumentLimits, SandboxPolicy
from muster.sandbox.programs import run_program
from muster.sandbox.reader import DocumentReader
from tests.benchmarks.measure import Comparison, report

REACH = 2.0
CALLS = 10


def papers() -> list[bytes]:
    """The PDFs of the demo that are whole."""
    files = sorted((PROJECT_ROOT / "data" / "demo" / "drop" / "finance").glob("*.pdf"))
    return [data for data in (file.read_bytes() for file in files) if b"%%EOF" in data[-2048:]]


def milliseconds(read: Callable[[bytes], object], files: list[bytes]) -> float:
    """The median time of one file."""
    took = []
    for data in files:
        begun = time.perf_counter()
        read(data)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


async def expression_ms(policy: SandboxPolicy) -> float:
    """The median time of one small program."""
    took = []
    async with interpreter(policy) as engine:
        for _ in range(CALLS):
            begun = time.perf_counter()
            await engine.run("sum(x * 2 for x in xs)", {"xs": [1, 2, 3]})
            took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def program_ms(policy: SandboxPolicy, code: str) -> float:
    """The median time of one program with libraries."""
    took = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        run_program(code, {}, policy)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    files, reader, policy = papers(), DocumentReader(DocumentLimits()), SandboxPolicy()
    begun = time.perf_counter()
    reader.read("pdf", files[0])
    first_ms = (time.perf_counter() - begun) * 1000
    one = Comparison("a PDF read in the sandbox", "read in one's own process", "ms", "lower", REACH)
    for _ in range(chosen.rounds):
        one.ours.append(milliseconds(lambda data: reader.read("pdf", data), files))
        one.theirs.append(milliseconds(lambda data: pdf_text(data, most_pages=100, seconds=10), files))
    reader.close()
    report(
        [one],
        as_json=chosen.json,
        files=len(files),
        first_file_ms=round(first_ms),
        expression_ms=round(asyncio.run(expression_ms(policy))),
        program_ms=round(program_ms(policy, "1 + 1")),
        program_with_polars_ms=round(program_ms(policy, "import polars")),
    )


if __name__ == "__main__":
    main()
