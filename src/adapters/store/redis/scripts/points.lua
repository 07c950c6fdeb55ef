-- Purpose: keeps points of pushed metrics in the present window, each series and time once.
-- KEYS: 1…3 the windows that may be the present one, in order
-- ARGV: 1 number of the window of KEYS[1]  2 window length in ms  3 ms to keep a window  4 points that a window holds at most
--   5… name (series and time) and JSON of each point
-- Returns: {'kept' | 'full' | 'window' (the present window isn't among KEYS), time in ms}; nothing is kept but in the first case

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local at = string.format('%.0f', now)
local ahead = math.floor(now / tonumber(ARGV[2])) - tonumber(ARGV[1])
if ahead < 0 or ahead > 2 then return { 'window', at } end
local window = KEYS[1 + ahead]
if redis.call('HLEN', window) + (#ARGV - 4) / 2 > tonumber(ARGV[4]) then return { 'full', at } end
for index = 5, #ARGV, 2 do
  redis.call('HSETNX', window, ARGV[index], at .. ' ' .. ARGV[index + 1])
end
redis.call('PEXPIRE', window, ARGV[3])
return { 'kept', at }
