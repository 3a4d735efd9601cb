#include "tools/update_session.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "release/names.hpp"
#include "tools/exit_status.hpp"
#include "tools/terminal.hpp"
#include "update/kept_settings.hpp"

namespace tools {
namespace {

constexpr const char* default_state_directory = "/var/lib/openclaw-update";

std::string state_directory_of(const UpdateOptions& options) {
  if (!options.state_directory.empty()) return options.state_directory;
  const char* given = std::getenv("STATE_DIRECTORY");
  const std::string text = given == nullptr ? "" : given;
  const std::string first = text.substr(0, text.find(':'));
  return first.empty() ? default_state_directory : first;
}

// Made for the unit by RuntimeDirectory=, else by whoever needs it first.
base::Result<base::UniqueFd> open_runtime_directory() {
  const char* given = std::getenv("RUNTIME_DIRECTORY");
  const std::string path = given == nullptr || *given == '\0' ? "/run/openclaw-update" : given;
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return base::fail_errno(errno, "cannot make " + path);
  }
  return fs::open_directory(path);
}

// The time as it was at the start, and from there by the clock that nobody sets: how long a stage takes must
// not depend on whoever sets the other one meanwhile.
std::function<std::int64_t()> steady_unix_clock() {
  const std::int64_t booted_at = base::unix_now_ms() - base::since_boot().count();
  return [booted_at] { return booted_at + base::since_boot().count(); };
}

}  // namespace

base::Result<UpdateSession> UpdateSession::open(const UpdateOptions& options, bool with_bus) {
  auto settings = config::load(options.settings);
  if (!settings) return base::pass(settings.error());
  return open_with(std::move(*settings), options, with_bus);
}

base::Result<UpdateSession> UpdateSession::open_for_recovery(const UpdateOptions& options) {
  auto settings = config::load(options.settings);
  if (!settings) {
    auto kept = update::settings_of_open_update(state_directory_of(options));
    if (!kept) return base::pass(settings.error());
    (void)tell(settings.error().in(
        "the settings that the update began with are used, since they have a mistake now"));
    settings = std::move(kept);
  }
  return open_with(std::move(*settings), options, true);
}

base::Result<UpdateSession> UpdateSession::open_with(config::Settings settings, const UpdateOptions& options,
                                                     bool with_bus) {
  UpdateSession session;
  session.settings = std::move(settings);
  session.state_directory = state_directory_of(options);
  if (::mkdir(session.state_directory.c_str(), 0755) != 0 && errno != EEXIST) {
    return base::fail_errno(errno, "cannot make " + session.state_directory);
  }
  auto state = fs::open_directory(session.state_directory);
  if (!state) return base::pass(state.error());
  session.state = std::move(*state);
  if (auto requests = fs::make_directories_beneath(session.state.get(), "requests", 0755); !requests) {
    return base::pass(requests.error());
  }
  auto releases = release::Store::open(session.state_directory);
  if (!releases) return base::pass(releases.error());
  session.releases = std::make_unique<release::Store>(std::move(*releases));
  if (with_bus) {
    auto runtime = open_runtime_directory();
    if (!runtime) return base::pass(runtime.error());
    session.runtime = std::move(*runtime);
    auto manager = bus::connect_to_system_manager();
    if (!manager) return base::pass(manager.error());
    session.manager = std::move(*manager);
  }
  return session;
}

update::Setup UpdateSession::setup(update::Workers& workers, update::Observer& observer) const {
  return {.settings = settings,
          .state_directory = state_directory,
          .gateway_directory = settings.gateway.state_directory,
          .manager = *manager,
          .workers = workers,
          .releases = *releases,
          .observer = observer,
          .state_fd = state.get(),
          .now_ms = steady_unix_clock()};
}

base::Result<void> require_root() {
  if (::geteuid() == 0) return {};
  return base::fail(base::ErrorKind::refused, "this needs root; try sudo");
}

int tell(const base::Error& error) {
  print_error("openclaw-update", error.message);
  return exit_status_of(error);
}

}  // namespace tools
