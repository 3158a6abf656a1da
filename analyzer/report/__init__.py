"""An analysis as JSON, tables and files."""
