"""Events of a made-up company in any number, the same for the same seed: for benchmarks of reading.

One task is about twenty events: arrival, lease, run, two to six model calls with tool calls between them,
sometimes a refusal, a wait for a person or an escalation, ends, for most a score, and for some an answer
or a last word on the result. Tasks overlap in time, and some reach into the next file.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from muster.analysis.frames import MONEY
from muster.ledger.event_frame import MIRROR_FRAME

TASKS_A_FILE: Final = 25_000
_BEGIN: Final = datetime(2026, 3, 2, tzinfo=UTC)
_TEAMS: Final = ("support", "finance", "leads", "vendors")
_TEAM_WEIGHTS: Final = (0.43, 0.28, 0.17, 0.12)
_REASONS: Final = (
    "low_confidence",
    "customer_asked",
    "policy_denied",
    "needs_approval",
    "too_many_tool_calls",
)
_TOOLS: Final = ("shop__get_order", "books__find_invoice", "mail__send_reply", "crm__update_lead")
_WORDS: Final = (
    "the customer writes that parcel order refund invoice from last week arrived open and broken so we "
    "checked stock carrier payment twice before answering that a replacement leaves tomorrow morning with "
    "the usual label "
)
_TEXT: Final = _WORDS * 12
_STATUSES: Final = ("completed", "escalated", "failed")
_OUTSIDE_RUNS: Final = {
    *("task.queued", "task.leased", "task.ended", "outcome.scored"),
    *("escalation.answered", "task.confirmed", "task.reopened"),
}
_BARE: Final = {"payload", "input_tokens", "confidence", "correct", "attention_seconds", "context_rating"}
"""Fields that stand in a body without quotes."""


def event_frames(
    events: int, seed: int = 7, *, begin: datetime = _BEGIN, every_ms: int = 400
) -> Iterator[pl.DataFrame]:
    """At least `events` events as `MIRROR_FRAME`s, one after the other in the order of seq.

    Args:
        begin: when the first task arrives.
        every_ms: milliseconds from one arrival to the next.
    """
    chance = np.random.default_rng(seed)
    made, first_task, carried = 0, 0, None
    while made < events:
        frame = _events(_tasks(first_task, TASKS_A_FILE, chance, begin, every_ms))
        first_task += TASKS_A_FILE
        if carried is not None:
            frame = pl.concat([carried, frame])
        frame = frame.sort("happened_at", maintain_order=True)
        cut = min(int(frame.height * 0.98), events - made)
        carried = frame.slice(cut)
        yield _numbered(frame.slice(0, cut), made + 1)
        made += cut


def write_mirror(folder: Path, events: int, seed: int = 7) -> list[Path]:
    """The same, as mirror files in `folder`."""
    paths = []
    for frame in event_frames(events, seed):
        first, last = frame["seq"][0], frame["seq"][-1]
        paths.append(folder / f"{first:012d}-{last:012d}.parquet")
        frame.write_parquet(paths[-1])
    return paths


def _tasks(
    first: int, count: int, chance: np.random.Generator, begin: datetime, every_ms: int
) -> pl.DataFrame:
    """What is decided once a task."""
    status = chance.choice(3, count, p=(0.84, 0.14, 0.02))
    frame = pl.DataFrame(
        {
            "number": np.arange(first, first + count),
            "team": np.array(_TEAMS)[chance.choice(4, count, p=_TEAM_WEIGHTS)],
            "calls": chance.integers(2, 7, count),
            "end": np.array(_STATUSES)[status],
            "reason": np.array(_REASONS)[chance.choice(5, count)],
            "tool": np.array(_TOOLS)[chance.choice(4, count)],
            "queue_s": chance.exponential(4.0, count),
            "work_s": chance.lognormal(2.7, 0.6, count),
            "confidence": chance.uniform(0.5, 1.0, count).round(3),
            "cost": chance.lognormal(-6.0, 0.5, count).round(6),
            "right": chance.random(count) < 0.95,
            "scored": chance.random(count) < 0.7,
            "refused": chance.random(count) < 0.05,
            "offset": chance.integers(0, 1500, count),
            "asked": chance.random(count) < 0.08,
            "wait_s": chance.lognormal(5.0, 1.0, count),
            "attention": chance.integers(15, 600, count),
            "timed": chance.random(count) < 0.7,
            "rating": chance.integers(1, 6, count),
            "word": chance.random(count),
        }
    )
    salt = pl.col("number").hash(seed=7).cast(pl.String).str.slice(0, 17).str.zfill(17)
    name = pl.concat_str(pl.col("number").cast(pl.String).str.zfill(9), salt)
    arrival = pl.lit(begin) + pl.duration(milliseconds=pl.col("number") * every_ms)
    return frame.with_columns(
        wait_s=pl.when("asked").then("wait_s").otherwise(0.0),
        attention=pl.when("timed").then("attention"),
        task_id="tsk_" + name,
        run_id="run_" + name,
        at=arrival.cast(pl.Datetime("us", "UTC")),
    )


def _events(tasks: pl.DataFrame) -> pl.DataFrame:
    """Every event of the tasks, without seq."""
    parts = [_arrivals(tasks), *_starts(tasks)]
    for call in range(6):
        parts += _calls(tasks.filter(pl.col("calls") > call), call)
    return pl.concat([*parts, *_waits(tasks), *_ends(tasks), *_words(tasks)], how="diagonal_relaxed")


def _seconds(value: pl.Expr) -> pl.Expr:
    return pl.duration(microseconds=(value * 1e6).cast(pl.Int64))


def _object(**fields: pl.Expr | str | int) -> pl.Expr:
    """A JSON object of `fields`; the made-up texts hold nothing that must be escaped."""
    parts, separator = [], "{"
    for name, value in fields.items():
        quote = "" if name in _BARE or isinstance(value, int) else '"'
        text = value.cast(pl.String) if isinstance(value, pl.Expr) else pl.lit(str(value))
        known = text.fill_null("null") if name in _BARE else text
        parts += [pl.lit(f'{separator}"{name}":{quote}'), known, pl.lit(quote)]
        separator = ","
    return pl.concat_str(*parts, pl.lit("}"), ignore_nulls=True)


def _of(
    tasks: pl.DataFrame,
    kind: str,
    at: pl.Expr,
    payload: pl.Expr,
    *,
    step: int,
    **columns: pl.Expr,
) -> pl.DataFrame:
    """One event of each task, with its body."""
    run = kind not in _OUTSIDE_RUNS
    agent = pl.col("team") + pl.lit("/desk")
    text, number = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.Int64)
    told = tasks.select(
        kind=pl.lit(kind),
        event_id=pl.concat_str(pl.lit("evt_"), pl.col("task_id").str.slice(4, 24), pl.lit(f"{step:02d}")),
        task_id="task_id",
        run_id=pl.col("run_id") if run else text,
        run_seq=pl.lit(step, dtype=pl.Int64) if run else number,
        team="team",
        agent=agent if run else text,
        actor=pl.lit("agent:") + agent if run else pl.lit("service:intake"),
        model_source=pl.lit("rehearsal") if run else text,
        happened_at=at.cast(pl.Datetime("us", "UTC")),
        payload=payload,
        **columns,
    )
    names = ("actor", "agent", "event_id", "kind", "model_source", "payload", "run_id", "task_id", "team")
    moment = pl.col("happened_at").dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    fields = {name: pl.col(name) for name in names} | {"happened_at": moment}
    return told.with_columns(body=_object(**dict(sorted(fields.items())))).drop("payload")


def _text(length: int) -> pl.Expr:
    return pl.lit(_TEXT).str.slice(pl.col("offset"), length)


def _hash() -> pl.Expr:
    return pl.col("number").hash().cast(pl.String).str.zfill(64)


def _arrivals(tasks: pl.DataFrame) -> pl.DataFrame:
    title = pl.concat_str(pl.lit("Order "), pl.col("number"), pl.lit(": "), _text(30))
    payload = _object(
        channel="mail",
        content_sha256=_hash(),
        external_id=pl.col("number"),
        priority="medium",
        sender="a@example.com",
        source="mail:in",
        title=title,
    )
    return _of(
        tasks, "task.queued", pl.col("at"), payload, step=0,
        subject=pl.lit("mail"), priority=pl.lit("medium"), title=title,
    )  # fmt: skip


def _starts(tasks: pl.DataFrame) -> list[pl.DataFrame]:
    began = pl.col("at") + _seconds(pl.col("queue_s"))
    leased = _object(attempt=1, worker="team-shift/host/4711")
    started = _object(attempt=1, entry_agent="desk", team_version=3)
    return [
        _of(tasks, "task.leased", began, leased, step=1),
        _of(tasks, "run.started", began, started, step=2),
    ]


def _calls(tasks: pl.DataFrame, call: int) -> list[pl.DataFrame]:
    """The model call of this number, and the tool call that follows all but the last."""
    begun = pl.col("at") + _seconds(pl.col("queue_s") + pl.col("work_s") / pl.col("calls") * call)
    share = pl.col("work_s") / pl.col("calls")
    settled, after = begun + _seconds(share * 0.7), begun + _seconds(share * 0.9)
    step, number, tool = 3 + call * 4, pl.col("number"), pl.col("tool")
    model, tokens = "claude-sonnet-5-5", 900 + pl.col("offset") % 700
    intended = _object(
        call_id=number,
        estimated_cost_usd="0.01",
        model=model,
        prompt_version=2,
        request_sha256=_hash(),
        role="worker",
    )
    answer = _object(
        cache_read_input_tokens=300,
        call_id=number,
        input_tokens=tokens,
        latency_ms=1200,
        model=model,
        output_tokens=80,
        response=_text(600),
        status="ok",
    )
    asked = _object(arguments=number, call_id=number, effect="read", tool=tool)
    result = _object(call_id=number, latency_ms=90, result=_text(250), status="ok", tool=tool)
    used = {
        "status": pl.lit("ok"),
        "input_tokens": tokens,
        "output_tokens": pl.lit(80),
        "cache_read_tokens": pl.lit(300),
        "cache_write_tokens": pl.lit(0),
        "latency_ms": pl.lit(1200),
        "cost_usd": pl.col("cost").cast(MONEY),
    }
    by = {"subject": pl.lit(model), "role": pl.lit("worker")}
    paid = {"status": pl.lit("ok"), "latency_ms": pl.lit(90), "cost_usd": pl.lit("0.000100").cast(MONEY)}
    toolish = tasks.filter(pl.col("calls") > call + 1)
    return [
        _of(tasks, "model_call.intended", begun, intended, step=step, **by),
        _of(tasks, "model_call.settled", settled, answer, step=step + 1, **by, **used),
        _of(toolish, "tool_call.intended", settled, asked, step=step + 2, subject=tool),
        _of(toolish, "tool_call.settled", after, result, step=step + 3, subject=tool, **paid),
    ]  # fmt: skip


def _waits(tasks: pl.DataFrame) -> list[pl.DataFrame]:
    """A person is asked when the work is done, and the task is parked until they say yes."""
    asked, seconds = tasks.filter("asked"), pl.col("attention")
    done = pl.col("at") + _seconds(pl.col("queue_s") + pl.col("work_s"))
    heard = done + _seconds(pl.col("wait_s"))
    ticket, tool = "apr_" + pl.col("number").cast(pl.String), pl.col("tool")
    request = _object(approval_id=ticket, rules="money_band", summary=_text(200), tool=tool)
    parked = _object(attempt=1, reason="waits for a person", waiting_for=ticket)
    decided = _object(approval_id=ticket, attention_seconds=seconds, decision="approve", note=_text(60))
    woken = _object(reason="jo approved it", waited_for=ticket)
    word = {"status": pl.lit("approve"), "attention_seconds": seconds}
    return [
        _of(asked, "approval.requested", done, request, step=28, subject=tool),
        _of(asked, "task.parked", done, parked, step=29, subject=ticket),
        _of(asked, "approval.decided", heard, decided, step=30, **word),
        _of(asked, "task.woken", heard, woken, step=31, subject=ticket),
    ]


def _words(tasks: pl.DataFrame) -> list[pl.DataFrame]:
    """Answers to escalations, and what is said of results later."""
    over = pl.col("at") + _seconds(pl.col("queue_s") + pl.col("work_s") + pl.col("wait_s"))
    word, end = pl.col("word"), pl.col("end")
    given = {"attention_seconds": pl.col("attention"), "context_rating": pl.col("rating")}
    answer = _object(answer=_text(80), outcome="resolved", **given)
    confirmed = _object(note=_text(40), said_by="customer")
    reopened = _object(known_by="customer", reason=_text(60))
    answered = tasks.filter(end == "escalated", word < 0.7)
    held = tasks.filter(end == "completed", word < 0.1)
    broke = tasks.filter(end == "completed", word > 0.97)
    return [
        _of(answered, "escalation.answered", over + timedelta(minutes=9), answer, step=36, **given),
        _of(held, "task.confirmed", over + timedelta(minutes=15), confirmed, step=37),
        _of(broke, "task.reopened", over + timedelta(minutes=20), reopened, step=38, reason=_text(60)),
    ]


def _ends(tasks: pl.DataFrame) -> list[pl.DataFrame]:
    over = pl.col("at") + _seconds(pl.col("queue_s") + pl.col("work_s") + pl.col("wait_s"))
    sure, end, tool, right = (pl.col(name) for name in ("confidence", "end", "tool", "right"))
    raised = _object(confidence=sure, reason=pl.col("reason"), summary=_text(300))
    refusal = _object(reason="over the limit", rule="money_band", tool=tool)
    scored = _object(actual=end, correct=right, scorer="truth")
    verdict = pl.when(right).then(pl.lit("correct")).otherwise(pl.lit("wrong"))
    mistake = pl.when(~right).then(pl.lit("forbidden effect: refund issued"))
    rule, ran = pl.lit("money_band"), _object(confidence=sure, outcome=end, summary=_text(200))
    refused, escalated = tasks.filter(pl.col("refused")), tasks.filter(end == "escalated")
    known, later = tasks.filter(pl.col("scored")), over + timedelta(seconds=5)
    score = {"status": verdict, "reason": mistake}
    why = {"reason": pl.col("reason"), "confidence": sure}
    last = _object(status=end, summary=_text(200))
    return [
        _of(refused, "tool_call.refused", over, refusal, step=27, subject=tool, reason=rule),
        _of(escalated, "escalation.raised", over, raised, step=32, **why),
        _of(tasks, "run.ended", over, ran, step=33, status=end, confidence=sure),
        _of(tasks, "task.ended", over, last, step=34, status=end),
        _of(known, "outcome.scored", later, scored, step=35, **score),
    ]


def _numbered(frame: pl.DataFrame, first_seq: int) -> pl.DataFrame:
    """`frame` as the mirror writes it, numbered from `first_seq`."""
    chain = pl.col("event_id").hash().cast(pl.String).str.zfill(32).cast(pl.Binary)
    whole = frame.with_columns(
        seq=pl.int_range(first_seq, first_seq + frame.height),
        recorded_at="happened_at",
        chain_sha256=pl.when(pl.col("run_id").is_not_null()).then(chain),
    )
    missing = {name: pl.lit(None, dtype=dtype) for name, dtype in MIRROR_FRAME.items() if name not in whole}
    return whole.with_columns(**missing).select(
        pl.col(name).cast(dtype) for name, dtype in MIRROR_FRAME.items()
    )
