"""Whether the data of an interval is there and is what it has to be, read from its files' footers."""
