"""The entry script: the frame that every page shares, and the page the browser asked for."""

import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
# The folder above holds the package `dashboards`, in the checkout and in the wheel alike.
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from dashboards import state  # noqa: E402
from dashboards.components import sidebar, status  # noqa: E402

PAGES = (
    ("home", "Home", ":material/home:"),
    ("portfolio", "Portfolio", ":material/upload_file:"),
    ("review", "Review", ":material/fact_check:"),
    ("exposure", "Exposure", ":material/bar_chart:"),
    ("timeline", "Timeline", ":material/timeline:"),
    ("what_if", "What-if", ":material/alt_route:"),
    ("export", "Export", ":material/download:"),
    ("lists", "Lists and audit", ":material/receipt_long:"),
)

# The frame Streamlit leaves around a page is wider than a laptop can spare.
STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding: 3rem 2.5rem 2rem}
[data-testid="stSidebarHeader"] {height: 2.5rem; min-height: 0}
</style>"""

st.set_page_config(
    page_title="Investment ban impact",
    page_icon="⚖️",
    layout="wide",
    initial_sidebar_state="expanded",
)
st.html(STYLE)
state.begin()
pages = [
    st.Page(HERE / "app_pages" / f"{name}.py", title=title, icon=icon, default=name == "home")
    for name, title, icon in PAGES
]
page = st.navigation(pages)
sidebar.show()
page.run()
status.footer()
state.to_url()
