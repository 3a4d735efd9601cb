// SPDX-License-Identifier: MIT
// What an update knows. The last record of its journal and the files that it names are sufficient to continue
// the update. The journal contains all members on one level, with the names in context.cpp.
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

// The request, and who made it.
struct Asked {
  std::string wanted;        // a channel ("latest") or a version
  std::string requested_by;  // "the unit", "root", "the user", "the gateway", "rollback", "the watchdog"
  std::string request;       // identity of the intent that was taken (intent.hpp); empty: there was none
  bool force = false;        // despite hold and quarantine, and for downgrades
  bool returning = false;    // to a given sealed release: a rollback on demand
  bool rehearses = false;    // it ends after the canary
  std::string restores;      // the snapshot to restore for the running release; empty: none
};

// What the gateway reported before the update (contract/gateway_report.hpp). The journal contains the text,
// which is parsed once, on input.
class Baseline {
 public:
  Baseline() = default;
  explicit Baseline(std::string text);

  [[nodiscard]] bool empty() const { return text_.empty(); }  // not requested, or no answer
  [[nodiscard]] const std::string& text() const { return text_; }
  // Null if there is none, or if it cannot be parsed: then nothing can be compared with it.
  [[nodiscard]] const contract::GatewayReport* report() const { return report_ ? &*report_ : nullptr; }

 private:
  std::string text_;  // JSON
  std::optional<contract::GatewayReport> report_;
};

// The situation before the update.
struct From {
  std::string release, version;  // empty: this is the first installation
  bool was_running = false;      // then it has to run afterwards, too
  std::string stopped_run;       // invocation ID of the run that the update has stopped; empty: unknown
  unsigned port = 0;             // where it was seen to serve; 0: nowhere
  std::vector<std::string> environment_keys;  // names, from the unit's own definition
  Baseline baseline;
};

// The goal of the update.
struct To {
  std::string release, version;  // release: empty until it is sealed
  std::string integrity;         // of the registry's tarball
  std::string client, node;      // by which it was fetched: "bun 1.4.5", "v24.16.0"
  std::uint64_t files = 0;       // that were fetched, for the progress; not in the journal
  std::string canary;            // result of the canary, for an operator; empty: there was none
  bool migrate = false;  // in the canary, it became ready only on a state that its own doctor had migrated
  bool start_wanted = false;  // the gateway is to be started after the promotion
};

// What openclaw-state has stored of the gateway's state, and what is done with that state.
struct Snapshot {
  bool taken = false;
  std::string digest;                           // of the stored snapshot
  std::map<std::string, std::int64_t> schemas;  // database -> user_version, in the snapshot
  // The transcripts of sessions are included: the release moves them, or no canary has shown that it does
  // not.
  bool transcripts = false;
  std::string restore_from;    // the transaction whose snapshot is restored together with the release
                               // (compatibility.hpp)
  std::string restore_digest;  // of that snapshot
  // This update has replaced the state, or is about to: by that snapshot, or by the release's doctor.
  bool state_replaced = false;
};

// The verdict on the new release.
struct Judged {
  bool started = false;  // the release may have run, and may have changed the state
  bool became_ready = false;
  bool release_failed = false;  // through its own fault (causes.hpp), so it is quarantined
  std::string not_blamed;       // another cause of the failure; empty: none is known
  std::string invocation_id;    // of the start that is verified
};

// Unix milliseconds; 0: not yet.
struct Times {
  std::int64_t began_at_ms = 0, stopped_at_ms = 0, ready_at_ms = 0;
};

struct Context {
  std::string id;    // "t00000017-20261121T101500Z": name of the transaction's folder
  std::string unit;  // of the gateway
  Asked asked;
  From from;
  To to;
  Snapshot snapshot;
  Judged judged;
  Times times;
  Rehearsal rehearsal;             // what the update would change, if this is a rehearsal
  std::string reason;              // why the update was refused or rolled back
  bool held = false;               // refused because of a hold, a pin or a quarantine (standing.hpp)
  std::vector<std::string> notes;  // additional information for an operator
  unsigned notes_left_out = 0;     // notes from the middle, if there were too many
  std::vector<std::string> lost;   // members that are empty because their file could not be read
  unsigned interruptions = 0;
};

// Adds a note, unless it is there already.
void add_note(Context& context, const std::string& note);

// Without the members that have their own files.
[[nodiscard]] std::string to_json(const Context& context);
// The text comes from the updater's own journal, so anything invalid is an `integrity` error. Members of
// newer versions are ignored; members with their own files may be in the text, as in journals of earlier
// versions.
[[nodiscard]] base::Result<Context> context_from_json(std::string_view text);

// With texts and notes truncated to the limits of a record, whatever their source.
[[nodiscard]] Context within_bounds(Context context);

// baseline, environment_keys, schemas and rehearsal, by name and as JSON, unless they are empty.
[[nodiscard]] std::map<std::string, std::string> large_members(const Context& context);
// A name of a newer version is ignored.
[[nodiscard]] base::Result<void> set_large_member(Context& context, std::string_view name,
                                                  std::string_view text);

// From the stop to readiness; nothing if the gateway did not run before, or if the times are not known.
[[nodiscard]] std::optional<std::int64_t> downtime_ms(const Context& context);
// For an operator: includes a note about how many were left out.
[[nodiscard]] std::vector<std::string> all_notes(const Context& context);
// Whether this member is empty because its file could not be read.
[[nodiscard]] bool is_lost(const Context& context, std::string_view member);

}  // namespace update
