-- ARGV: now, replace and keep going ('1' or ''), the number of a record's fields, their names, then
-- for each story its id, fingerprint, document, ageing of its priority in ms, and the values of its
-- record. Returns for each {said, job, or the known fingerprint}; 'left' is one that was not queued
-- because another was refused.
local REPLACE, KEEP_GOING, WIDTH = ARGV[2] == '1', ARGV[3] == '1', tonumber(ARGV[4])
local FIRST, STEP = 5 + WIDTH, 4 + WIDTH

local function known(story_id)
  local member = redis.call('GET', key('story:' .. story_id))
  if member then
    return member, redis.call('HGET', key('job:' .. member), 'fingerprint')
  end
end

local function give_up(member)
  local state = redis.call('HGET', key('job:' .. member), 'state')
  local fields = {newest = '0'}
  if state == 'queued' or state == 'retrying' then
    fields.state = 'cancelled'
    fields.finished_ms = whole(NOW)
    fields.mark = ''
  elseif state == 'running' then
    fields.cancel_requested = '1'
  end
  put(member, fields)
end

local function add(at)
  local seq = redis.call('INCR', key('seq'))
  local member = string.format('%015.0f', seq)
  local fields = {}
  for i = 1, WIDTH do
    fields[ARGV[4 + i]] = ARGV[at + 3 + i]
  end
  fields.seq = whole(seq)
  fields.submitted_ms = whole(NOW)
  fields.due_ms = whole(NOW)
  fields.rank_ms = whole(NOW + tonumber(ARGV[at + 3]))
  redis.call('SET', key('document:' .. member), ARGV[at + 2])
  redis.call('SET', key('story:' .. ARGV[at]), member)
  redis.call('ZADD', key('all'), seq, member)
  put(member, fields)
  return read(member)
end

-- Nothing can be undone here, so all are looked at before anything is written.
local refused, any = {}, false
local given = {}
for at = FIRST, #ARGV, STEP do
  local story_id, fingerprint = ARGV[at], ARGV[at + 1]
  local before = given[story_id]
  if not before then
    local _, stored = known(story_id)
    before = stored or fingerprint
  end
  if before ~= fingerprint and not REPLACE then
    refused[at], any = before, true
  else
    given[story_id] = fingerprint
  end
end

local outcomes = {}
for at = FIRST, #ARGV, STEP do
  local outcome
  if refused[at] then
    outcome = {'conflict', refused[at]}
  elseif any and not KEEP_GOING then
    outcome = {'left'}
  else
    local member, fingerprint = known(ARGV[at])
    if fingerprint == ARGV[at + 1] then
      outcome = {'known', read(member)}
    else
      if member then
        give_up(member)
      end
      outcome = {'created', add(at)}
    end
  end
  outcomes[#outcomes + 1] = outcome
end
return outcomes
