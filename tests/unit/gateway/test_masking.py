"""Credentials struck out of what comes back."""

import subprocess
import sys
import time
from pathlib import Path

from muster.gateway.masking import MASK, Mask


def test_a_credential_is_struck_out_wherever_it_stands() -> None:
    mask = Mask(frozenset({"s3cret", "s3cret-long"}))
    given = {"content": [{"text": "a s3cret-long b s3cret"}], "s3cret": 1, "n": None, "ok": True}
    assert mask.value(given) == {"content": [{"text": f"a {MASK} b {MASK}"}], MASK: 1, "n": None, "ok": True}
    assert mask.text("key=s3cret") == f"key={MASK}"


def test_without_credentials_nothing_is_copied() -> None:
    given = {"a": ["b"]}
    assert Mask(frozenset()).value(given) is given


def test_the_error_output_of_a_process_is_written_down_without_it(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "upstream.log"
    with Mask(frozenset({"s3cret"})).log(path) as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", "import sys; print('it is s3cret', file=sys.stderr)"], stderr=errors
        )
    process.wait()
    deadline = time.monotonic() + 5
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert path.read_text() == f"it is {MASK}\n"


def test_a_log_without_credentials_is_the_file_itself(tmp_path: Path) -> None:
    with Mask(frozenset()).log(tmp_path / "x.log") as errors:
        errors.write("plain\n")
    assert (tmp_path / "x.log").read_text() == "plain\n"
