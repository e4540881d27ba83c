"""The dashboard: sign in, then the pages. Run it with `streamlit run app/main.py`."""

import streamlit as st

from app.parts import sign_in

st.set_page_config(page_title="muster", layout="wide", initial_sidebar_state="collapsed")
sign_in.require()
st.navigation(
    [
        st.Page("pages/home.py", title="Overview", default=True),
        st.Page("pages/escalations.py", title="Escalations"),
        st.Page("pages/tasks.py", title="Tasks"),
    ],
    position="top",
).run()
