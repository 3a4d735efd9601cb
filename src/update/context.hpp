// SPDX-License-Identifier: MIT
// What one update knows: the last record of its journal, with the files that it names, is enough to go on
// from. In the journal all of it is flat, under the names that context.cpp gives it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "contract/gateway_report.hpp"
#include "update/rehearsal.hpp"

namespace update {

// What was asked for, and by whom.
struct Asked {
  std::string wanted;        // a channel ("latest") or a version
  std::string requested_by;  // "the unit", "root", "the user", "the gateway", "rollback", "the watchdog"
  std::string request;       // identity of the intent that was taken (intent.hpp); empty: there was none
  bool force = false;        // over hold, quarantine, and downgrades
  bool returning = false;    // to a sealed release that was named: a rollback by hand
  bool rehearses = false;    // it ends after the canary
  std::string restores;      // the snapshot that is to be put back under the release that runs; empty: none
};

// What the gateway answered before (contract/gateway_report.hpp). The text is what the journal keeps; it is
// read when it comes in, and no more.
class Baseline {
 public:
  Baseline() = default;
  explicit Baseline(std::string text);

  [[nodiscard]] bool empty() const { return text_.empty(); }  // nobody was asked, or nobody answered
  [[nodiscard]] const std::string& text() const { return text_; }
  // Null where there is none, or none that can be read: then nothing can be compared with it.
  [[nodiscard]] const contract::GatewayReport* report() const { return report_ ? &*report_ : nullptr; }

 private:
  std::string text_;  // JSON
  std::optional<contract::GatewayReport> report_;
};

// What there was before.
struct From {
  std::string release, version;               // empty: this is the first installation
  bool was_running = false;                   // so it has to run afterwards
  unsigned port = 0;                          // where it was seen to serve; 0: it was not
  std::vector<std::string> environment_keys;  // names, of the unit's own definition
  Baseline baseline;
};

// What it is to be.
struct To {
  std::string release, version;  // release: empty until it is sealed
  std::string integrity;         // of the registry's tarball
  std::string client, node;      // that fetched it: "bun 1.4.5", "v24.16.0"
  std::string canary;            // what it did on a copy of the state, for a person; empty: there was none
  bool migrate = false;          // it became ready there only on a state that its own doctor had migrated
  bool start_wanted = false;     // it is to be started after the promotion
};

// What openclaw-state keeps of the gateway's state, and what becomes of that state.
struct Snapshot {
  bool taken = false;
  std::string digest;                           // of what openclaw-state keeps
  std::map<std::string, std::int64_t> schemas;  // database -> user_version, in the snapshot
  // It has the transcripts of sessions, too: the release moves them, or no canary has shown that it does not.
  bool transcripts = false;
  std::string restore_from;  // the transaction whose snapshot goes back with the release (compatibility.hpp)
  std::string restore_digest;  // of that snapshot
  // By this update itself, or about to be: by that snapshot, or by the release's doctor.
  bool state_replaced = false;
};

// How the new release was judged.
struct Judged {
  bool started = false;  // it may have run: the state may be its
  bool became_ready = false;
  bool release_failed = false;  // by itself (causes.hpp): it goes into quarantine
  std::string not_blamed;       // what else it failed by; empty: nothing is known
  std::string invocation_id;    // of the start that is judged
};

// Unix milliseconds; 0: not yet.
struct Times {
  std::int64_t began_at_ms = 0, stopped_at_ms = 0, ready_at_ms = 0;
};

struct Context {
  std::string id;    // "t00000017-20261121T101500Z": name of the transaction's folder
  std::string unit;  // the gateway's
  Asked asked;
  From from;
  To to;
  Snapshot snapshot;
  Judged judged;
  Times times;
  Rehearsal rehearsal;             // what the update would change, where this is one
  std::string reason;              // why it was refused or rolled back
  bool held = false;               // refused for a hold, a pin or a quarantine (standing.hpp)
  std::vector<std::string> notes;  // what a person should know besides
  unsigned notes_left_out = 0;     // of the middle, where there were too many
  std::vector<std::string> lost;   // members whose file could not be read: they are empty for that
  unsigned interruptions = 0;
};

// Once, however often it is found.
void add_note(Context& context, const std::string& note);

// Without the members that are in files of their own.
[[nodiscard]] std::string to_json(const Context& context);
// The text comes from our own journal: what does not fit is an `integrity` error. Members of newer versions
// are passed over, and those with files of their own may be there, as earlier versions had them.
[[nodiscard]] base::Result<Context> context_from_json(std::string_view text);

// With texts and notes cut to what one record may hold, whoever has made them long.
[[nodiscard]] Context within_bounds(Context context);

// baseline, environment_keys, schemas and rehearsal, by name and as JSON, as far as they are not empty.
[[nodiscard]] std::map<std::string, std::string> large_members(const Context& context);
// A name of a newer version is passed over.
[[nodiscard]] base::Result<void> set_large_member(Context& context, std::string_view name,
                                                  std::string_view text);

// From the stop to readiness; nothing where it did not run before, or where the times say nothing.
[[nodiscard]] std::optional<std::int64_t> downtime_ms(const Context& context);
// For a person: with one that says how many were left out.
[[nodiscard]] std::vector<std::string> all_notes(const Context& context);
// Whether that member is empty only since its file could not be read.
[[nodiscard]] bool is_lost(const Context& context, std::string_view member);

}  // namespace update
