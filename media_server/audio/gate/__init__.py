"""Which of the frames that arrive are the candidate's speech: one policy per file."""
