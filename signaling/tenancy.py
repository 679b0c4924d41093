"""What a tenant has of its own where candidates are: who may read and frame its pages, its name.

Whose an interview is shows when a link or token has proved which one it is. Before that, and for
what is wrong with the link or token, everybody is answered who some tenant has allowed; the exact
answer is given with the request itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aiohttp import web

from media_server.tenants import Tenant
from signaling.branding import brand
from signaling.context import Context, context

PROVED: web.RequestKey[str] = web.RequestKey("proved-interview", str)
"""The interview that the link or token of this request is good for."""


async def tenant_of(ctx: Context, interview_id: str) -> Tenant | None:
    """None: there is no such interview, or the store cannot say now."""
    name = await ctx.owners.of(ctx.service, interview_id)
    return None if name is None else ctx.tenants.current().get(name)


async def readers(request: web.Request) -> Collection[str]:
    """Origins whose pages may read the answer to this request."""
    ctx = context(request)
    origins, others = ctx.settings.cors_origins, ctx.tenants.current().cors_origins
    if not others:
        return origins
    interview_id = request.get(PROVED)
    if interview_id is None:
        return {*origins, *others}
    tenant = await tenant_of(ctx, interview_id)
    if tenant is None:
        return {*origins, *others}  # an error, which its page must be able to read
    return origins if tenant.cors_origins is None else tenant.cors_origins


async def frames(
    ctx: Context, link: str | None, interview_id: str | None = None
) -> tuple[str, ...]:
    """Origins that may frame the page of a link, or of an interview's report, whose link the server
    does not get to see; both None: another page."""
    if not ctx.tenants.current().frames:
        return ctx.settings.frame_ancestors
    if link is not None:
        interview_id = ctx.links.check(link)
    tenant = None if interview_id is None else await tenant_of(ctx, interview_id)
    if tenant is None or tenant.frame_ancestors is None:
        return ctx.settings.frame_ancestors
    return tenant.frame_ancestors


async def brand_of(ctx: Context, interview_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The interview's branding, else its tenant's, else the server's; colours for both themes."""
    if not ctx.tenants.current().by_name:
        return brand(ctx.settings, given)
    tenant = await tenant_of(ctx, interview_id)
    own = None if tenant is None else tenant.branding
    return brand(ctx.settings, given, own)
