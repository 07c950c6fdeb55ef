-- Purpose: writes what stands once more, so that whoever waits for replicas after it waits for all that was written before.
-- KEYS: 1 meta
-- ARGV: none
-- Returns: {'repeated'}, or {'absent'} where there is no slot

local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return { 'absent' } end
redis.call('HSET', KEYS[1], 'epoch', epoch)
return { 'repeated' }
