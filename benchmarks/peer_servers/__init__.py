"""One small server per peer, run by `benchmarks/peers.py` in that peer's own environment.

They import nothing of this project but each other, and each follows its library's own examples.
"""
