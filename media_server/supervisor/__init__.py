"""The small parent of the serving processes: it replaces one that hangs or dies.

Why a process and not a thread. A thread shares what hangs: a C call that holds the interpreter's
lock (a parser, a codec) stops every Python thread with it, and so does SIGSTOP or running out of
memory. A thread could only kill its own process, so that somebody else would have to start it
again. A parent needs none of what it watches: it imports no media, no HTTP, no event loop, sleeps
in `poll`, and is its children's reaper where it is process 1 of a container.

`slot` decides, of one place, what happens to the process in it (pure); `plan` says which places
there are, and in which order they start, stop and are replaced (pure); `child` starts a process and
ends it; `parent` is the loop around them.
"""

from media_server.supervisor.child import own_command
from media_server.supervisor.parent import Supervisor
from media_server.supervisor.plan import SINGLE, Plan

__all__ = ["SINGLE", "Plan", "Supervisor", "own_command"]
