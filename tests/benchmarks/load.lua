-- What wrk sends: one account task after the other, for one caller after the other, no two with the same parameters.
-- load.py puts three lines before this: what, at which host, by whom.

local sent, threads = 0, {}
refused, last_status = 0, 0  -- global: `done` reads them from the thread
local media_type = "application/" .. format
local head = table.concat({
  "POST /api/v2/admin/tasks/account HTTP/1.1", "Host: " .. host, "Accept: " .. media_type,
  "Content-Type: " .. media_type, "Authorization: Bearer %s", "Content-Length: %d", "", "%s",
}, "\r\n")
local members = {
  {"TaskID", task}, {"Frequency", "DAILY"}, {"StartDate", "2030-01-22T09:00:00+00:00"},
  {"FinishDate", "2030-12-31T23:59:59+00:00"}, {"Parameters", "%s"}, {"ContentType", "application/json"},
  {"Notification", "FAILURE"},
}
local parameters = '{"Url": "https://example.com/hooks/%s/%d", "Method": "POST", "Body": "Here it is."}'

local function body()
  local written = {}
  for _, member in ipairs(members) do
    local pattern = format == "xml" and "<%s>%s</%s>" or '"%s":"%s"'
    table.insert(written, string.format(pattern, member[1], member[2], member[1]))
  end
  if format == "xml" then
    return "<AccountTaskRequest>" .. table.concat(written) .. "</AccountTaskRequest>"
  end
  parameters = parameters:gsub('"', '\\"')
  return "{" .. table.concat(written, ",") .. "}"
end

function setup(thread)
  table.insert(threads, thread)
end

function init()
  whole = body()
end

function request()
  sent = sent + 1
  local text = string.format(whole, string.format(parameters, run, sent))
  return string.format(head, tokens[sent % #tokens + 1], #text, text)
end

function response(status)
  if status ~= 201 then
    refused = refused + 1
    last_status = status
  end
end

function done(summary, latency)
  local errors = summary.errors
  local thread = threads[1]
  io.write(string.format(
    '\n{"answers": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "status": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), thread:get("refused"),
    thread:get("last_status"), errors.connect + errors.read + errors.write + errors.timeout
  ))
end
