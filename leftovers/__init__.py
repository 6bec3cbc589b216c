"""What a destroyed stack left in the account: listed, removed, or taken over by a new stack of that name."""
