"""Words of a candidate that are addressed to whoever interviews or judges: found, not obeyed. Pure.

Begin at `guard`.
"""
