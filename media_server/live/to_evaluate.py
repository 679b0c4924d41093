"""Which interviews are to be evaluated when they are over: a list in the store, so that no restart
forgets one, and no server has to read the logs of all that ever were.

An interview is on it before it can be joined, and leaves it when its evaluation is made, has
failed, or it is erased.
"""

from __future__ import annotations

from collections.abc import Sequence

from media_server.ports import DEFAULT_TENANT, Document, Documents

KIND = "to-evaluate"
"""Of the documents. They belong to the server: of whichever tenant an interview is."""
PAGE = 50


class ToEvaluate:
    """Every method raises StoreUnavailable."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def add(self, interview_id: str, now_s: float) -> None:
        document = Document(DEFAULT_TENANT, KIND, interview_id, 0, now_s, {})
        await self._documents.put(document, expected_version=None)

    async def remove(self, interview_id: str) -> None:
        await self._documents.delete(DEFAULT_TENANT, KIND, interview_id)

    async def page(self, after: str | None) -> Sequence[Document]:
        """Ids of interviews above `after`, at most PAGE."""
        return await self._documents.page(DEFAULT_TENANT, KIND, after=after, limit=PAGE)
