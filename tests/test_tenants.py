"""The file of tenants: what it may say, and how a fault in it reads."""

from __future__ import annotations

import base64
import re
import time

import pytest

from media_server.ports import SCOPES
from media_server.tenants import NO_TENANTS, TenantsError, key_digest, parse
from tests.support.env import REPOSITORY

DIGEST = key_digest("a-key-of-acme-0123456789").hex()
OTHER_DIGEST = key_digest("a-key-of-bank-0123456789").hex()
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
WHOLE = f"""
[[tenants]]
name = "acme"
cors_origins = ["https://jobs.acme.example"]
frame_ancestors = ["https://jobs.acme.example:8443", "http://localhost:3000"]

[[tenants.keys]]
sha256 = "{DIGEST}"
scopes = ["read", "write"]
label = "the applicant tracking system"
expires = 2027-01-31T00:00:00Z

[[tenants.webhooks]]
id = "ats"
url = "https://ats.acme.example/hooks?from=us"
secrets = ["{SECRET}"]
events = ["interview.*", "result.transcript_ready"]

[tenants.branding]
name = "Acme"
accent = "#14576B"

[tenants.limits]
max_live = 20
interviews_per_day = 1000
requests_per_minute = 600

[tenants.retention]
audio_days = 30

[[tenants]]
name = "bank"
"""


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(TenantsError) as error:
        parse(text)
    return error.value.problems


def of_acme(lines: str) -> tuple[str, ...]:
    return faults(f'[[tenants]]\nname = "acme"\n{lines}')


def test_a_whole_file() -> None:
    tenants = parse(WHOLE)
    acme, bank = tenants.get("acme"), tenants.get("bank")
    assert acme.limits.max_live == 20
    assert acme.branding.accent == "#14576b"
    assert (acme.retention.audio_days, acme.retention.transcript_days) == (30, None)
    [hook] = acme.webhooks
    assert (hook.id, hook.secrets, hook.enabled) == ("ats", (SECRET,), True)
    owner, key = tenants.by_digest[key_digest("a-key-of-acme-0123456789")]
    assert (owner.name, key.scopes, key.expires_s) == ("acme", ("read", "write"), 1801353600.0)
    assert bank.cors_origins is None
    assert bank.webhooks == ()


def test_what_is_not_in_the_file_has_nothing_of_its_own() -> None:
    assert parse("") == NO_TENANTS
    gone = parse(WHOLE).get("gone")
    assert (gone.keys, gone.branding.name, gone.limits.max_live) == ((), None, None)
    assert [parse(WHOLE).label(name) for name in ("acme", "default", "gone")] == [
        "acme",
        "default",
        "other",
    ]


def test_no_secret_is_shown() -> None:
    shown = repr(parse(WHOLE))
    assert SECRET not in shown
    assert DIGEST not in shown


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("nmae = 1", "tenant acme: nmae: is not a field; did you mean name?"),
        (
            '[[tenants.keys]]\nsha256 = "abc"\nscopes = ["read"]',
            (
                "tenant acme: keys[0].sha256: must be the 64 hex digits that "
                "`media-server tenants hash-key` prints"
            ),
        ),
        (f'[[tenants.keys]]\nsha256 = "{DIGEST}"', "tenant acme: keys[0].scopes: is required"),
        (
            f'[[tenants.keys]]\nsha256 = "{DIGEST}"\nscopes = ["all"]',
            (
                "tenant acme: keys[0].scopes[0]: must be one of decide, ops, read, report, watch, "
                "write"
            ),
        ),
        (
            f'[[tenants.keys]]\nsha256 = "{DIGEST}"\nscopes = ["read"]\nexpires = 2027-01-31',
            (
                "tenant acme: keys[0].expires: must say its offset from UTC, such as "
                "2027-01-31T00:00:00Z"
            ),
        ),
        (
            'cors_origins = ["https://jobs.example/"]',
            (
                "tenant acme: cors_origins[0]: an origin is scheme://host[:port] in lower case "
                "without a path, or *"
            ),
        ),
        (
            f'[[tenants.webhooks]]\nid = "a"\nurl = "ftp://x"\nsecrets = ["{SECRET}"]',
            "tenant acme: webhooks[0].url: must be https://host/path",
        ),
        (
            f'[[tenants.webhooks]]\nid = "a"\nurl = "HTTPS://x/"\nsecrets = ["{SECRET}"]',
            "tenant acme: webhooks[0].url: must be https://host/path",
        ),
        (
            f'[[tenants.webhooks]]\nid = "a"\nurl = " https://x/"\nsecrets = ["{SECRET}"]',
            "tenant acme: webhooks[0].url: must be https://host/path",
        ),
        (
            f'[[tenants.webhooks]]\nid = "a"\nurl = "https://x/a b"\nsecrets = ["{SECRET}"]',
            "tenant acme: webhooks[0].url: must have no spaces and no control characters",
        ),
        (
            '[[tenants.webhooks]]\nid = "a"\nurl = "https://x/"\nsecrets = ["hunter2"]',
            (
                "tenant acme: webhooks[0].secrets[0]: a secret is whsec_ and 24 to 64 random bytes "
                "in base64"
            ),
        ),
        (
            f'[[tenants.webhooks]]\nid = "A b"\nurl = "https://x/"\nsecrets = ["{SECRET}"]',
            (
                "tenant acme: webhooks[0].id: must be lower-case letters, digits and "
                "single hyphens, such as acme-north"
            ),
        ),
        (
            (
                f'[[tenants.webhooks]]\nid = "a"\nurl = "https://x/"\nsecrets = ["{SECRET}"]\n'
                'events = ["Interview!"]'
            ),
            (
                "tenant acme: webhooks[0].events[0]: is the name of an event, such as "
                "interview.completed, or interview.*"
            ),
        ),
        (
            "[tenants.limits]\nmax_live = true",
            "tenant acme: limits.max_live: Input should be a valid integer",
        ),
        (
            "[tenants.retention]\naudio_days = 40000",
            "tenant acme: retention.audio_days: Input should be less than or equal to 36500",
        ),
        (
            '[tenants.branding]\nlogo = "/client/logo.svg"',
            "tenant acme: branding: a logo needs a name: it is what is read out for the picture",
        ),
    ],
)
def test_a_fault_names_the_tenant_and_the_field(lines: str, fault: str) -> None:
    assert of_acme(lines) == (fault,)


def test_every_fault_of_every_tenant_is_told_at_once() -> None:
    found = faults('[[tenants]]\nname = "Acme"\n[[tenants]]\nname = "bank"\ncors_origins = ["x"]')
    assert [fault.partition(":")[0] for fault in found] == ["tenant number 1", "tenant bank"]


def test_names_and_keys_belong_to_one_tenant() -> None:
    key = f'[[tenants.keys]]\nsha256 = "{DIGEST}"\nscopes = ["read"]\n'
    found = faults(f'[[tenants]]\nname = "acme"\n{key}[[tenants]]\nname = "bank"\n{key}')
    assert found == ("tenant bank: keys[0].sha256: acme has this key",)
    assert of_acme(key + key) == ("tenant acme: keys[1].sha256: acme has this key",)
    other = key.replace("read", "write")
    assert of_acme(key + other) == ("tenant acme: keys[1].sha256: acme has this key",)
    assert faults('[[tenants]]\nname = "a"\n[[tenants]]\nname = "a"') == (
        "tenant a: name: another tenant has it already",
    )


def test_many_keys_are_read_in_time() -> None:
    """It took a minute and more, before which no server starts."""
    keys = "".join(
        f'[[tenants.keys]]\nsha256 = "{n:064x}"\nscopes = ["read"]\n' for n in range(5000)
    )
    started_s = time.process_time()
    assert len(parse(f'[[tenants]]\nname = "acme"\n{keys}').by_digest) == 5000
    assert time.process_time() - started_s < 4


@pytest.mark.parametrize("text", ["x = 1", "tenants = 1", "[tenants]\nname = 'a'", "=", "\x00"])
def test_what_is_no_file_of_tenants(text: str) -> None:
    assert len(faults(text)) == 1


def test_faults_show_no_secret() -> None:
    text = '[[tenants.webhooks]]\nid = "a"\nurl = "https://u:hunter2@x/"\nsecrets = ["hunter3"]'
    assert "hunter" not in " ".join(of_acme(text))


def test_only_the_operators_own_keys_see_the_whole_server() -> None:
    text = '[[tenants]]\nname = "{}"\n[[tenants.keys]]\nsha256 = "' + "0" * 64 + '"\nscopes = {}'
    [fault] = faults(text.format("acme", '["read", "ops"]'))
    assert fault.startswith("tenant acme: ")
    assert "only a key of default may have it" in fault
    [key] = parse(text.format("default", '["ops"]')).get("default").keys
    assert key.scopes == ("ops",)


def test_the_file_of_the_docs_is_one() -> None:
    page = (REPOSITORY / "docs" / "tenants.md").read_text()
    [example] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    tenants = parse(example)
    acme = tenants.get("acme")
    assert set(tenants.by_name) == {"acme", "bank"}
    assert len(acme.keys) == 2
    said = set(acme.model_dump(exclude_defaults=True))
    assert said == set(type(acme).model_fields), "it shows every part of a tenant"
    assert all(f"| `{scope}` |" in page for scope in SCOPES)
