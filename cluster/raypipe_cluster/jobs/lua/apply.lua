-- ARGV: now, member, story id, change as JSON (see redis_backend). Returns {said, job}.
-- The order of the questions is that of `changes.verdict`.
local member = ARGV[2]
local job = key('job:' .. member)
local found = redis.call('HMGET', job,
  'state', 'epoch', 'mark', 'cancel_requested', 'lease_until_ms', 'newest', 'story_id')
if found[7] ~= ARGV[3] then
  return {'unknown'}
end
local change = cjson.decode(ARGV[4])
local function said()
  if change.mark ~= '' and found[3] == change.mark then
    return 'repeated'
  end
  local allowed = false
  for _, state in ipairs(change.since) do
    allowed = allowed or state == found[1]
  end
  if not allowed or tonumber(found[2]) ~= change.epoch then
    return 'stale'
  end
  if change.if_expired and (tonumber(found[5]) or 0) > NOW then
    return 'stale'
  end
  if change.if_newest and found[6] ~= '1' then
    return 'superseded'
  end
  if change.unless_cancelled and found[4] == '1' then
    return 'cancelled'
  end
  return 'apply'
end

local verdict = said()
if verdict == 'apply' then
  local fields = change.fields
  for name, after_ms in pairs(change.stamps) do
    fields[name] = whole(NOW + after_ms)
  end
  for name, step in pairs(change.steps) do
    redis.call('HSET', key('steps:' .. member), name, step)
  end
  for _, parcel in ipairs(change.parcels) do
    local number = redis.call('INCR', key('parcel_seq'))
    redis.call('ZADD', key('outbox'), number, whole(number))
    redis.call('HSET', key('parcels'), whole(number),
      cjson.encode({member = member, story_id = found[7], epoch = change.epoch, parcel = parcel}))
    redis.call('HINCRBY', key('pending'), member, 1)
  end
  put(member, fields)
end
return {verdict, read(member)}
