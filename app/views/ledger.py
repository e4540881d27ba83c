"""Whether the record can be relied on: sealed up to when, what is under way, and how to check it yourself."""

from datetime import datetime

import streamlit as st

from app.parts import record, show
from muster.analysis.figures import duration, money
from muster.ledger.verify import Verdict
from muster.reports.standing import Standing

# Events that are checked while a reader waits; more take minutes and are checked by command.
_AT_ONCE = 200_000


def age(then: datetime | None, now: datetime) -> str:
    return "never" if then is None else duration(max((now - then).total_seconds(), 0))


def tiles(standing: Standing) -> None:
    now = standing.at
    late = "; that is late" if standing.late else ""
    unsealed = (
        f"oldest {age(standing.unsealed_since, now)} ago{late}" if standing.unsealed else "all is sealed"
    )
    held = f"{standing.lost_intents} lost, {money(float(standing.reserved_usd))} held back of budgets"
    facts = [
        ("Events", f"{standing.events:,}", f"{standing.sealed:,} sealed, {standing.mirrored:,} mirrored"),
        ("Last seal", age(standing.sealed_at, now), f"age of the newest of {standing.seals:,}"),
        ("Not sealed yet", f"{standing.unsealed:,}", unsealed),
        (
            "Begun, not settled",
            f"{standing.open_intents:,}",
            held if standing.open_intents else "nothing is under way",
        ),
    ]
    for column, (name, value, note) in zip(st.columns(len(facts)), facts, strict=True):
        with column:
            show.fact(name, value, note)


def points(standing: Standing) -> None:
    """What is not as it should be."""
    if standing.late:
        st.warning("Events have waited more than ten minutes for their seal: `muster ledger seal` says why.")
    if standing.lost_intents:
        st.warning(
            f"{standing.lost_intents} acts were begun and their time is over: `muster ledger recover` looks "
            "after them."
        )
    if standing.seals and standing.first_key is None:
        st.warning("No public key is pinned on this machine, so signatures cannot be checked here.")


def check_now(standing: Standing) -> None:
    st.subheader("Checked here")
    if standing.events > _AT_ONCE:
        st.markdown(f"{standing.events:,} events take minutes to check: `muster ledger verify` does it.")
        return
    if st.button("Check every event, chain, seal and signature now", key="check"):
        with st.spinner("Checking the record"):
            st.session_state["verdict"] = (standing.at, record.checked())
    if "verdict" in st.session_state:
        told(*st.session_state["verdict"])
    else:
        st.caption("Not checked since this page was opened.")


def told(at: datetime, verdict: Verdict) -> None:
    words = show.words(f"{verdict.sentence()} ({at:%Y-%m-%d %H:%M:%S} UTC)")
    (st.success if verdict.whole else st.error)(words)
    for problem in verdict.problems:
        st.markdown(f"- {show.words(str(problem))}")
    for note in verdict.notes:
        st.caption(show.words(note))


def yourself(standing: Standing) -> None:
    """The commands that need nobody's word, and what to compare."""
    st.subheader("Check it yourself")
    st.markdown(
        "Take a copy to a machine of your own; no database and no network is needed there, only muster and "
        "the first key's fingerprint, which you should have been told by another way than this page."
    )
    st.code(
        "# here\nmuster ledger export --out ledger.zip\n\n"
        "# anywhere\nmuster ledger verify ledger.zip\n\n"
        "# one event, for a third party\nmuster ledger prove evt_… --out proof.txt",
        language="text",
        wrap_lines=True,
    )
    if standing.fingerprint is not None:
        st.markdown("SHA-256 of the first key:")
        st.code(standing.fingerprint, language="text", wrap_lines=True)
    if standing.checkpoint is not None:
        st.markdown("The newest seal, as it was signed:")
        st.code(standing.checkpoint, language="text", wrap_lines=True)
        st.download_button(
            "Download the checkpoint", standing.checkpoint, file_name="checkpoint", type="tertiary"
        )


def page() -> None:
    st.title("Ledger")
    standing = record.standing()
    if not standing.events:
        st.info("Nothing is recorded yet.")
        return
    tiles(standing)
    points(standing)
    left, right = st.columns(2, gap="large")
    with left:
        yourself(standing)
    with right:
        check_now(standing)
        st.subheader("Newest seals")
        if standing.newest.is_empty():
            st.markdown("Nothing is sealed yet: `muster ledger seal`.")
            return
        st.dataframe(
            standing.newest,
            hide_index=True,
            height=show.table_height(standing.newest.height, 360),
            column_config={
                "sealed_at": st.column_config.DatetimeColumn(
                    "sealed (UTC)", format="YYYY-MM-DD HH:mm:ss", timezone="UTC"
                ),
                "tree_size": "events in all",
                "root_sha256": "root",
                "key_id": "key",
            },
            alt="The newest seals, newest first",
        )
        show.download(standing.newest, "seals")


page()
