"""Judging answers by criteria, with quotes that code has found in the transcript. Pure.

A model proposes; what is proposed counts only where it can be checked. Begin at `judging`.
"""
