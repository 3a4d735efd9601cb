// The actions of openclaw-probe: what the running gateway does and knows, reported for a comparison that the
// updater makes (update/verification.hpp).
//
//   {"ready":true,"running":true,"failing":[],"detail":"ready",
//    "ready_at_ms":1763721300123,                         Unix time; of `gate` alone, of the first readiness
//    "version":"2026.9.6","version_known":true,           of the running process, never of the package
//    "environment_keys":["HOME",...],                     names
//    "plugins":{"known":true,"loaded":[],"errors":[{"id","error"}],
//               "bundled":[],"configured":[]},            in the package; asked for by the config
//    "channels":[],"channels_known":true,
//    "config":{"known":true,"valid":true,"detail":""},
//    "rpc"|"cron"|"models":{"known":true,"ok":true,"detail":""}}
//
// "known": false is the absence of an answer, which is no evidence of anything.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "workers/request.hpp"

namespace workers {

// {"port":18789,"main_pid":N,"control_group":"/system.slice/x.service","package":"/...",
//  "node":"/usr/bin/node"}: the port is where it is expected; where it listens is found
//  (gateway_location.hpp).
[[nodiscard]] base::Result<json> probe_baseline(const Job& job);
// The same, "expected_version", "deadline_s" and "settle_s": waits until the gateway is ready, and has stayed
// so for the settle time. Ends early when its process does.
[[nodiscard]] base::Result<json> probe_gate(const Job& job);
// {"port","main_pid","control_group","deadline_s"}:
// {"running":true,"found":true,"url":"https://127.0.0.1:19501","port":19501, "detail":"ready"}, as soon as
// something that the unit listens on has answered as a gateway.
[[nodiscard]] base::Result<json> probe_find(const Job& job);
// {"port":18789} of a gateway that is down. {"listens":true} when somebody listens there all the same.
[[nodiscard]] base::Result<json> probe_port(const Job& job);

}  // namespace workers
