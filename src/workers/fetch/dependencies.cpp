// SPDX-License-Identifier: MIT
#include "workers/fetch/dependencies.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/list.hpp"
#include "fs/tree.hpp"
#include "npm/blame.hpp"
#include "openclaw/manifest_fields.hpp"
#include "openclaw/presence.hpp"
#include "stage/client_choice.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;
using openclaw::Dependencies;

constexpr const char* modules = "node_modules";

Dependencies dependencies_at(const json& package_json, const char* key) {
  Dependencies result;
  const json& object = base::member_at(package_json, key);
  if (!object.is_object()) return result;
  for (const auto& [name, range] : object.items()) {
    if (range.is_string()) result[name] = range.get<std::string>();
  }
  return result;
}

Result<void> verify_tree(const std::string& root, const Dependencies& required, const std::string& client) {
  const auto folder = fs::open_directory(root);
  if (!folder) return base::pass(folder.error());
  const auto opened = fs::open_directory_beneath(folder->get(), modules);
  if (!opened && !fs::is_answer(opened.error()))
    return base::pass(opened.error(),
                      base::concat({"verifying the tree that ", client, " installed in ", root}));
  if (!opened && required.empty()) return {};
  std::map<std::string, std::string> packages;
  const auto complaints = openclaw::verify_tree(opened ? opened->get() : -1, required, packages);
  if (!complaints) return base::pass(complaints.error(), "verifying the tree that " + client + " installed");
  if (complaints->empty()) return {};
  const std::string more =
      complaints->size() > 1 ? " (and " + std::to_string(complaints->size() - 1) + " more)" : "";
  return base::fail(ErrorKind::integrity,
                    client + " reported success, but its tree is incomplete: " + complaints->front() + more);
}

// Without the scripts that the administrator permits, because openclaw-finish runs them.
npm::InstallRequest request_for(const FetchContext& context, const Wanted& wanted,
                                const std::string& workplace) {
  const auto& packages = context.settings.packages;
  npm::InstallRequest request;
  request.dependencies = wanted.required;
  request.optional_dependencies = wanted.optional;
  request.overrides = context.settings.overrides;
  request.directory = workplace;
  request.cache_directory = context.cache_directory();
  request.logs_directory = context.logs_directory;
  request.registry = packages.registry;
  request.extra_arguments = packages.extra_arguments;
  request.stall_timeout = packages.stall_timeout;
  return request;
}

npm::ProgressListener tell_of_client(const FetchContext& context, std::string task) {
  return [&notifier = context.notifier, task = std::move(task)](const npm::Progress& progress) {
    notifier.status(base::concat({task, progress.client, ", ", base::human_duration(progress.elapsed.count()),
                                  ": ", npm::what_it_does(progress)}));
  };
}

// A client that downloads packages while it still resolves others is asked to resolve all of them first.
Result<void> look_up(npm::Client& client, const FetchContext& context, const Wanted& wanted,
                     const std::string& workplace) {
  if (!client.downloads_while_it_resolves()) return {};
  const std::string task = "looking up the dependencies with ";
  context.notifier.status(task + client.name());
  auto request = request_for(context, wanted, workplace);
  request.resolve_only = true;
  const auto found = client.install(request, tell_of_client(context, task));
  if (!found) return base::pass(found.error());
  return {};
}

Result<std::string> attempt(npm::Client& client, const FetchContext& context, const Wanted& wanted,
                            const std::string& workplace) {
  if (auto found = look_up(client, context, wanted, workplace + "-trial"); !found) {
    return base::pass(found.error());
  }
  const std::string task =
      base::concat({"installing ", base::count(wanted.required.size(), "package", "packages"), " with "});
  context.notifier.status(task + client.name());
  const auto report = client.install(request_for(context, wanted, workplace), tell_of_client(context, task));
  if (!report) return base::pass(report.error());
  const auto required = openclaw::allowing(wanted.required, context.settings.overrides);
  context.notifier.status("verifying the tree that " + report->client + " installed");
  if (auto verified = verify_tree(workplace, required, client.name()); !verified) {
    return base::pass(verified.error());
  }
  return report->client;
}

// Old versions of OpenClaw can no longer be installed as they once were (facts 7: 2026.4.20 and linkedom).
base::Error with_advice(base::Error error) {
  const auto blamed = npm::blamed_packages(error.message);
  if (blamed.empty() || !npm::is_lost(error.message)) return error;
  error.message +=
      base::concat({" | If an earlier version of ", blamed.front(),
                    " or of the package that requires it works, select it with NAME = VERSION in ",
                    "[overrides] of ", config::default_path});
  return error;
}

bool about_the_disk(const base::Error& error) {
  return error.number == ENOSPC || error.number == EDQUOT || error.number == EROFS;
}

Result<void> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return base::fail_errno(errno, "cannot make " + path);
}

Result<void> move(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return {};
  return base::fail_errno(errno, base::concat({"cannot move ", from, " to ", to}));
}

// As with npm, packages of the tarball replace those that a client installed under the same name.
Result<void> merge(const std::vector<std::string>& bundled, const std::string& workplace,
                   const std::string& package_root) {
  const auto place = fs::open_directory(workplace);
  if (!place) return base::pass(place.error());
  const auto root = fs::open_directory(package_root);
  if (!root) return base::pass(root.error());
  const std::string made = base::concat({workplace, "/", modules});
  const std::string brought = base::concat({package_root, "/", modules});
  if (auto done = make_directory(made); !done) return done;
  for (const std::string& name : bundled) {
    const std::string target = base::concat({modules, "/", name});
    if (auto removed = fs::remove_tree(place->get(), target); !removed) return removed;
    if (const auto slash = name.find('/'); slash != std::string::npos) {
      if (auto done = make_directory(made + "/" + name.substr(0, slash)); !done) return done;
    }
    if (auto moved = move(brought + "/" + name, made + "/" + name); !moved) return moved;
  }
  if (auto removed = fs::remove_tree(root->get(), modules); !removed) return removed;
  return move(made, brought);
}

}  // namespace

Wanted wanted_dependencies(const json& package_json, const std::vector<std::string>& bundled) {
  Wanted wanted{dependencies_at(package_json, "dependencies"),
                dependencies_at(package_json, "optionalDependencies"), bundled};
  // npm sometimes lists an optional dependency under both keys.
  for (const auto& [name, range] : wanted.optional) wanted.required.erase(name);
  for (const std::string& name : bundled) {
    wanted.required.erase(name);
    wanted.optional.erase(name);
  }
  return wanted;
}

Result<std::vector<std::string>> bundled_packages(const std::string& package_root) {
  const auto root = fs::open_directory(package_root);
  if (!root) return base::pass(root.error());
  std::vector<std::string> names;
  if (!fs::may_exist_beneath(root->get(), modules)) return names;
  const auto entries = fs::list_directory(root->get(), modules);
  if (!entries) return base::pass(entries.error(), package_root);
  for (const auto& entry : *entries) {
    if (!entry.name.starts_with('@')) {
      names.push_back(entry.name);
      continue;
    }
    const auto scoped = fs::list_directory(root->get(), base::concat({modules, "/", entry.name}));
    if (!scoped) return base::pass(scoped.error(), package_root);
    for (const auto& package : *scoped) names.push_back(entry.name + "/" + package.name);
  }
  return names;
}

Result<InstalledDependencies> install_dependencies(const FetchContext& context, const Wanted& wanted,
                                                   const std::string& workplace) {
  auto clients = stage::chosen_clients(context.settings.packages.client, context.toolchain);
  if (!clients) return base::pass(clients.error());
  base::Error last;
  unsigned turn = 0;
  for (const auto& client : *clients) {
    const std::string place = base::concat({workplace, "/", std::to_string(turn++)});
    auto title = attempt(*client, context, wanted, place);
    if (title) return InstalledDependencies{std::move(*title), place};
    last = std::move(title.error());
    if (about_the_disk(last)) break;  // the disk is full for the next client, too
  }
  return base::pass(with_advice(std::move(last)), "installing the dependencies of OpenClaw");
}

Result<void> add_dependencies(const FetchContext& context, const Wanted& wanted,
                              const InstalledDependencies& installed, const std::string& package_root) {
  if (auto merged = merge(wanted.bundled, installed.directory, package_root); !merged) return merged;
  if (wanted.bundled.empty()) return {};
  // A bundled package may have replaced another one, and has dependencies of its own.
  return verify_tree(package_root, openclaw::allowing(wanted.required, context.settings.overrides),
                     installed.client);
}

}  // namespace workers
