"""The one address of all pages, and who may open it."""
