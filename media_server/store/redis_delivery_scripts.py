"""Lua of deliveries in Redis. Each script is one atomic step; what one loops over is bounded by the
number of events of one interview, or by a limit that is given.

Keys, with `ms` for the prefix (a setting) and `<to>` for `<tenant>/<endpoint>`:

    ms:wh:delivery:<id>          hash   tenant, endpoint, interview_id, type, body, created_s,
                                        status, attempts, tries (JSON), next_s, n
    ms:wh:n                      string the place of the newest delivery among all
    ms:wh:all:<tenant>           zset   delivery ids by n
    ms:wh:of:<interview>         zset   the same, of one interview
    ms:wh:pending                zset   ids of those that are pending, by when they were made
    ms:wh:pending:<to>           zset   the same, of one endpoint
    ms:wh:to                     set    <to> of all that have a lane
    ms:wh:made                   zset   delivery ids by when they were made
    ms:wh:lanes:<to>             zset   interview ids by when their lane is due
    ms:wh:queue:<to>:<interview> zset   pending delivery ids of one lane, by n
    ms:wh:lane:<to>:<interview>  hash   token, held_s: who delivers now, and until when
    ms:wh:disabled               hash   <to> -> JSON [since_s, reason]
    ms:wh:watch                  zset   interview ids by when it is looked whether their result is
                                        final

Every script gets KEYS[1] = prefix and ARGV[1] = the time, or '' for the server's own.
"""

from __future__ import annotations

from media_server.ports.deliveries import OWN_PREFIX

_LONGEST_WAIT_S = 110_000
"""No lane is set further ahead than 24 h and a fifth. One that is: the clock was set back since."""

HEAD = """
local wh = KEYS[1] .. ':wh:'
local function wh_pending(to, id, created)
  redis.call('ZADD', wh .. 'pending', created, id)
  redis.call('ZADD', wh .. 'pending:' .. to, created, id)
  redis.call('SADD', wh .. 'to', to)
end
local function wh_settled(to, id)
  redis.call('ZREM', wh .. 'pending', id)
  return redis.call('ZREM', wh .. 'pending:' .. to, id) == 1
end
local function wh_put(now, tenant, endpoint, interview, id, type, body, created)
  local name = wh .. 'delivery:' .. id
  if redis.call('EXISTS', name) == 1 then return end
  local to, n = tenant .. '/' .. endpoint, redis.call('INCR', wh .. 'n')
  redis.call('HSET', name, 'tenant', tenant, 'endpoint', endpoint, 'interview_id', interview,
    'type', type, 'body', body, 'created_s', created, 'status', 'pending', 'attempts', 0,
    'tries', '[]', 'next_s', now, 'n', n)
  redis.call('ZADD', wh .. 'all:' .. tenant, n, id)
  redis.call('ZADD', wh .. 'of:' .. interview, n, id)
  redis.call('ZADD', wh .. 'made', created, id)
  wh_pending(to, id, created)
  redis.call('ZADD', wh .. 'queue:' .. to .. ':' .. interview, n, id)
  redis.call('ZADD', wh .. 'lanes:' .. to, 'NX', now, interview)
end
local function wh_forget(id, keep_lane)
  local name = wh .. 'delivery:' .. id
  local found = redis.call('HMGET', name, 'tenant', 'endpoint', 'interview_id')
  redis.call('DEL', name)
  redis.call('ZREM', wh .. 'made', id)
  if not found[1] then return false end
  local to = found[1] .. '/' .. found[2]
  redis.call('ZREM', wh .. 'all:' .. found[1], id)
  redis.call('ZREM', wh .. 'of:' .. found[3], id)
  redis.call('ZREM', wh .. 'queue:' .. to .. ':' .. found[3], id)
  if keep_lane then
    redis.call('ZADD', wh .. 'lanes:' .. to, 'XX', 0, found[3])
  elseif redis.call('EXISTS', wh .. 'queue:' .. to .. ':' .. found[3]) == 0 then
    redis.call('ZREM', wh .. 'lanes:' .. to, found[3])
    redis.call('DEL', wh .. 'lane:' .. to .. ':' .. found[3])
  end
  return wh_settled(to, id)
end
-- Its lanes stay until they are looked at next: after what is being sent just now.
local function wh_forget_interview(interview)
  for _, id in ipairs(redis.call('ZRANGE', wh .. 'of:' .. interview, 0, -1)) do
    wh_forget(id, true)
  end
  redis.call('DEL', wh .. 'of:' .. interview)
  redis.call('ZREM', wh .. 'watch', interview)
end
"""
"""Also of the scripts of the log: erasing an interview takes its deliveries with it."""

_NOW = (
    HEAD
    + """
local function text(number) return string.format('%.6f', number) end
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
local function row(id)
  return redis.call('HMGET', wh .. 'delivery:' .. id, 'tenant', 'endpoint', 'interview_id', 'type',
    'body', 'created_s', 'status', 'attempts', 'tries', 'next_s')
end
-- The first that is pending, its lane held; nil: nothing is left, and the lane goes.
local function hold_next(to, interview, token, ttl)
  local queue = wh .. 'queue:' .. to .. ':' .. interview
  local lane = wh .. 'lane:' .. to .. ':' .. interview
  while true do
    local id = redis.call('ZRANGE', queue, 0, 0)[1]
    if not id then
      redis.call('ZREM', wh .. 'lanes:' .. to, interview)
      redis.call('DEL', lane)
      return nil
    end
    local found = row(id)
    if found[1] then
      redis.call('HSET', lane, 'token', token, 'held_s', text(now + ttl))
      redis.call('ZADD', wh .. 'lanes:' .. to, text(now + ttl), interview)
      return {token, id, unpack(found)}
    end
    redis.call('ZREM', queue, id)  -- the server has lost it
    wh_settled(to, id)
  end
end
"""
)

HAND_OVER = (
    _NOW
    + """
-- ARGV: now, interview, through_seq, watch_s or '' or 'as_it_was', if_unread as 1 or 0, then of
-- each delivery tenant, endpoint, interview, id, type, body, created_s
local interview, through = ARGV[2], tonumber(ARGV[3])
local outbox = KEYS[1] .. ':{' .. interview .. '}:outbox'
if through > 0 and redis.call('EXISTS', KEYS[1] .. ':{' .. interview .. '}:row') == 0 then
  return {'ok'}
end
local read = 0
for _, entry in ipairs(redis.call('XRANGE', outbox, '-', '+', 'COUNT', 5000)) do
  local last
  for i = 1, #entry[2], 2 do
    if entry[2][i] == 'last_seq' then last = tonumber(entry[2][i + 1]) end
  end
  if last and last > through then break end
  read = read + redis.call('XDEL', outbox, entry[1])
end
if redis.call('XLEN', outbox) == 0 then
  redis.call('DEL', outbox)
  redis.call('ZREM', KEYS[1] .. ':outbox', interview)
end
if ARGV[5] == '1' and read == 0 then return {'ok'} end
for i = 6, #ARGV, 7 do
  wh_put(text(now), ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5],
    ARGV[i + 6])
end
if through == 0 then  -- what is not told that it is gone has nothing to wait for
  for _, to in ipairs(redis.call('SMEMBERS', wh .. 'to')) do
    if redis.call('EXISTS', wh .. 'queue:' .. to .. ':' .. interview) == 0 then
      redis.call('ZREM', wh .. 'lanes:' .. to, interview)
      redis.call('DEL', wh .. 'lane:' .. to .. ':' .. interview)
    end
  end
end
if ARGV[4] == '' then redis.call('ZREM', wh .. 'watch', interview)
elseif ARGV[4] ~= 'as_it_was' then
  redis.call('ZADD', wh .. 'watch', text(now + tonumber(ARGV[4])), interview)
end
return {'ok'}
"""
)

ADD = (
    _NOW
    + """
-- ARGV: now, then as in HAND_OVER
for i = 2, #ARGV, 7 do
  wh_put(text(now), ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5],
    ARGV[i + 6])
  redis.call('ZADD', wh .. 'lanes:' .. ARGV[i] .. '/' .. ARGV[i + 1], text(now), ARGV[i + 2])
end
return {'ok'}
"""
)

UNREAD = """
-- KEYS: prefix; ARGV: limit
local answer = {}
local found = redis.call('ZRANGE', KEYS[1] .. ':outbox', 0, ARGV[1] - 1, 'WITHSCORES')
for i = 1, #found, 2 do
  local first, tenant = '', ''
  local entry = redis.call('XRANGE', KEYS[1] .. ':{' .. found[i] .. '}:outbox', '-', '+',
    'COUNT', 1)[1]
  if entry then
    for j = 1, #entry[2], 2 do
      if entry[2][j] == 'first_seq' then first = entry[2][j + 1] end
      if entry[2][j] == 'tenant' then tenant = entry[2][j + 1] end
    end
    local watched = redis.call('ZSCORE', KEYS[1] .. ':wh:watch', found[i]) and 1 or 0
    answer[#answer + 1] = {found[i], first, found[i + 1], tenant, watched}
  else
    redis.call('ZREM', KEYS[1] .. ':outbox', found[i])
  end
end
return answer
"""

WATCHED = (
    _NOW
    + """
-- ARGV: now, limit
local watch = wh .. 'watch'
local due = redis.call('ZRANGEBYSCORE', watch, '-inf', text(now), 'LIMIT', 0, ARGV[2])
if #due == 0 then
  due = redis.call('ZRANGEBYSCORE', watch, text(now + LONGEST), '+inf', 'LIMIT', 0, ARGV[2])
end
return due
""".replace("LONGEST", str(_LONGEST_WAIT_S))
)

DUE = (
    _NOW
    + """
-- ARGV: now, limit, how many URLs of interviews of one tenant, which come last
local answer, own, own_of = {}, {}, {}
for _, to in ipairs(redis.call('SMEMBERS', wh .. 'to')) do
  local lanes, tenant = wh .. 'lanes:' .. to, to:match('^[^/]*')
  local is_own = to:find('/OWN_PREFIX', 1, true)
  if redis.call('EXISTS', lanes) == 0 then
    redis.call('SREM', wh .. 'to', to)
  elseif not (is_own and (own_of[tenant] or 0) == tonumber(ARGV[3]))
    and redis.call('HEXISTS', wh .. 'disabled', to) == 0 then
    if redis.call('ZCOUNT', lanes, '-inf', text(now)) > 0
      or redis.call('ZCOUNT', lanes, text(now + LONGEST), '+inf') > 0 then
      if is_own then
        own_of[tenant] = (own_of[tenant] or 0) + 1
        own[#own + 1] = to
      else
        answer[#answer + 1] = to
      end
    end
  end
end
for _, to in ipairs(own) do answer[#answer + 1] = to end
return {unpack(answer, 1, math.min(#answer, tonumber(ARGV[2])))}
""".replace("LONGEST", str(_LONGEST_WAIT_S)).replace("OWN_PREFIX", OWN_PREFIX)
)

CLAIM = (
    _NOW
    + """
-- ARGV: now, tenant/endpoint, ttl_s, tokens...
local to, ttl, answer = ARGV[2], tonumber(ARGV[3]), {}
if redis.call('HEXISTS', wh .. 'disabled', to) == 1 then return answer end
local lanes, limit = wh .. 'lanes:' .. to, #ARGV - 3
local due = redis.call('ZRANGEBYSCORE', lanes, '-inf', text(now), 'LIMIT', 0, limit * 4)
if #due == 0 then
  due = redis.call('ZRANGEBYSCORE', lanes, text(now + LONGEST), '+inf', 'LIMIT', 0, limit)
end
for _, interview in ipairs(due) do
  if #answer == limit then break end
  local lane = wh .. 'lane:' .. to .. ':' .. interview
  local held = tonumber(redis.call('HGET', lane, 'held_s') or '') or 0
  if held > now and held < now + LONGEST then
    redis.call('ZADD', lanes, text(held), interview)
  else
    local head = hold_next(to, interview, ARGV[4 + #answer], ttl)
    if head then answer[#answer + 1] = head end
  end
end
return answer
""".replace("LONGEST", str(_LONGEST_WAIT_S))
)

SETTLE = (
    _NOW
    + """
-- ARGV: now, tenant/endpoint, interview, id, token, status, attempts, tries, after_s, JSON of why
-- the endpoint is disabled or '', ttl_s
local to, interview, id, token = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local lane = wh .. 'lane:' .. to .. ':' .. interview
if redis.call('HGET', lane, 'token') ~= token then return {} end
local due = text(now + tonumber(ARGV[9]))
local name = wh .. 'delivery:' .. id
local there = redis.call('EXISTS', name) == 1
if there then
  redis.call('HSET', name, 'status', ARGV[6], 'attempts', ARGV[7], 'tries', ARGV[8],
    'next_s', due)
end
if ARGV[10] ~= '' then
  redis.call('HSETNX', wh .. 'disabled', to, '[' .. text(now) .. ',' .. ARGV[10] .. ']')
end
if ARGV[6] == 'pending' and there then
  redis.call('ZADD', wh .. 'lanes:' .. to, due, interview)
  redis.call('DEL', lane)
  return {}
end
redis.call('ZREM', wh .. 'queue:' .. to .. ':' .. interview, id)
wh_settled(to, id)
return hold_next(to, interview, token, tonumber(ARGV[11])) or {}
"""
)

PAGE = (
    _NOW
    + """
-- ARGV: now, tenant, cursor or '', how many to look at, interview or '', endpoint or '', status or
-- '', limit. Answers the cursor after what was looked at ('' at the end), then rows.
local index = wh .. 'all:' .. ARGV[2]
if ARGV[5] ~= '' then index = wh .. 'of:' .. ARGV[5] end
local below = '+inf'
if ARGV[3] ~= '' then
  local found = redis.call('HMGET', wh .. 'delivery:' .. ARGV[3], 'n', 'tenant')
  if not found[1] or found[2] ~= ARGV[2] then return {'unknown'} end
  below = '(' .. found[1]
end
local ids = redis.call('ZREVRANGEBYSCORE', index, below, '-inf', 'LIMIT', 0, tonumber(ARGV[4]) + 1)
local answer, cursor = {''}, ''
for place, id in ipairs(ids) do
  if place > tonumber(ARGV[4]) or #answer > tonumber(ARGV[8]) then
    answer[1] = cursor
    break
  end
  local found = row(id)
  if found[1] and found[1] ~= ARGV[2] then return {''} end  -- another tenant's interview
  cursor = id
  local fits = found[1] and (ARGV[6] == '' or found[2] == ARGV[6])
  if fits and (ARGV[7] == '' or found[7] == ARGV[7]) then
    answer[#answer + 1] = {id, unpack(found)}
  end
end
return answer
"""
)

GET = (
    _NOW
    + """
-- ARGV: now, tenant, id
local found = row(ARGV[3])
if found[1] ~= ARGV[2] then return {} end
return {ARGV[3], unpack(found)}
"""
)

REPLAY = (
    _NOW
    + """
-- ARGV: now, tenant, id
local id = ARGV[3]
local found = row(id)
if found[1] ~= ARGV[2] then return {} end
local name, to, interview = wh .. 'delivery:' .. id, found[1] .. '/' .. found[2], found[3]
redis.call('HSET', name, 'status', 'pending', 'attempts', 0, 'next_s', text(now))
redis.call('ZADD', wh .. 'queue:' .. to .. ':' .. interview, redis.call('HGET', name, 'n'), id)
wh_pending(to, id, found[6])
redis.call('ZADD', wh .. 'lanes:' .. to, text(now), interview)
return {id, unpack(row(id))}
"""
)

ENABLE = (
    _NOW
    + """
-- ARGV: now, tenant/endpoint
redis.call('HDEL', wh .. 'disabled', ARGV[2])
local lanes = wh .. 'lanes:' .. ARGV[2]
local late = redis.call('ZRANGEBYSCORE', lanes, '(' .. text(now), '+inf', 'LIMIT', 0, 5000)
for _, interview in ipairs(late) do redis.call('ZADD', lanes, text(now), interview) end
return {'ok'}
"""
)

FORGET = (
    _NOW
    + """
-- ARGV: now, older_than_s, limit
local before = text(now - tonumber(ARGV[2]))
local old = redis.call('ZRANGEBYSCORE', wh .. 'made', '-inf', '(' .. before, 'LIMIT', 0, ARGV[3])
local pending = 0
for _, id in ipairs(old) do if wh_forget(id) then pending = pending + 1 end end
return pending
"""
)
