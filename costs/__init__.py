"""What the platform costs, beside the same work on EMR: a dated price table, formulas, and a report."""
