"""The cases of the contract behind the full fronts: the same tests, another gateway before the same functions."""
