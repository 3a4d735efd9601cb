// SPDX-License-Identifier: MIT
#include "tools/update_check.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "openclaw/version.hpp"
#include "tools/status_report.hpp"
#include "tools/terminal.hpp"
#include "tools/update_events.hpp"
#include "tools/update_session.hpp"
#include "update/newest.hpp"
#include "update/transaction_id.hpp"
#include "update/unit_run.hpp"

namespace tools {
namespace {

using nlohmann::json;

bool is_newer(const Checked& checked) {
  const auto installed = openclaw::Version::parse(checked.installed);
  const auto newest = openclaw::Version::parse(checked.newest);
  return newest && (!installed || *installed < *newest);
}

std::string obstacle_of(const json& status, const std::string& newest) {
  const std::string pin = base::text_at(status, "pin");
  if (base::member(status, "hold").is_string()) {
    const std::string until = base::text_at(status, "hold_until");
    const auto end = base::from_rfc3339(until);
    if (!end || *end > base::unix_now_ms())
      return base::concat(
          {"updates are on hold", until.empty() ? "" : " until ", until, "; openclaw-update unhold"});
  }
  if (!pin.empty() && pin != newest)
    return base::concat({"updates are pinned to ", pin, "; openclaw-update unpin"});
  for (const json& entry : base::as_list(base::member(status, "quarantine"))) {
    if (base::text_at(entry, "version") == newest)
      return newest + " failed on this host before; openclaw-update --force";
  }
  return {};
}

base::Result<Checked> ask(const UpdateOptions& options) {
  const auto session = UpdateSession::open(options, true);
  if (!session) return base::pass(session.error());
  auto context = update::context_asked_for(session->settings, "", std::nullopt);
  context.id = update::new_task_id(base::unix_now_ms(), options.gateway);
  context.asked.requested_by = options.scope.is_user ? "the user" : "root";
  SilentObserver observer;
  update::UnitWorkers workers = session->workers();
  const auto newest = update::look_for_newest(session->setup(workers, observer), context);
  if (!newest) return base::pass(newest.error());
  if (auto kept = update::keep_newest(session->state.get(), *newest); !kept) return base::pass(kept.error());
  const json status = kept_status(*session);
  publish_status(*session, status);
  return checked_of(status);
}

}  // namespace

Checked checked_of(const json& status) {
  Checked checked{base::text_at(status, "version"), base::text_at(status, "newest.version"),
                  base::text_at(status, "newest.channel"), ""};
  checked.held = obstacle_of(status, checked.newest);
  return checked;
}

int show_check(const UpdateOptions& options, const Checked& checked) {
  const bool newer = is_newer(checked);
  if (options.json) {
    const auto text_or_null = [](const std::string& text) {
      return text.empty() ? json(nullptr) : json(text);
    };
    print_json(json{{"schema", update_report_schema},
                    {"outcome", newer ? "newer" : "up-to-date"},
                    {"version", text_or_null(checked.installed)},
                    {"newest", checked.newest},
                    {"channel", checked.channel},
                    {"held_by", newer ? text_or_null(checked.held) : json(nullptr)}});
  } else if (!options.quiet) {
    const std::string installed =
        checked.installed.empty() ? "no release is installed" : checked.installed + " is installed";
    print_line({checked.channel, " has ", checked.newest, ", and ", installed,
                newer ? "" : ": there is no newer version"});
    if (newer && !checked.held.empty()) print_line({checked.held});
  }
  return newer ? check_newer : check_current;
}

int check_for_update(const UpdateOptions& options) {
  const auto checked = ask(options);
  if (checked) return show_check(options, *checked);
  static_cast<void>(tell(checked.error()));
  return check_unknown;
}

}  // namespace tools
