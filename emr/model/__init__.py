"""What every form of input becomes, and the account of what became of each of its leaves."""
