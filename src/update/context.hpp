// What one update knows: whole in every record of its journal, so that the last record is enough to go on
// from.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace update {

struct Context {
  std::string id;            // "20261121T101500Z-4f2a": name of the transaction's folder
  std::string unit;          // the gateway's
  std::string wanted;        // a channel ("latest") or a version
  std::string requested_by;  // "the unit", "root", "the gateway", "rollback", "the watchdog"
  bool force = false;        // over hold, quarantine, and downgrades
  bool returning = false;    // to a sealed release that was named: a rollback by hand

  std::string from_release, from_version;    // empty: this is the first installation
  std::string to_release, to_version;        // to_release: empty until it is sealed
  std::string integrity;                     // of the registry's tarball
  std::string fetched_client, fetched_node;  // "bun 1.4.5", "v24.16.0"

  std::string canary;  // what the release did on a copy of the state, for a person; empty: there was none

  bool was_running = false;                     // before, so it has to run afterwards
  bool start_wanted = false;                    // it is to be started after the promotion
  std::string baseline;                         // JSON: what the gateway answered before (gateway_report.hpp)
  std::vector<std::string> environment_keys;    // names, of the unit's own definition
  std::map<std::string, std::int64_t> schemas;  // database -> user_version, in the snapshot
  std::string snapshot_digest;                  // of what openclaw-state keeps
  bool has_snapshot = false;
  std::string restore_from;  // the transaction whose snapshot goes back with the release (compatibility.hpp)
  std::string restore_digest;   // of that snapshot
  bool state_replaced = false;  // by that one, or about to be
  bool started = false;         // the new release may have run: the state may be its
  bool became_ready = false;
  bool release_failed = false;  // by itself, not by an interruption: it is not tried again by a timer
  std::string invocation_id;    // of the start that is judged

  std::string reason;              // why it was refused or rolled back
  std::vector<std::string> notes;  // what a person should know besides
  unsigned interruptions = 0;
  std::int64_t began_at_ms = 0, stopped_at_ms = 0, ready_at_ms = 0;  // Unix milliseconds; 0: not yet
};

[[nodiscard]] std::string to_json(const Context& context);
// The text comes from our own journal: what does not fit is an `integrity` error.
[[nodiscard]] base::Result<Context> context_from_json(std::string_view text);

}  // namespace update
