"""Which endpoints a tenant has: those of the file, and for the one key the one that is set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from media_server.live.services import Services
from media_server.live.webhooks import endpoints_of
from media_server.tenants import NO_TENANTS, Tenants, parse
from media_server.webhooks.settings import WebhookSettings
from tests.webhooks.receiver import OTHER, SECRET

SET = WebhookSettings(url="https://example.org/set", secrets=(SECRET, OTHER), events=("result.*",))


@dataclass
class Configured:
    """What is asked of `Services`."""

    now: Tenants = NO_TENANTS
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)

    def tenants(self) -> Tenants:
        return self.now


def of(tenant: str, **given: Any) -> list[Any]:
    return list(endpoints_of(cast("Services", Configured(**given)), tenant))


def hook(tenant: str, *more: str, id_: str = "ats") -> str:
    lines = [f'[[tenants]]\nname = "{tenant}"', "[[tenants.webhooks]]", f'id = "{id_}"']
    lines += ['url = "https://example.org/in"', f'secrets = ["{SECRET}"]', *more]
    return "\n".join(lines) + "\n"


def test_without_anything_there_is_none() -> None:
    assert of("default") == of("acme") == []


def test_the_one_that_is_set_is_the_default_tenants() -> None:
    (one,) = of("default", webhooks=SET)
    assert (one.id, one.url, one.tenant) == ("default", "https://example.org/set", "default")
    assert one.secrets == (SECRET, OTHER)
    assert of("acme", webhooks=SET) == []


def test_those_of_the_file_are_their_tenants() -> None:
    tenants = parse(hook("acme", 'events = ["interview.*"]') + hook("default"))
    (acme,) = of("acme", now=tenants, webhooks=SET)
    assert (acme.id, acme.tenant, acme.enabled) == ("ats", "acme", True)
    assert acme.wants("interview.completed")
    assert not acme.wants("result.transcript_ready")
    assert [one.id for one in of("default", now=tenants, webhooks=SET)] == ["default", "ats"]


def test_the_file_wins_where_both_have_the_same_id() -> None:
    (one,) = of("default", now=parse(hook("default", id_="default")), webhooks=SET)
    assert one.url == "https://example.org/in"


def test_events_that_there_are_not_are_passed_over() -> None:
    both = parse(hook("acme", 'events = ["interview.completed", "of.the_future"]'))
    (one,) = of("acme", now=both)
    assert (one.events, one.enabled) == (("interview.completed",), True)
    (none,) = of("acme", now=parse(hook("acme", 'events = ["of.the_future"]')))
    assert not none.enabled, "it asked for nothing that there is: it does not get everything"


def test_one_that_is_switched_off_stays_so() -> None:
    (one,) = of("acme", now=parse(hook("acme", "enabled = false")))
    assert not one.enabled
