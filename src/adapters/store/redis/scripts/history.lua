-- Purpose: reads changes from the newest on, only those about one document if one is named.
-- KEYS: 1 log
-- ARGV: 1 where to start (`+`, or `(<revision>-0`)  2 most changes to return  3 the document, or ''  4 most entries to look at
-- Returns: {where to go on (`(<revision>-0`), or '' at the end, change, …}

local from, limit, budget = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local answer = { '' }
while budget > 0 and #answer <= limit do
  local entries = redis.call('XREVRANGE', KEYS[1], from, '-', 'COUNT', math.min(budget, 100))
  if #entries == 0 then return answer end
  for _, entry in ipairs(entries) do
    if ARGV[3] == '' or string.find(entry[2][6], ' ' .. ARGV[3] .. ' ', 1, true) then
      answer[#answer + 1] = entry[2][8]
    end
    from = '(' .. entry[1]
    if #answer > limit then break end
  end
  budget = budget - #entries
end
answer[1] = from
return answer
