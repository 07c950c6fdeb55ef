-- Purpose: reads all of a scope at one moment.
-- KEYS: 1 meta  2 documents  3 states  4 listed
-- ARGV: none
-- Returns: {} where there is no slot, else {epoch, epochs, revision, touched, restarted (1 or 0),
--   {ref, stored, …}, {key, stored, …}, {listed key, mark, …}}; stored = `<revision> <JSON>`. Restarted: this server started after the epoch began.

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'epochs', 'revision', 'touched', 'run')
if not meta[1] then return {} end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
return { meta[1], meta[2], meta[3], meta[4], meta[5] == run and 0 or 1,
  redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3]),
  redis.call('HGETALL', KEYS[4]) }
