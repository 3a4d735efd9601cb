// SPDX-License-Identifier: MIT
#include "workers/fetch/context.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/environment.hpp"
#include "base/text.hpp"
#include "config/gateways.hpp"
#include "config/scope.hpp"
#include "fs/tree.hpp"
#include "openclaw/environment.hpp"
#include "workers/fetch/tools.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;

// The file that Debian's npm and the npm of a release read.
constexpr const char* config_without_npm = "/etc/npmrc";

// The first entry of a list that systemd sets, or an error that names the variable.
Result<std::string> unit_directory(const char* variable) {
  const std::string list = openclaw::variable(base::current_environment(), variable);
  const std::string first = base::split(list, ':').front();
  if (first.starts_with('/')) return first;
  return base::fail(ErrorKind::bad_input,
                    base::concat({"$", variable, " is not set; it is set in openclaw-fetch@.service and ",
                                  "openclaw-finish@.service, which run this program"}));
}

}  // namespace

Result<FetchContext> context_of(const Job& job) {
  ::umask(022);  // the updater must be able to read the files
  auto settings = config::load_gateway(config::scope_of_unit(base::current_environment()).settings,
                                       contract::gateway_of(job.instance.transaction));
  if (!settings) return base::pass(settings.error());
  auto state = unit_directory("STATE_DIRECTORY");
  if (!state) return base::pass(state.error());
  auto logs = unit_directory("LOGS_DIRECTORY");
  if (!logs) return base::pass(logs.error());
  FetchContext context{job.notifier, std::move(*settings), {}, std::move(*state), std::move(*logs)};
  const std::string& wanted = context.settings.gateway.node;
  auto toolchain = npm::find_toolchain(wanted, openclaw::variable(base::current_environment(), "PATH"));
  // A setting that names no Node is a mistake; a machine without one is not.
  if (!toolchain && !wanted.empty()) return base::pass(toolchain.error());
  if (toolchain) {
    context.toolchain = std::move(*toolchain);
    context.machine_node = context.toolchain.node;
  } else {
    context.no_machine_node = std::move(toolchain.error());
  }
  if (!has_npm(context.toolchain)) context.toolchain.global_config = config_without_npm;
  return context;
}

Result<FetchContext> bare_context_of(const Job& job) {
  ::umask(022);
  auto state = unit_directory("STATE_DIRECTORY");
  if (!state) return base::pass(state.error());
  return FetchContext{job.notifier, {}, {}, std::move(*state), {}};
}

void use_credential(npm::Toolchain& toolchain) {
  const std::string folder = openclaw::variable(base::current_environment(), "CREDENTIALS_DIRECTORY");
  const std::string path = folder + "/npmrc";
  if (folder.empty() || ::access(path.c_str(), R_OK) != 0) return;
  toolchain.global_config = path;
  toolchain.original_of_global_config = "the npmrc that LoadCredential= of openclaw-fetch@.service names";
}

base::Error explained_by_space(base::Error failure, int state_fd, const std::string& path) {
  constexpr std::uint64_t too_few_bytes = std::uint64_t{1} << 20;
  constexpr std::uint64_t too_few_inodes = 64;
  const auto space = fs::free_space(state_fd);
  const bool full = space && (space->bytes < too_few_bytes || space->inodes < too_few_inodes);
  if (!full && failure.number != ENOSPC) return failure;
  failure.kind = ErrorKind::system;
  failure.number = ENOSPC;
  return std::move(failure).in("no space is left for a new OpenClaw in " + path +
                               "; fetching takes about 1 GB. Make room and try again");
}

}  // namespace workers
