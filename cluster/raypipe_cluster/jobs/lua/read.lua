-- ARGV: now, what, then its arguments. Returns jobs and where to go on.
--   get      member, story id
--   changes  version, limit
--   expired  limit
--   page     before ('' for the newest), limit, states (joined by commas), story id, priority,
--            finished since; looks at no more than 2,000 jobs a call, so that nobody waits long
local what = ARGV[2]
local jobs = {}

local function take(members)
  for _, member in ipairs(members) do
    jobs[#jobs + 1] = read(member)
  end
end

if what == 'get' then
  if redis.call('HGET', key('job:' .. ARGV[3]), 'story_id') == ARGV[4] then
    take({ARGV[3]})
  end
  return {jobs, ''}
elseif what == 'changes' then
  take(redis.call('ZRANGEBYSCORE', key('changes'), '(' .. ARGV[3], '+inf', 'LIMIT', 0, ARGV[4]))
  return {jobs, ''}
elseif what == 'expired' then
  take(redis.call('ZRANGEBYSCORE', key('leases'), '-inf', whole(NOW), 'LIMIT', 0, ARGV[3]))
  return {jobs, ''}
end

local last = ARGV[3] == '' and '+inf' or '(' .. ARGV[3]
local limit = tonumber(ARGV[4])
local wanted = {}
for state in string.gmatch(ARGV[5], '[a-z]+') do
  wanted[state] = true
end
local members = redis.call('ZREVRANGEBYSCORE', key('all'), last, '-inf', 'LIMIT', 0, 2000)
for at, member in ipairs(members) do
  local job = redis.call('HMGET', key('job:' .. member), 'state', 'story_id', 'priority', 'finished_ms')
  if (ARGV[5] == '' or wanted[job[1]])
    and (ARGV[6] == '' or job[2] == ARGV[6])
    and (ARGV[7] == '' or job[3] == ARGV[7])
    and (ARGV[8] == '' or (tonumber(job[4]) or -1) >= tonumber(ARGV[8])) then
    jobs[#jobs + 1] = read(member)
    if #jobs == limit then
      return {jobs, at < 2000 and at == #members and '' or member}
    end
  end
end
return {jobs, #members == 2000 and members[2000] or ''}
