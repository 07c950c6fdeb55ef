-- Purpose: takes, renews or gives back a lease. A lease is stored as `<token> <until> <epoch> <instance> <holder>`.
-- KEYS: 1 meta  2 leases
-- ARGV: 1 name  2 holder  3 instance  4 ttl in ms, or 0 to give it back
-- Returns: the fencing token; '' while another holds it, or after giving back. Tokens follow the clock, so that they rise
--   even where an earlier record was lost. A lease ends with the epoch that it was taken in, and where the clock was set back
--   by more than what is asked for: a holder that is gone would keep it until then, one that is there learns so by its token.

local name, holder, instance, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local epoch = redis.call('HGET', KEYS[1], 'epoch') or '-'
local stored = redis.call('HGET', KEYS[2], name) or '0 0 - - '
local token, til, heldEpoch, heldInstance, heldBy = string.match(stored, '^(%d+) (%d+) (%S+) (%S+) (.*)$')
token = tonumber(token)
local left = tonumber(til) - now
local runs = left > 0 and left <= 2 * ttl and heldEpoch == epoch
local mine = heldBy == holder and heldInstance == instance

local function write(newToken, newTil, newInstance, newHolder)
  redis.call('HSET', KEYS[2], name,
    string.format('%.0f %.0f %s %s %s', newToken, newTil, epoch, newInstance, newHolder))
end

if ttl == 0 then
  if mine then write(token, 0, '-', '') end
  return ''
end
if runs and heldBy ~= holder then return '' end
if not (runs and mine) then token = math.max(token + 1, now) end
write(token, now + ttl, instance, holder)
return string.format('%.0f', token)
