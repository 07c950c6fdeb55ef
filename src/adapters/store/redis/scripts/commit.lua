-- Purpose: writes one change to a scope, all or nothing; also makes its slot anew, or begins a new epoch, with a change.
-- KEYS: 1 meta  2 documents  3 log  4 states  5 touched  6 leases  7 request (answer to the idempotency key)  8 listed
--   9 verdicts  10 ids of those of the verdict's guard
-- ARGV: 1 the plan as JSON (see commit-plan.ts)  2… JSON of each edited document, then of each state; `null` deletes;
--   then for each edited segment what becomes of its lists of keys; last the verdict, where the plan has one
-- Returns: {'committed', epoch, revision, was and change as logged ('' for none), new revision of each state…}
--   | {'repeated', epoch, revision}
--   | {'stale', ref} | {'stale-state', key, stored or ''} | {'stale-scope'} | {'stale-lease'} | {'reused'}
--   | {'moved'} (the epoch is another, or over) | {'absent'} (no slot) | {'taken'} (not to be made, or not at `from`)
-- Documents and states are stored as `<revision> <JSON>`; their JSON is never decoded here, so it stays as it was given.

local plan = cjson.decode(ARGV[1])
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'run', 'claim', 'oldest')
local epoch, revision = meta[1], tonumber(meta[2] or '0')
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function whole(number)
  return string.format('%.0f', number)
end

local function revisionOf(stored)
  return stored and tonumber(string.match(stored, '^%d+')) or 0
end

local function checkRequest()
  if not plan.request then return nil end
  local known = redis.call('GET', KEYS[7])
  if not known then return nil end
  local knownEpoch, knownRevision, input = string.match(known, '^(%S+) (%d+) (%S*)')
  if input ~= plan.request then return { 'reused' } end
  -- So that replicas which are waited for after this have what was written then.
  if plan.confirmed then redis.call('HSET', KEYS[1], 'epoch', epoch) end
  return { 'repeated', knownEpoch, knownRevision }
end

local function checkLease()
  if not plan.lease then return nil end
  local held = redis.call('HGET', KEYS[6], plan.lease[1])
  local token, _, leaseEpoch = string.match(held or '', '^(%d+) (%d+) (%S+)')
  if token and tonumber(token) == plan.lease[2] and leaseEpoch == epoch then return nil end
  return { 'stale-lease' }
end

local function checkDocuments()
  if plan.asOf >= 0 and plan.asOf ~= revision then return { 'stale-scope' } end
  for _, read in ipairs(plan.read) do
    local stored = redis.call('HGET', KEYS[2], read[1])
    if revisionOf(stored) ~= read[2] then return { 'stale', read[1] } end
  end
  return nil
end

local function checkStates()
  for _, edit in ipairs(plan.states) do
    local stored = edit[2] >= 0 and redis.call('HGET', KEYS[4], edit[1])
    if edit[2] >= 0 and revisionOf(stored) ~= edit[2] then return { 'stale-state', edit[1], stored or '' } end
  end
  return nil
end

local function checkCommit()
  if not epoch then return { 'absent' } end
  local answered = checkRequest()
  if answered then return answered end
  if meta[3] ~= run or epoch ~= plan.epoch then return { 'moved' } end
  return checkLease() or checkDocuments() or checkStates()
end

local function create()
  if epoch and (plan.claim < 0 or tonumber(meta[4]) > plan.claim) then return { 'taken' } end
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[8])
  epoch, revision = plan.epoch, 0
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'epochs', plan.epochs, 'revision', '0', 'run', run,
    'claim', whole(math.max(plan.claim, 0)), 'touched', '0')
  return nil
end

local function renew()
  if epoch ~= plan.from[1] or revision ~= plan.from[2] then return { 'taken' } end
  epoch = plan.epoch
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'epochs', plan.epochs, 'run', run)
  return nil
end

-- Reading an entry costs as much as it holds, so it is kept beside the log when the oldest one was written.
local function trim()
  if meta[5] and tonumber(meta[5]) > now - plan.keepLog then return end
  local oldest, dropped = now, 0
  for _, entry in ipairs(redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 2)) do
    local at = tonumber(entry[2][2])
    local over = at <= now - plan.keepLog
    if over then
      redis.call('XDEL', KEYS[3], entry[1])
      dropped = dropped + 1
    end
    if not over or dropped == 2 then
      oldest = at
      break
    end
  end
  redis.call('HSET', KEYS[1], 'oldest', whole(oldest))
end

-- Keeps the verdict under an id that tells when, and drops what is too old.
local function keepVerdict()
  local oldest = whole(math.max(0, now - plan.keepVerdicts))
  local id = redis.call('XADD', KEYS[9], 'MINID', '=', oldest, '*', 'verdict', ARGV[#ARGV])
  redis.call('HSETNX', KEYS[1], 'namedFrom', id)
  redis.call('ZADD', KEYS[10], string.match(id, '^%d+'), id)
  redis.call('ZREMRANGEBYSCORE', KEYS[10], '-inf', '(' .. oldest)
  redis.call('PEXPIRE', KEYS[10], whole(plan.keepVerdicts))
  return id
end

local verdictId

-- JSON with the verdict's id in place of what stands for it.
local function named(json)
  if not verdictId then return json end
  return (string.gsub(json, plan.verdict, '"' .. verdictId .. '"'))
end

-- What becomes of a segment's lists; `prefix` stands before each of its keys.
local function writeLists(prefix, change)
  for _, list in ipairs({ change.included, change.excluded }) do
    for _, key in ipairs(list.removed) do redis.call('HDEL', KEYS[8], prefix .. key) end
  end
  for _, key in ipairs(change.included.added) do redis.call('HSET', KEYS[8], prefix .. key, 'i') end
  for _, key in ipairs(change.excluded.added) do redis.call('HSET', KEYS[8], prefix .. key, 'e') end
end

local function writeChange()
  local documents, was, about, lists = {}, {}, { '' }, 1 + #plan.edits + #plan.states
  for index, edit in ipairs(plan.edits) do
    local after = ARGV[1 + index]
    local stored = redis.call('HGET', KEYS[2], edit[1])
    local before = stored and string.match(stored, '^%d+ (.*)$') or 'null'
    if after == 'null' then
      redis.call('HDEL', KEYS[2], edit[1])
    else
      redis.call('HSET', KEYS[2], edit[1], whole(revision) .. ' ' .. after)
    end
    documents[index] = edit[2] .. ',"before":' .. before .. ',"after":' .. after
    if edit[3] then
      lists = lists + 1
      writeLists(edit[3], cjson.decode(ARGV[lists]))
      documents[index] = documents[index] .. ',"keys":' .. ARGV[lists]
    end
    documents[index] = documents[index] .. '}'
    was[index] = whole(revisionOf(stored))
    about[#about + 1] = edit[1]
  end
  for _, subject in ipairs(plan.about) do about[#about + 1] = subject end
  about[#about + 1] = ''
  local change = '{"revision":' .. whole(revision) .. ',"at":' .. whole(now) .. ',' .. plan.tail
    .. ',"event":' .. named(plan.event) .. ',"documents":[' .. table.concat(documents, ',') .. ']}'
  redis.call('XADD', KEYS[3], whole(revision) .. '-0', 'at', whole(now), 'was', table.concat(was, ','),
    'about', table.concat(about, ' '), 'change', change)
  return table.concat(was, ','), change
end

local function writeStates(answer)
  for index, edit in ipairs(plan.states) do
    local value = named(ARGV[1 + #plan.edits + index])
    local nextRevision = revisionOf(redis.call('HGET', KEYS[4], edit[1])) + 1
    if value == 'null' then
      redis.call('HDEL', KEYS[4], edit[1])
      answer[#answer + 1] = '0'
    else
      redis.call('HSET', KEYS[4], edit[1], whole(nextRevision) .. ' ' .. value)
      answer[#answer + 1] = whole(nextRevision)
    end
    redis.call('ZADD', KEYS[5], redis.call('HINCRBY', KEYS[1], 'touched', 1), edit[1])
  end
end

local checks = { commit = checkCommit, create = create, renew = renew }
local refused = checks[plan.act]()
if refused then return refused end

if plan.verdict then verdictId = keepVerdict() end
local was, change = '', ''
if plan.logged then
  revision = revision + 1
  redis.call('HSET', KEYS[1], 'revision', whole(revision))
  trim()
  was, change = writeChange()
end
local answer = { 'committed', epoch, whole(revision), was, change }
writeStates(answer)
if plan.request then
  local kept = epoch .. ' ' .. whole(revision) .. ' ' .. plan.request .. ' ' .. plan.answer
  redis.call('SET', KEYS[7], kept, 'PX', plan.keepRequest)
end
redis.call('PUBLISH', plan.wake[1], plan.wake[2])
return answer
