-- Purpose: tells the time of the server that keeps a key; in a cluster each node has a clock of its own.
-- KEYS: 1 any key of the scope whose clock is asked for
-- ARGV: none
-- Returns: {seconds, microseconds}

return redis.call('TIME')
