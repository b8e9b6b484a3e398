-- ARGV: now, age in ms, limit. Returns the ids of the jobs that were deleted.
local members = redis.call('ZRANGEBYSCORE', key('ended'), '-inf', whole(NOW - tonumber(ARGV[2])))
local ids = {}
for _, member in ipairs(members) do
  if #ids == tonumber(ARGV[3]) then
    break
  end
  if redis.call('HEXISTS', key('pending'), member) == 0 then
    local job = redis.call('HMGET', key('job:' .. member), 'story_id', 'state', 'seq')
    local story = key('story:' .. job[1])
    if redis.call('GET', story) == member then
      redis.call('DEL', story)
    end
    redis.call('DEL', key('job:' .. member), key('steps:' .. member), key('document:' .. member))
    for _, index in ipairs({'all', 'changes', 'ended'}) do
      redis.call('ZREM', key(index), member)
    end
    redis.call('HINCRBY', key('counts'), job[2], -1)
    ids[#ids + 1] = job[1] .. '.' .. job[3]
  end
end
return ids
