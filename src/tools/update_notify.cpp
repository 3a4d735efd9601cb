// SPDX-License-Identifier: MIT
#include "tools/update_notify.hpp"

#include <nlohmann/json.hpp>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "config/gateways.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "tools/exit_status.hpp"
#include "tools/update_commands.hpp"
#include "tools/update_events.hpp"
#include "update/journal.hpp"

namespace tools {
namespace {

using base::Result;
using update::State;

constexpr const char* folder_name = "notify";

std::string instance_of(State outcome, const std::string& gateway) {
  return base::concat({update::row_of(outcome).name, gateway.empty() ? "" : ":", gateway});
}

// Each unit of an outcome reads its own file, as the service manager opens it: it has no rights to.
Result<void> write_result(const UpdateSession& session, const std::string& instance, const std::string& id) {
  const auto history = update::Journal(session.state.get()).read(id);
  if (!history) return base::pass(history.error());
  nlohmann::json report = report_of(*history);
  report["gateway"] = session.places.name.empty() ? "default" : session.places.name;
  const auto updater = fs::open_directory(session.places.updater);
  if (!updater) return base::pass(updater.error());
  const auto folder = fs::make_directories_beneath(updater->get(), folder_name, 0700);
  if (!folder) return base::pass(folder.error());
  return fs::replace_file(folder->get(), instance + ".json",
                          report.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n", 0600);
}

}  // namespace

Result<void> notify_of(const UpdateSession& session, State outcome, const update::Context& context) {
  if (outcome == State::up_to_date || session.places.scope.is_user) return {};
  const std::string instance = instance_of(outcome, session.places.name);
  const std::string unit = base::concat({"openclaw-update-notify@", instance, ".service"});
  const auto status = session.manager->status(unit);
  if (!status) return base::pass(status.error());
  const bool is_wanted = !session.settings.notify.command.empty() || !status->drop_in_paths.empty();
  if (!is_wanted) return {};
  if (auto written = write_result(session, instance, context.id); !written)
    return base::pass(written.error(), "the result for " + unit);
  return session.manager->start_without_waiting(unit);
}

int run_notify_command(const UpdateOptions& options) {
  const auto settings = config::load_gateway(options.scope.settings, options.gateway);
  if (!settings) return tell(settings.error());
  const std::string& command = settings->notify.command;
  if (command.empty()) return EX_OK;
  ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  return tell({base::ErrorKind::system, errno, base::concat({"cannot run /bin/sh: ", std::strerror(errno)})});
}

}  // namespace tools
