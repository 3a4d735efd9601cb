// SPDX-License-Identifier: MIT
// What an update tells the journal, the service manager, and scripts.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "systemd/journal.hpp"
#include "systemd/notify.hpp"
#include "update/journal.hpp"
#include "update/setup.hpp"

namespace tools {

inline constexpr int update_report_schema = 1;

// The outcome as one sentence: "updated from 2026.9.5 to 2026.9.6, down for 9.1 s".
[[nodiscard]] std::string sentence_of(update::State state, const update::Context& context);
// What a rehearsal that has passed would change, one line each; of all else, none.
[[nodiscard]] std::vector<std::string> rehearsed_lines(update::State state, const update::Context& context);
[[nodiscard]] systemd::Event event_of(update::State state, const update::Context& context);

// `openclaw-update --json`, `status --json`, `history --json`: the schema is in openclaw-update(8).
[[nodiscard]] nlohmann::json report_of(const update::History& history);

// 0 updated, rehearsed or up to date, 1 rolled back, 3 refused, 4 `held` (a refusal by a hold, a pin or a
// quarantine), 70 the rollback failed.
[[nodiscard]] int exit_status_of_outcome(update::State state, bool held);

// Journal entries for stages and outcomes, STATUS= for what goes on.
class UnitObserver final : public update::Observer {
 public:
  // `publish` is called when a state is entered, for whoever may not read the journal of updates.
  UnitObserver(systemd::EventSink& sink, systemd::Notifier& notifier, std::function<void()> publish = {})
      : sink_(sink), notifier_(notifier), publish_(std::move(publish)) {}
  void entered(update::State state, const update::Context& context) override;
  void says(const std::string& text) override;
  // Of the state that was entered last.
  [[nodiscard]] const update::Context& last() const { return last_; }

 private:
  update::Context last_;
  systemd::EventSink& sink_;
  systemd::Notifier& notifier_;
  std::function<void()> publish_;
  std::string stage_;
};

// Of what is no update, and asks workers all the same.
class SilentObserver final : public update::Observer {
 public:
  void entered(update::State /*state*/, const update::Context& /*context*/) override {}
  void says(const std::string& /*text*/) override {}
};

}  // namespace tools
