local function bfib(n)
  if n < 2 then return n end
  return bfib(n - 1) + bfib(n - 2)
end

function Fib(n) return bfib(n) end

function Loop(n)
  local sum = 0
  for i = 1, n do sum = sum + i end
  return sum
end

function Append(n)
  local text = ""
  for i = 1, n do text = text .. "x" end
  return #text
end

function Fill(n)
  local list, sum = {}, 0
  for i = 1, n do list[#list + 1] = i end
  for i = 1, n do sum = sum + list[i] end
  return sum
end

function Sieve(n)
  local out, count = {}, 0
  for i = 1, n do out[i] = false end
  for i = 2, n do
    if not out[i] then
      count = count + 1
      for j = i + i, n, i do out[j] = true end
    end
  end
  return count
end

function Blocks(n)
  local add = function(x) return x + 1 end
  local sum = 0
  for i = 1, n do sum = add(sum) end
  return sum
end

local Counter = {}
Counter.__index = Counter
function Counter.new() return setmetatable({count = 0}, Counter) end
function Counter:add(n) self.count = self.count + n end

function Methods(n)
  local c = Counter.new()
  for i = 1, n do c:add(1) end
  return c.count
end

function Privates(n)
  total = 0
  for i = 1, n do total = total + 1 end
  return total
end

function Macros(n)
  total = 0
  for i = 1, n do total = loadstring("return total + 1")() end
  return total
end
