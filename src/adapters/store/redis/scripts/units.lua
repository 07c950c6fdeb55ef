-- Purpose: notes units of one series in the present window; each unit counts once for its first exposure, and once for the
--   first of each event after it.
-- KEYS: 1 units of the series  2 its cohorts
-- ARGV: 1 settings as JSON: window and keep in ms, cohorts (windows that a cohort is kept), waits (windows an event waits for
--   its exposure), perLevel, mostLevels, lags (attribution windows in windows)
--   2… variant, event, share, hashes as a JSON list
-- Returns: {'noted', time in ms}

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local settings = cjson.decode(ARGV[1])
local window = math.floor(now / settings.window)
local known = redis.call('HMGET', KEYS[2], 'kept', 'waiting', 'pruned', 'assigned', 'events')
local kept, waiting = tonumber(known[1] or '0'), tonumber(known[2] or '0')
-- Events that have had units waiting.
local events = known[5] and cjson.decode(known[5]) or {}
local assigned = known[4] and cjson.decode(known[4]) or {}
-- One limit for the whole batch: no variant of it may meet another one.
local limit = 2 ^ (32 - math.min(settings.mostLevels, math.floor((kept + waiting) / settings.perLevel)))
local cohorts = {}

local function add(at, name)
  local counts = cohorts[at]
  if not counts then
    local stored = redis.call('HGET', KEYS[2], string.format('w%.0f', at))
    counts = stored and cjson.decode(stored) or {}
    cohorts[at] = counts
  end
  counts[name] = (counts[name] or 0) + 1
end

local function credit(variant, event, exposed, at)
  for index, lag in ipairs(settings.lags) do
    if at - exposed <= lag then
      return add(exposed, variant .. '|' .. event .. '|' .. string.format('%.0f', index - 1))
    end
  end
end

local function expose(variant, share, hash)
  local name = string.format('%.0f', hash)
  if hash >= limit then return end
  if redis.call('HSETNX', KEYS[1], 'u' .. name, variant .. ' ' .. string.format('%.0f', window)) == 0 then return end
  kept = kept + 1
  add(window, variant .. '|exposures')
  assigned[share .. '|' .. variant] = (assigned[share .. '|' .. variant] or 0) + 1
  for event in pairs(events) do
    local field = 'd' .. event .. '|' .. name
    local since = redis.call('HGET', KEYS[1], field)
    if since and since ~= '.' then
      waiting = waiting - 1
      if window - tonumber(since) <= settings.waits then
        redis.call('HSET', KEYS[1], field, '.')
        credit(variant, event, window, window)
      else
        redis.call('HDEL', KEYS[1], field)
      end
    end
  end
end

local function happen(event, hash)
  local name = string.format('%.0f', hash)
  local field = 'd' .. event .. '|' .. name
  local exposed = redis.call('HGET', KEYS[1], 'u' .. name)
  if exposed then
    if redis.call('HSETNX', KEYS[1], field, '.') == 0 then return end
    local variant, at = string.match(exposed, '^(.*) (%d+)$')
    credit(variant, event, tonumber(at), window)
  elseif hash < limit and redis.call('HSETNX', KEYS[1], field, string.format('%.0f', window)) == 1 then
    waiting = waiting + 1
    events[event] = true
  end
end

-- Exposures first: an event of the same batch then finds its own.
for index = 2, #ARGV, 4 do
  if ARGV[index + 1] == 'exposures' then
    for _, hash in ipairs(cjson.decode(ARGV[index + 3])) do expose(ARGV[index], ARGV[index + 2], hash) end
  end
end
for index = 2, #ARGV, 4 do
  if ARGV[index + 1] ~= 'exposures' then
    for _, hash in ipairs(cjson.decode(ARGV[index + 3])) do happen(ARGV[index + 1], hash) end
  end
end

local pruned = tonumber(known[3] or window)
local keepFrom = math.min(window - settings.cohorts, pruned + 1000)
while pruned < keepFrom do
  redis.call('HDEL', KEYS[2], string.format('w%.0f', pruned))
  pruned = pruned + 1
end
for at, counts in pairs(cohorts) do
  redis.call('HSET', KEYS[2], string.format('w%.0f', at), cjson.encode(counts))
end
redis.call('HSET', KEYS[2], 'kept', string.format('%.0f', kept), 'waiting', string.format('%.0f', waiting), 'pruned',
  string.format('%.0f', pruned), 'assigned', cjson.encode(assigned), 'events', cjson.encode(events))
redis.call('PEXPIRE', KEYS[1], settings.keep)
redis.call('PEXPIRE', KEYS[2], settings.keep)
return { 'noted', string.format('%.0f', now) }
