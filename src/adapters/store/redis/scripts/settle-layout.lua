-- Purpose: notes a layout that data was brought to, or gives back the lease on migrating; only for who holds the lease.
-- KEYS: 1 layout  2 lease
-- ARGV: 1 holder  2 the layout reached, or '' to give the lease back
-- Returns: 1 when done, 0 when somebody else holds the lease.

if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[2])
else
  redis.call('HSET', KEYS[1], 'layout', ARGV[2])
end
return 1
