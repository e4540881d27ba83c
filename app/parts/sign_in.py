"""The owner's sign-in, asked for before anything else when a password is set."""

import hmac

import streamlit as st

from muster.core.settings import load_settings


def require() -> None:
    """Let the owner through; everyone else sees the form and nothing more.

    Without MUSTER_OWNER_PASSWORD there is nothing to ask. A password that is changed signs everyone out.
    """
    password = load_settings().owner_password
    if password is None:
        return
    expected = password.get_secret_value()
    if _same(st.session_state.get("signed_in_with", ""), expected):
        return
    _ask(expected)
    st.stop()


def _ask(expected: str) -> None:
    _, middle, _ = st.columns([1, 1.2, 1])
    with middle, st.form("sign_in"):
        st.subheader("muster")
        given = st.text_input("Owner's password", type="password")
        if not st.form_submit_button("Sign in", type="primary"):
            return
        if _same(given, expected):
            st.session_state["signed_in_with"] = given
            st.rerun()
        st.error("That is not the password.")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
