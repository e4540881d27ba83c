"""The dashboard: sign in, then the pages. Run it with `streamlit run app/main.py`."""

import streamlit as st

from app.parts import sign_in

st.set_page_config(page_title="muster", layout="wide", initial_sidebar_state="collapsed")
chosen = st.navigation(
    {
        "": [st.Page("views/home.py", title="Overview", default=True)],
        "Work": [
            st.Page("views/teams.py", title="Teams"),
            st.Page("views/roster.py", title="Roster"),
            st.Page("views/agent.py", title="One agent"),
            st.Page("views/tasks.py", title="Tasks"),
            st.Page("views/escalations.py", title="Escalations"),
        ],
        "Quality": [
            st.Page("views/quality.py", title="Accuracy"),
            st.Page("views/confidence.py", title="Confidence"),
            st.Page("views/reliability.py", title="Reliability"),
        ],
        "Money": [
            st.Page("views/cost.py", title="Cost"),
            st.Page("views/roi.py", title="ROI"),
            st.Page("views/whatif.py", title="What if"),
        ],
        "Record": [
            st.Page("views/ledger.py", title="Ledger"),
        ],
    },
    position="top" if sign_in.passed() else "hidden",
)
sign_in.require()
chosen.run()
