-- Runs inside wrk and prints one line of JSON after wrk's own report. Percentiles are in
-- microseconds, without wrk's rounding.
done = function(summary, latency, _)
  local failed = summary.errors
  io.write(string.format(
    '{"requests":%d,"duration_us":%d,"bytes":%d,"p50_us":%d,"p99_us":%d,' ..
    '"failed_connect":%d,"failed_read":%d,"failed_write":%d,"failed_status":%d,"timed_out":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99),
    failed.connect, failed.read, failed.write, failed.status, failed.timeout))
end
