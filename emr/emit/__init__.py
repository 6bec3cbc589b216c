"""What is written: objects for the operator, with what a person has to do before their first run."""
