-- Asks Vestibule whether a request may pass; loaded by haproxy.cfg.

-- Where the gateway is asked: its listener with forward_auth = true.
local ASKED = "http://127.0.0.1:8081/.vestibule/verify"

-- What a question needs of the visitor's request, and nothing else.
local PASSED_ON = {
    "cookie", "accept", "accept-language", "user-agent", "origin", "service-worker",
    "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-site", "sec-fetch-user",
    "sec-websocket-key", "sec-websocket-version",
    "access-control-request-method", "access-control-request-headers",
}

-- What the app is told (headers = "remote" in the gateway's configuration).
local TOLD = {
    "remote-user", "remote-groups", "remote-name", "remote-email", "x-vestibule-assertion",
}

-- What the visitor gets of an answer that does not let pass.
local ANSWERED = {
    "location", "set-cookie", "content-type", "cache-control", "www-authenticate", "vary",
    "content-security-policy", "x-frame-options", "x-content-type-options", "referrer-policy",
    "retry-after", "x-request-id",
}

-- Cuts our cookies out; apps get the others on one line.
local function cut_cookies(http, lines)
    local kept = {}
    for _, line in pairs(lines or {}) do
        for part in line:gmatch("[^;]+") do
            local pair = part:match("^%s*(.-)%s*$")
            local name = pair:match("^[^=]*"):lower():gsub("^__host%-", "")
            if pair ~= "" and name:sub(1, 9) ~= "vestibule" then
                kept[#kept + 1] = pair
            end
        end
    end
    http:req_del_header("cookie")
    if #kept > 0 then
        http:req_add_header("cookie", table.concat(kept, "; "))
    end
end

local function values(headers, name)
    local list = {}
    for _, value in pairs(headers[name] or {}) do
        list[#list + 1] = value
    end
    return list
end

local function refuse(txn, status, answer)
    local reply = txn:reply()
    reply:set_status(status)
    if answer then
        for _, name in ipairs(ANSWERED) do
            for _, value in ipairs(values(answer.headers, name)) do
                reply:add_header(name, value)
            end
        end
        reply:set_body(answer.body or "")
    end
    txn:done(reply)
end

core.register_action("vestibule", { "http-req" }, function(txn)
    txn:set_var("txn.vestibule_passed", false)
    local headers = txn.http:req_get_headers()
    local hosts = values(headers, "host")
    local path = txn.sf:pathq()
    if #hosts ~= 1 or path == "" then
        return refuse(txn, 400)
    end
    local question = {
        ["x-forwarded-method"] = { txn.sf:method() },
        ["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" },
        ["x-forwarded-host"] = hosts,
        ["x-forwarded-uri"] = { path },
        ["x-forwarded-for"] = { txn.sf:src() },
    }
    for _, name in ipairs(PASSED_ON) do
        local list = values(headers, name)
        if #list > 0 then
            question[name] = list
        end
    end
    local answer = core.httpclient():get {
        url = ASKED, headers = question, timeout = 10000,
    }
    if not answer or answer.status == 0 or answer.status == nil then
        return refuse(txn, 503)
    end
    if answer.status ~= 200 then
        -- Another 2xx, or an interim answer, is none that lets pass.
        return refuse(txn, answer.status >= 300 and answer.status or 503, answer)
    end
    if #values(answer.headers, "x-vestibule-verified") ~= 1 then
        return refuse(txn, 503)
    end
    for _, name in ipairs(TOLD) do
        txn.http:req_del_header(name)
        for _, value in ipairs(values(answer.headers, name)) do
            if value ~= "" then
                txn.http:req_add_header(name, value)
            end
        end
    end
    cut_cookies(txn.http, headers["cookie"])
    txn:set_var("txn.vestibule_passed", true)
end)
