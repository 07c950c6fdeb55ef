-- Purpose: adds one batch of counts to the present window, once per client and sequence.
-- KEYS: 1 the client's last sequence  2… the windows that may be the present one, in order
-- ARGV: 1 sequence  2 number of the window of KEYS[2]  3 window length in ms  4 ms to keep a window  5 ms to keep the client
--   6… series, count, sum of each
-- Returns: {'applied' | 'repeated' | 'window' (the present one isn't among KEYS; nothing was added), time in ms}

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local at = string.format('%.0f', now)
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return { 'repeated', at } end
local window = KEYS[2 + math.floor(now / tonumber(ARGV[3])) - tonumber(ARGV[2])]
if window == nil or window == KEYS[1] then return { 'window', at } end

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[5])
for index = 6, #ARGV, 3 do
  redis.call('HINCRBYFLOAT', window, 'c' .. ARGV[index], ARGV[index + 1])
  redis.call('HINCRBYFLOAT', window, 's' .. ARGV[index], ARGV[index + 2])
end
redis.call('PEXPIRE', window, ARGV[4])
return { 'applied', at }
