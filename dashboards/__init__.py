"""The Streamlit front end; pages hold neither law nor arithmetic."""
