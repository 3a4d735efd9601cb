// SPDX-License-Identifier: MIT
#include "workers/fetch/finish.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/text.hpp"
#include "contract/requests.hpp"
#include "contract/tasks.hpp"
#include "fs/beneath.hpp"
#include "npm/clients.hpp"
#include "workers/fetch/finish_package.hpp"
#include "workers/fetch/node.hpp"
#include "workers/fetch/published.hpp"
#include "workers/fetch/registry.hpp"
#include "workers/fetch/release_archive.hpp"
#include "workers/fetch/tools.hpp"
#include "workers/fetch/workplace.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

Result<void> run_allowed_scripts(const FetchContext& context, const std::string& package) {
  const auto& packages = context.settings.packages;
  if (packages.allow_scripts.empty()) return {};
  const std::string task = "running the install scripts of " + base::join(packages.allow_scripts, ", ");
  context.notifier.status(task);
  npm::InstallRequest request;
  request.allow_scripts = packages.allow_scripts;
  request.directory = package;
  request.cache_directory = context.cache_directory();
  request.logs_directory = context.logs_directory;
  request.registry = packages.registry;
  request.stall_timeout = packages.stall_timeout;
  return npm::run_install_scripts(context.toolchain, request, tell_progress(context, task));
}

Result<json> finish_in(const FetchContext& context, const std::string& version, const Workplace& workplace) {
  const std::string package = context.state_directory + "/" + package_folder;
  const std::string home = workplace.path(home_folder);
  const std::string bundled = base::concat({package_folder, "/", contract::bundled_node_path});
  const bool is_bundled = fs::may_exist_beneath(workplace.state_fd(), bundled);
  const std::string node = is_bundled ? context.state_directory + "/" + bundled : context.machine_node;
  if (node.empty()) return base::pass(context.no_machine_node);
  const auto published = published_files(package);
  if (!published) return base::pass(published.error());
  if (auto done = run_allowed_scripts(context, package); !done) return base::pass(done.error());
  // A downloaded Node may need libraries that this machine does not have.
  if (const auto runs = version_of_node(node, home); !runs) return base::pass(runs.error());
  if (auto done = finish_package(context, {node, package, home, version}); !done) {
    return base::pass(done.error());
  }
  context.notifier.status("comparing the files with the published files");
  if (auto same = verify_as_published(*published, package); !same) return base::pass(same.error());
  const auto size = open_to_readers(package);
  if (!size) return base::pass(size.error());
  return contract::to_json(contract::FinishedPackage{static_cast<std::int64_t>(size->files),
                                                     static_cast<std::int64_t>(size->bytes)});
}

Result<json> finish_with_context(const Job& job) {
  auto context = context_of(job);
  if (!context) return base::pass(context.error());
  // Of the package that is finished: where the machine has no npm, it may have brought one.
  use_tools(*context, base::concat({context->state_directory, "/", package_folder, "/",
                                    contract::bundled_node_folder}));
  return finish(*context, job.request);
}

template <Result<json> (*Function)(const FetchContext&, const json&)>
Result<json> with_bare_context(const Job& job) {
  const auto context = bare_context_of(job);
  return context ? Function(*context, job.request) : base::pass(context.error());
}

}  // namespace

Result<json> finish(const FetchContext& context, const json& request) {
  const auto asked = contract::read_strictly<contract::FetchRequest>(request, contract::of_request);
  if (!asked) return base::pass(asked.error());
  const auto workplace = Workplace::make(context, {home_folder, "cache"});
  if (!workplace) return base::pass(workplace.error());
  if (!fs::may_exist_beneath(workplace->state_fd(), package_folder)) {
    return base::fail(ErrorKind::not_found, "there is no package in " + context.state_directory +
                                                "; openclaw-fetch@.service creates it");
  }
  auto result = finish_in(context, asked->version, *workplace);
  if (result) return result;
  return base::pass(
      explained_by_space(std::move(result.error()), workplace->state_fd(), context.state_directory));
}

std::span<const Action> finish_actions() {
  static constexpr std::array<Action, 3> actions = {
      {{contract::tasks::finish.action, finish_with_context},
       {contract::tasks::pack_release.action, with_bare_context<&pack_release>},
       {contract::tasks::unpack_release.action, with_bare_context<&unpack_release>}}};
  return actions;
}

}  // namespace workers
