-- Purpose: reads changes from the newest on, only those about one document if one is named.
-- KEYS: 1 log
-- ARGV: 1 where to start (`+`, or `(<revision>-0`)  2 most changes to return  3 the document, or ''  4 most entries to look at
--   5… texts that a change about it has too, of before `about` told all: who asks has to look closer
-- Returns: {where to go on (`(<revision>-0`), or '' at the end, change, …}

local from, limit, budget = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local answer = { '' }

local function concerns(about, change)
  if ARGV[3] == '' or string.find(about, ' ' .. ARGV[3] .. ' ', 1, true) then return true end
  for i = 5, #ARGV do
    if string.find(change, ARGV[i], 1, true) then return true end
  end
  return false
end

while budget > 0 and #answer <= limit do
  local entries = redis.call('XREVRANGE', KEYS[1], from, '-', 'COUNT', math.min(budget, 100))
  if #entries == 0 then return answer end
  for _, entry in ipairs(entries) do
    if concerns(entry[2][6], entry[2][8]) then
      answer[#answer + 1] = entry[2][8]
    end
    from = '(' .. entry[1]
    if #answer > limit then break end
  end
  budget = budget - #entries
end
answer[1] = from
return answer
