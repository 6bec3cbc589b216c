"""What the program beside it reads: in EMR it came as a zip."""

WORD = 3
COLUMN = "word"
