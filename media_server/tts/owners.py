"""Whose words the clips in memory are, so that they go with their interview. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

_ERASED_KEPT = 10_000
_USERS_KEPT = 1_000
_KEYS_KEPT = 20_000
"""More than memory has clips; what is beyond was never made, or went long ago."""


class ClipOwners:
    """Interview ids by clip key; "" owns what every interview says."""

    def __init__(self) -> None:
        self._users: OrderedDict[str, set[str]] = OrderedDict()
        self._erased: OrderedDict[str, None] = OrderedDict()

    def use(self, keys: Iterable[str], owner: str) -> None:
        """It is about to be said by this interview."""
        if self.is_erased(owner):
            return
        for key in keys:
            users = self._users.setdefault(key, set())
            if len(users) >= _USERS_KEPT:
                users.pop()  # at worst the clip is made once more
            users.add(owner)
            self._users.move_to_end(key)
        while len(self._users) > _KEYS_KEPT:
            self._users.popitem(last=False)

    def erase(self, owner: str) -> None:
        """An id that was erased is never used again."""
        self._erased[owner] = None
        while len(self._erased) > _ERASED_KEPT:
            self._erased.popitem(last=False)
        for users in self._users.values():
            users.discard(owner)

    def of_nobody(self) -> tuple[str, ...]:
        return tuple(key for key, users in self._users.items() if not users)

    def wanted(self, key: str) -> bool:
        """Whether anybody who may still be there has asked for it."""
        return bool(self._users.get(key))

    def is_erased(self, owner: str) -> bool:
        return owner in self._erased

    def forget(self, key: str) -> None:
        self._users.pop(key, None)
