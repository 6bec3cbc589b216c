"""A run as everybody sees it: the pages, the index, the command line. Pure."""
