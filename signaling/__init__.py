"""HTTP: WHIP-shaped signalling, the interviews API, the candidate's page.

Speaks to the live side through `media_server.ports.InterviewService` alone.
"""

from signaling.app import attach_service, create_app, start_draining
from signaling.context import CONTEXT

__all__ = ["CONTEXT", "attach_service", "create_app", "start_draining"]
