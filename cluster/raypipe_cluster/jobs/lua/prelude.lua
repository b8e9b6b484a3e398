-- What all scripts share. KEYS[1] is the prefix of every key, a hash tag, so that all keys of a
-- store lie in one slot. ARGV[1] is the time in ms for tests; empty means the server's own.
--
--   P:job:M         hash    the record of a job; M is its number in 15 digits
--   P:steps:M       hash    its latest steps, as JSON
--   P:document:M    string  its story
--   P:story:ID      string  M of the story's newest job
--   P:all           zset    every M by number
--   P:changes       zset    every M by version
--   P:waiting       zset    M of queued and due jobs by rank
--   P:delayed       zset    M of retrying jobs by the time they are due
--   P:leases        zset    M of running jobs by the end of their lease
--   P:ended         zset    M of ended jobs by their end
--   P:counts        hash    jobs by state
--   P:outbox        zset    numbers of parcels, P:parcels their bodies, P:pending how many per job
--   P:seq, P:version, P:parcel_seq, P:schema   counters
--
-- An empty string stands for "none". Whole numbers are written with %.0f: a double keeps them
-- exactly below 2^53, and Lua's own format would round them to 14 digits.

local P = KEYS[1]

local function key(name)
  return P .. ':' .. name
end

local function whole(number)
  return string.format('%.0f', number)
end

local NOW
if ARGV[1] ~= '' then
  NOW = tonumber(ARGV[1])
else
  local time = redis.call('TIME')
  NOW = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local INDEX = {queued = 'waiting', retrying = 'delayed', running = 'leases'}
local SCORE = {waiting = 'rank_ms', delayed = 'due_ms', leases = 'lease_until_ms', ended = 'finished_ms'}

-- Set fields of a job, with the next version, and keep every index true.
local function put(member, fields)
  local job = key('job:' .. member)
  local before = redis.call('HGET', job, 'state')
  fields.version = whole(redis.call('INCR', key('version')))
  fields.changed_ms = whole(NOW)
  local flat = {}
  for name, value in pairs(fields) do
    flat[#flat + 1] = name
    flat[#flat + 1] = value
  end
  redis.call('HSET', job, unpack(flat))
  redis.call('ZADD', key('changes'), fields.version, member)
  local state = fields.state or before
  local index = INDEX[state] or 'ended'
  if before ~= state then
    if before then
      redis.call('HINCRBY', key('counts'), before, -1)
      redis.call('ZREM', key(INDEX[before] or 'ended'), member)
      if before == 'retrying' then
        redis.call('ZREM', key('waiting'), member)  -- it may have come due
      end
    end
    redis.call('HINCRBY', key('counts'), state, 1)
  end
  local score = fields[SCORE[index]]
  if score or before ~= state then
    redis.call('ZADD', key(index), score or redis.call('HGET', job, SCORE[index]), member)
  end
end

local function read(member)
  return {
    redis.call('HGETALL', key('job:' .. member)),
    redis.call('HVALS', key('steps:' .. member)),
  }
end
