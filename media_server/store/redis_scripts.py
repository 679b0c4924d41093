"""Lua of the Redis log. Each script is one atomic step; none loops over anything unbounded.

Keys, with `ms` for the prefix (a setting):

    ms:{<id>}:row       hash    created_s, version, status, spec, key, digest;
                                summary: "<version of the log>:" and JSON, for lists;
                                redacted: JSON {what: at_s}, the audit of what went since
    ms:{<id>}:log       list    entry n at index n - 1: JSON [at_s, type, data]
    ms:{<id>}:ops       hash    operation id -> "first_seq last_seq"
    ms:{<id>}:ops:age   zset    operation id by last_seq
    ms:{<id>}:lease     hash    owner, epoch, expires_ms (of the server's TIME), ttl_ms;
                                wanted: 1 when another owner has asked since the renewal
    ms:{<id>}:snapshot  hash    version, state
    ms:{<id>}:outbox    stream  first_seq, last_seq, at_s: written with the append, and gone when
                                it was read for events (redis_deliveries), never before; of an
                                interview that was erased 0, 0, at_s, tenant
    ms:{<id>}:spool     stream  received audio, see redis_spool
    ms:interviews       zset    interview ids by created_s
    ms:status:<status>  zset    the same, of one status
    ms:tenants          hash    interview id -> tenant; none: the default tenant
    ms:tenants:former   hash    the same, of those that were erased: a cursor may name them
    ms:tenant:<tenant>                  zset    as ms:interviews, of one tenant
    ms:tenant:<tenant>:status:<status>  zset    the same, of one status
    ms:made:<tenant>:<day>              string  interviews made in a day of UTC; gone in two days
    ms:outbox           zset    interview ids by time of their oldest undelivered outbox entry
    ms:key:<sha256>     string  idempotency key -> interview id
    ms:schema           string  see redis_schema
    ms:probe            string  written each second to see whether anything can be; gone in 60 s
    ms:erased           hash    interview id -> JSON [at_s, created_s, counts]: the audit line

All keys of an interview share the hash tag {<id>}. The indexes do not, and are changed in the
same script as what they list, so this needs one primary (with replicas or Sentinel as you like),
not Redis Cluster.

Every script gets KEYS[1] = prefix and ARGV[1] = interview id and builds the names from them.
"""

from __future__ import annotations

from media_server.store import redis_delivery_scripts as deliveries
from media_server.store.redis_schema import newest

_HEAD = """
local prefix, id = KEYS[1], ARGV[1]
local function key(name) return prefix .. ':{' .. id .. '}:' .. name end
local row = key('row')
local function now_us()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local function now_ms() return math.floor(now_us() / 1000) end
local function lease()
  local found = redis.call('HMGET', key('lease'), 'owner', 'epoch', 'expires_ms')
  local owner, epoch = found[1] or '', tonumber(found[2] or '0')
  return owner, epoch, owner ~= '' and tonumber(found[3]) > now_ms()
end
local function put_lease(owner, epoch, ttl_ms)
  -- Redis refuses a script that is out of memory at its first write that may need some. One that
  -- needs none comes first: whoever is live stays owner while nothing else can be written.
  redis.call('HDEL', key('lease'), 'wanted')
  local expires = string.format('%.0f', now_ms() + ttl_ms)
  local text = string.format('%.0f', epoch)
  redis.call('HSET', key('lease'), 'owner', owner, 'epoch', text, 'expires_ms', expires,
    'ttl_ms', ttl_ms)
  return {'ok', text, expires}
end
local function tenant_index()
  return prefix .. ':tenant:' .. (redis.call('HGET', prefix .. ':tenants', id) or 'default')
end
local function set_status(status, created)
  local old = redis.call('HGET', row, 'status')
  local own = tenant_index()
  if old and old ~= status then
    redis.call('ZREM', prefix .. ':status:' .. old, id)
    redis.call('ZREM', own .. ':status:' .. old, id)
  end
  redis.call('HSET', row, 'status', status)
  -- A time that is damaged must not cost an owner its appends: lists know its place as well.
  local score = tonumber(created or '')
  if not score or score ~= score then
    score = tonumber(redis.call('ZSCORE', prefix .. ':interviews', id) or '') or 0
  end
  score = string.format('%.17g', score)
  redis.call('ZADD', prefix .. ':status:' .. status, score, id)
  -- Here as well, for what a server of an earlier release has made beside this one.
  redis.call('ZADD', own, score, id)
  redis.call('ZADD', own .. ':status:' .. status, score, id)
end
local function put_owner(tenant)
  if tenant ~= 'default' then redis.call('HSET', prefix .. ':tenants', id, tenant) end
end
local function push(first, from, at)
  for i = from, #ARGV do redis.call('RPUSH', key('log'), ARGV[i]) end
  local last = first + #ARGV - from
  redis.call('HSET', row, 'version', last)
  if last >= first then
    redis.call('XADD', key('outbox'), '*', 'first_seq', first, 'last_seq', last, 'at_s', at)
    redis.call('ZADD', prefix .. ':outbox', 'NX', at, id)
  end
  return last
end
local function put_summary(version, text)
  if text ~= '' then redis.call('HSET', row, 'summary', version .. ':' .. text) end
end
-- With the first row, for the server may have lost the name of the schema with all the rest.
local function name_schema() redis.call('SET', prefix .. ':schema', 'SCHEMA', 'NX') end
""".replace("SCHEMA", str(newest()))

CREATE = (
    _HEAD
    + """
-- ARGV: id, idempotency key digest or '', request digest, spec, status, now_s, summary or '',
-- tenant, most interviews per day or '', day, entries...
local idem, digest, spec, status, now = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local idem_key = prefix .. ':key:' .. idem
local function answer()
  local found = redis.call('HMGET', row, 'created_s', 'version', 'status', 'spec', 'key', 'digest')
  if not found[1] then return nil end
  if found[5] ~= idem or found[6] ~= digest then return {'reused'} end
  if idem == '' and found[4] ~= spec then return {'reused'} end
  if (redis.call('HGET', prefix .. ':tenants', id) or 'default') ~= ARGV[8] then
    return {'reused'}
  end
  return {'row', id, unpack(found)}
end
if idem ~= '' then
  local known = redis.call('GET', idem_key)
  if known then
    local given = id
    id = known
    row = key('row')
    local found = answer()
    if found then return found end
    id = given
    row = key('row')
  end
end
local found = answer()
if found then return found end
if redis.call('HEXISTS', prefix .. ':erased', id) == 1 then return {'reused'} end
if ARGV[9] ~= '' then
  local made = prefix .. ':made:' .. ARGV[8] .. ':' .. ARGV[10]
  if tonumber(redis.call('GET', made) or '0') >= tonumber(ARGV[9]) then return {'quota'} end
  redis.call('INCR', made)
  redis.call('EXPIRE', made, 172800)
end
name_schema()
put_owner(ARGV[8])
redis.call('HSET', row, 'created_s', now, 'version', 0, 'spec', spec, 'key', idem,
  'digest', digest)
if idem ~= '' then redis.call('SET', idem_key, id) end
redis.call('ZADD', prefix .. ':interviews', now, id)
set_status(status, now)
local version = push(1, 11, now)
put_summary(version, ARGV[7])
return {'row', id, now, tostring(version), status, spec, idem, digest}
"""
)

APPEND = (
    _HEAD
    + """
-- ARGV: id, expected version, lease epoch, operation id, status, now_s, operations kept, summary
-- or '', entries...
local expected, epoch = tonumber(ARGV[2]), tonumber(ARGV[3])
local operation, status, now, kept = ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])
local found = redis.call('HMGET', row, 'version', 'created_s')
if not found[1] then return {'unknown'} end
local version = tonumber(found[1])
local done = redis.call('HGET', key('ops'), operation)
if done then
  local first, last = string.match(done, '(%d+) (%d+)')
  return {'repeated', first, redis.call('LRANGE', key('log'), first - 1, last - 1)}
end
local _, current, alive = lease()
if epoch == 0 then
  if alive then return {'fenced', string.format('%.0f', current)} end
elseif epoch < current then
  return {'fenced', string.format('%.0f', current)}
end
if version ~= expected then return {'conflict', version} end
set_status(status, found[2])
local last = push(version + 1, 9, now)
put_summary(last, ARGV[8])
redis.call('HSET', key('ops'), operation, (version + 1) .. ' ' .. last)
redis.call('ZADD', key('ops:age'), last, operation)
local old = redis.call('ZRANGEBYSCORE', key('ops:age'), '-inf', last - kept, 'LIMIT', 0, 100)
if #old > 0 then
  redis.call('HDEL', key('ops'), unpack(old))
  redis.call('ZREM', key('ops:age'), unpack(old))
end
return {'ok'}
"""
)

RESTORE = (
    _HEAD
    + """
-- ARGV: id, lease epoch, created_s, status, spec, now_s, idempotency key digest or '', request
-- digest, tenant, entries...
local epoch, created, status, spec, now = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local idem, digest = ARGV[7], ARGV[8]
if redis.call('HEXISTS', prefix .. ':erased', id) == 1 then return {'unknown'} end
local _, current = lease()
if epoch < current then return {'fenced', string.format('%.0f', current)} end
local version = tonumber(redis.call('HGET', row, 'version') or '0')
local given = #ARGV - 9
if version > given then return {'conflict', version} end
if version > 0 and redis.call('LINDEX', key('log'), version - 1) ~= ARGV[9 + version] then
  return {'conflict', version}
end
if version == 0 then
  name_schema()
  put_owner(ARGV[9])
  -- Its key may have made another interview meanwhile, and is that one's then.
  local idem_key = prefix .. ':key:' .. idem
  if idem ~= '' and not redis.call('SET', idem_key, id, 'NX') then idem = '' end
  redis.call('HSET', row, 'created_s', created, 'version', 0, 'spec', spec, 'key', idem,
    'digest', digest)
  redis.call('ZADD', prefix .. ':interviews', created, id)
end
set_status(status, created)
push(version + 1, 10 + version, now)
return {'ok', given - version}
"""
)

SAVE_SNAPSHOT = (
    _HEAD
    + """
-- ARGV: id, version, state
if redis.call('EXISTS', row) == 0 then return {'unknown'} end
local kept = tonumber(redis.call('HGET', key('snapshot'), 'version') or '-1')
if kept <= tonumber(ARGV[2]) then
  redis.call('HSET', key('snapshot'), 'version', ARGV[2], 'state', ARGV[3])
end
return {'ok'}
"""
)

SAVE_SUMMARY = (
    _HEAD
    + """
-- ARGV: id, version, summary
if redis.call('HGET', row, 'version') == ARGV[2] then put_summary(ARGV[2], ARGV[3]) end
return {'ok'}
"""
)

ERASE = (
    _HEAD
    + deliveries.HEAD
    + """
-- ARGV: id, now_s, further counts as JSON members
-- A row that is damaged is erased as well: what cannot be read must be able to go.
local kind, found = redis.call('TYPE', row).ok, {}
if kind == 'hash' then
  found = redis.call('HMGET', row, 'created_s', 'version', 'status', 'key')
end
local listed = redis.call('ZSCORE', prefix .. ':interviews', id)
if kind == 'none' and not listed then
  local line = redis.call('HGET', prefix .. ':erased', id)
  -- the client's own retry of an erase that was done
  if line and string.find(line, '[' .. ARGV[2] .. ',', 1, true) == 1 then return {'ok'} end
  return {'unknown'}
end
redis.call('DEL', row, key('log'), key('ops'), key('ops:age'), key('lease'), key('snapshot'),
  key('outbox'), key('spool'))
if found[4] and found[4] ~= '' then redis.call('DEL', prefix .. ':key:' .. found[4]) end
redis.call('ZREM', prefix .. ':interviews', id)
local own, tenant = tenant_index(), redis.call('HGET', prefix .. ':tenants', id)
if tenant then
  redis.call('HSET', prefix .. ':tenants:former', id, tenant)
  redis.call('HDEL', prefix .. ':tenants', id)
end
redis.call('ZREM', own, id)
if found[3] then
  redis.call('ZREM', prefix .. ':status:' .. found[3], id)
  redis.call('ZREM', own .. ':status:' .. found[3], id)
end
-- What was to be sent about it goes, and that it is gone is to be sent.
wh_forget_interview(id)
redis.call('XADD', key('outbox'), '*', 'first_seq', 0, 'last_seq', 0, 'at_s', ARGV[2],
  'tenant', tenant or '')
redis.call('ZADD', prefix .. ':outbox', ARGV[2], id)
-- Its place in the index first: a cursor that names it goes on from there.
local created = listed or tonumber(found[1]) and found[1] or '0'
local entries = tonumber(found[2]) and found[2] or '0'
redis.call('HSET', prefix .. ':erased', id,
  '[' .. ARGV[2] .. ',' .. created .. ',{"entries":' .. entries .. ARGV[3] .. '}]')
return {'ok'}
"""
)

REDACT = (
    _HEAD
    + """
-- ARGV: id, expected version, now_s, then index and entry, alternating
if redis.call('EXISTS', row) == 0 then return {'unknown'} end
if redis.call('HGET', row, 'version') ~= ARGV[2] then return {'conflict'} end
for i = 4, #ARGV, 2 do redis.call('LSET', key('log'), ARGV[i], ARGV[i + 1]) end
redis.call('DEL', key('snapshot'))
redis.call('HSET', row, 'redacted', ARGV[3])
return {'ok'}
"""
)

ACQUIRE = (
    _HEAD
    + """
-- ARGV: id, owner, ttl_ms, 1 when the holder shall be told of it
if redis.call('EXISTS', row) == 0 then return {'unknown'} end
local owner, epoch, alive = lease()
if alive and owner ~= ARGV[2] then
  -- A lease that ends later than one given now would: the clock was set back since. A dead owner
  -- must not keep it for as long as the clock went back; a live one renews it anyway.
  local found = redis.call('HMGET', key('lease'), 'expires_ms', 'ttl_ms')
  local latest = now_ms() + tonumber(found[2] or ARGV[3])
  redis.call('HDEL', key('lease'), '')
  if ARGV[4] == '1' then redis.call('HSET', key('lease'), 'wanted', '1') end
  if tonumber(found[1]) > latest then
    redis.call('HSET', key('lease'), 'expires_ms', string.format('%.0f', latest))
  end
  return {'held'}
end
-- Microseconds of the clock, so that an epoch given before the server lost its data is never
-- given a second time; plus one for the case that the clock has gone back. Exact in a double
-- until the year 2255.
return put_lease(ARGV[2], math.max(epoch + 1, now_us()), tonumber(ARGV[3]))
"""
)

RENEW = (
    _HEAD
    + """
-- ARGV: id, owner, epoch, ttl_ms
if redis.call('HEXISTS', prefix .. ':erased', id) == 1 then return {'held'} end
local owner, epoch = lease()
local mine = tonumber(ARGV[3])
-- A lower epoch than ours: the server has lost what it gave us; we still are the newest owner.
if epoch < mine or (epoch == mine and owner == ARGV[2]) then
  local wanted = redis.call('HGET', key('lease'), 'wanted')
  local answer = put_lease(ARGV[2], mine, tonumber(ARGV[4]))
  -- How much of the log there is: the owner notices within one renewal that some was lost.
  answer[4] = redis.call('HGET', row, 'version') or '0'
  answer[5] = wanted or '0'
  return answer
end
return {'held'}
"""
)

RELEASE = (
    _HEAD
    + """
-- ARGV: id, owner, epoch
local owner, epoch = lease()
if owner == ARGV[2] and epoch == tonumber(ARGV[3]) then
  redis.call('HDEL', key('lease'), 'wanted')
  redis.call('HSET', key('lease'), 'owner', '', 'expires_ms', 0)
end
return {'ok'}
"""
)
