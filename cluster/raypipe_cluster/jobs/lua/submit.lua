-- ARGV: now, story id, fingerprint, document, replace ('1' or ''), ageing of its priority in ms,
-- then names and values of the record. Returns {said, job or the known fingerprint}.
local story = key('story:' .. ARGV[2])
local known = redis.call('GET', story)
if known then
  local old = key('job:' .. known)
  local fingerprint = redis.call('HGET', old, 'fingerprint')
  if fingerprint == ARGV[3] then
    return {'known', read(known)}
  end
  if ARGV[5] ~= '1' then
    return {'conflict', fingerprint}
  end
  local state = redis.call('HGET', old, 'state')
  local fields = {newest = '0'}
  if state == 'queued' or state == 'retrying' then
    fields.state = 'cancelled'
    fields.finished_ms = whole(NOW)
    fields.mark = ''
  elseif state == 'running' then
    fields.cancel_requested = '1'
  end
  put(known, fields)
end

local seq = redis.call('INCR', key('seq'))
local member = string.format('%015.0f', seq)
local fields = {}
for i = 7, #ARGV, 2 do
  fields[ARGV[i]] = ARGV[i + 1]
end
fields.seq = whole(seq)
fields.submitted_ms = whole(NOW)
fields.due_ms = whole(NOW)
fields.rank_ms = whole(NOW + tonumber(ARGV[6]))
redis.call('SET', key('document:' .. member), ARGV[4])
redis.call('SET', story, member)
redis.call('ZADD', key('all'), seq, member)
put(member, fields)
return {'created', read(member)}
