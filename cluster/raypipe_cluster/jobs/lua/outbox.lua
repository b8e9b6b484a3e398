-- ARGV: now, 'list' and a limit, or 'acknowledge' and numbers. Returns numbers and bodies by turns.
if ARGV[2] == 'list' then
  local parcels = {}
  for _, number in ipairs(redis.call('ZRANGE', key('outbox'), 0, tonumber(ARGV[3]) - 1)) do
    parcels[#parcels + 1] = number
    parcels[#parcels + 1] = redis.call('HGET', key('parcels'), number)
  end
  return parcels
end
for i = 3, #ARGV do
  local body = redis.call('HGET', key('parcels'), ARGV[i])
  if body then
    local member = cjson.decode(body).member
    redis.call('ZREM', key('outbox'), ARGV[i])
    redis.call('HDEL', key('parcels'), ARGV[i])
    if redis.call('HINCRBY', key('pending'), member, -1) <= 0 then
      redis.call('HDEL', key('pending'), member)
    end
  end
end
return {}
