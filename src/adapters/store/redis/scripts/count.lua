-- Purpose: adds one batch of counts to the present window, and of evaluations to the present hour, once per client and
--   sequence.
-- KEYS: 1 the client's last sequence  2…4 the windows that may be the present one, in order  5 meta
--   6 when variants were last evaluated  7… usage of each flag on the day of the hour below
-- ARGV: 1 sequence  2 number of the window of KEYS[2]  3 window length in ms  4 ms to keep a window  5 ms to keep the client
--   6 evaluations as JSON: hour that KEYS 6… are of, hourLength and keep in ms, added {{flag, field, seen, count}, …}
--   7… series, count, sum of each
-- Returns: {'applied' | 'repeated' | 'window' (the present window or hour isn't among KEYS; nothing was added), time in ms}

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local at = string.format('%.0f', now)
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return { 'repeated', at } end
local ahead = math.floor(now / tonumber(ARGV[3])) - tonumber(ARGV[2])
local usage = cjson.decode(ARGV[6])
if ahead < 0 or ahead > 2 then return { 'window', at } end
if #usage.added > 0 and math.floor(now / usage.hourLength) ~= usage.hour then return { 'window', at } end
local window = KEYS[2 + ahead]

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[5])
for index = 7, #ARGV, 3 do
  redis.call('HINCRBYFLOAT', window, 'c' .. ARGV[index], ARGV[index + 1])
  redis.call('HINCRBYFLOAT', window, 's' .. ARGV[index], ARGV[index + 2])
end
redis.call('PEXPIRE', window, ARGV[4])

local keep = string.format('%.0f', usage.keep)
for _, added in ipairs(usage.added) do
  local key = KEYS[6 + added[1]]
  redis.call('HINCRBY', key, added[2], string.format('%.0f', added[4]))
  redis.call('PEXPIRE', key, keep)
  redis.call('HSET', KEYS[6], added[3], at)
end
if #usage.added > 0 then
  redis.call('PEXPIRE', KEYS[6], keep)
  redis.call('HSETNX', KEYS[5], 'countedSince', at)
end
return { 'applied', at }
