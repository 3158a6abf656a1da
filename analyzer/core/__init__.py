"""Types shared by every part of the analyzer; nothing here reads a file or a clock."""
