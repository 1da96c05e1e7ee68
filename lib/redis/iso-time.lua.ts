/** Lua that stands before the script of a backend whose library writes times as ISO 8601. */
export const ISO_TIME_LUA = `
-- Epoch ms, with a fraction, of a time that is UTC where it names no offset; nil where a text is no time.
local function timeOf(text)
  local year, month, day, hour, minute, second, rest =
    string.match(text, '^(%d%d%d%d)-(%d%d)-(%d%d)[T ](%d%d):(%d%d):(%d%d)(.*)$')
  if not year then
    return nil
  end
  -- With years that begin in March, the leap day is the last of its year.
  local months = year * 12 + month - 3
  local years, monthOfYear = math.floor(months / 12), months % 12
  local days = 365 * years + math.floor(years / 4) - math.floor(years / 100) + math.floor(years / 400)
    + math.floor((153 * monthOfYear + 2) / 5) + day - 719469
  local sign, hours, minutes = string.match(rest, '([+-])(%d%d):?(%d%d)$')
  local offset = sign and tonumber(sign .. 1) * (hours * 60 + minutes) or 0
  local fraction = tonumber(string.match(rest, '^%.%d+') or 0)
  return ((days * 24 + hour) * 3600 + (minute - offset) * 60 + second + fraction) * 1000
end
`;
