-- Purpose: keeps what a guard's verdict was decided on, under an id that tells when, and drops what is too old.
-- KEYS: 1 verdicts of the scope  2 ids of those of the guard
-- ARGV: 1 time before which they are too old, ms  2 how long they are kept, ms  3 the entry as JSON
-- Returns: the id

local id = redis.call('XADD', KEYS[1], 'MINID', '=', ARGV[1], '*', 'verdict', ARGV[3])
redis.call('ZADD', KEYS[2], string.match(id, '^%d+'), id)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return id
