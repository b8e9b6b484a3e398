-- ARGV: now, owner, lease in ms. Returns {job, document}, or nothing.
local due = redis.call('ZRANGEBYSCORE', key('delayed'), '-inf', whole(NOW), 'LIMIT', 0, 100)
for _, member in ipairs(due) do
  redis.call('ZREM', key('delayed'), member)
  redis.call('ZADD', key('waiting'), redis.call('HGET', key('job:' .. member), 'rank_ms'), member)
end
local member = redis.call('ZRANGE', key('waiting'), 0, 0)[1]
if not member then
  return false
end
local job = key('job:' .. member)
local counts = redis.call('HMGET', job, 'attempt', 'epoch')
redis.call('DEL', key('steps:' .. member))
put(member, {
  state = 'running',
  attempt = whole(counts[1] + 1),
  epoch = whole(counts[2] + 1),
  owner = ARGV[2],
  lease_until_ms = whole(NOW + tonumber(ARGV[3])),
  started_ms = whole(NOW),
  finished_ms = '',
  progress_ms = '',
  cancel_requested = '0',
  mark = '',
})
return {read(member), redis.call('GET', key('document:' .. member))}
