"""The policy pack: the guard rules of `components/rules`, asked of everything that a stack is to make."""
