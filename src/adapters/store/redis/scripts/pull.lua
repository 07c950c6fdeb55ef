-- Purpose: reads what came to a scope after a position, at one moment.
-- KEYS: 1 meta  2 log  3 states  4 touched
-- ARGV: 1 epoch  2 revision  3 touched (how far the caller is)  4 most entries to read
-- Returns: {'absent'} | {'moved'} (another epoch, or over; behind the caller; trimmed)
--   | {'changes', revision and touched reached, revision of the scope, {was, change, …}, {key, stored or '', …}}

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'touched', 'run')
if not meta[1] then return { 'absent' } end
local known, present = tonumber(ARGV[2]), tonumber(meta[2])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if meta[1] ~= ARGV[1] or meta[4] ~= run or present < known then return { 'moved' } end

local entries, reached = {}, known
if present > known then
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '(' .. ARGV[2] .. '-0', '+', 'COUNT', ARGV[4])) do
    reached = reached + 1
    if entry[1] ~= string.format('%.0f-0', reached) then return { 'moved' } end
    entries[#entries + 1] = entry[2][4]
    entries[#entries + 1] = entry[2][8]
  end
  if reached == known then return { 'moved' } end
end

local states = {}
if meta[3] ~= ARGV[3] then
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '(' .. ARGV[3], '+inf')) do
    states[#states + 1] = key
    states[#states + 1] = redis.call('HGET', KEYS[3], key) or ''
  end
end
return { 'changes', string.format('%.0f', reached), meta[3], meta[2], entries, states }
