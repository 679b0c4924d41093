"""What the interviewer says of its own: asking back, answers from the FAQ, the summary. Pure.

A model's words pass the checks of this room before a candidate hears them.
"""
