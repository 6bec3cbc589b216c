"""From what EMR runs to applications of this platform, with an account of every place of the input."""
