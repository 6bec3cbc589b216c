"""What a person decides by: text, JSON, and one page."""
