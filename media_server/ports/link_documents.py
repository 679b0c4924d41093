"""Documents of the links to an interview's report: they go with the interview."""

from __future__ import annotations

from media_server.ports.documents import Documents

KIND = "report-link"
PAGE = 100


def document_id(interview_id: str, link_id: str) -> str:
    """So that the links of an interview lie side by side."""
    return f"{interview_id}@{link_id}"


async def forget_links(documents: Documents, tenant: str, interview_id: str) -> int:
    """How many there were. Raises StoreUnavailable: call it again, it takes what is left."""
    prefix, gone = document_id(interview_id, ""), 0
    while True:
        page = await documents.page(tenant, KIND, after=prefix, limit=PAGE)
        mine = [one.id for one in page if one.id.startswith(prefix)]
        for one in mine:
            await documents.delete(tenant, KIND, one)
        gone += len(mine)
        if len(mine) < PAGE:
            return gone
