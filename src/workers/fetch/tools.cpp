// SPDX-License-Identifier: MIT
#include "workers/fetch/tools.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.hpp"
#include "fs/file.hpp"
#include "npm/clients.hpp"
#include "workers/fetch/registry.hpp"
#include "workers/fetch/tarball.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;

// The newest npm does not run on each Node that an OpenClaw runs on.
constexpr std::array<const char*, 4> tags = {"latest", "latest-11", "latest-10", "latest-9"};

struct Link {
  const char* name;
  const char* target;
};
constexpr std::array<Link, 2> links = {
    {{"npm", "node_modules/npm/bin/npm-cli.js"}, {"npx", "node_modules/npm/bin/npx-cli.js"}}};

Result<void> make_links(const std::string& folder) {
  for (const Link& link : links) {
    const std::string name = base::concat({folder, "/", link.name});
    if (::chmod(base::concat({folder, "/", link.target}).c_str(), 0755) != 0) {
      return base::fail_errno(errno, base::concat({"the tarball of npm has no ", link.target}));
    }
    if (::symlink(link.target, name.c_str()) != 0) return base::fail_errno(errno, "cannot make " + name);
  }
  return {};
}

}  // namespace

Result<PackageToBundle> look_up_npm(const FetchContext& context, const std::string& node_version) {
  context.notifier.status("asking the registry about npm");
  const auto registry = registry_of(context);
  for (const char* tag : tags) {
    auto found =
        look_up_package(*registry, base::concat({"npm@", tag}), tell_progress(context, "asking for npm"));
    if (!found && found.error().kind == ErrorKind::not_found) continue;
    if (!found) return base::pass(found.error());
    if (check_node(node_version, found->node_range, "npm")) return found;
  }
  return base::fail(ErrorKind::refused,
                    base::concat({"the registry has no npm that runs on Node ", node_version,
                                  "; install npm, or set [node] source=bundled"}));
}

Result<void> bundle_npm(const FetchContext& context, const PackageToBundle& npm, const std::string& workplace,
                        const std::string& folder) {
  const std::string modules = folder + "/node_modules";
  const std::string place = modules + "/npm";
  if (::mkdir(modules.c_str(), 0755) != 0 || ::mkdir(place.c_str(), 0755) != 0) {
    return base::fail_errno(errno, "cannot make " + place);
  }
  if (auto done = unpack_from_registry(context, npm, workplace, place, {}); !done) return done;
  // npm's own file for whoever distributes it. Without it, npm would look for a configuration beside its
  // Node, in the release.
  const std::string text = "globalconfig=/etc/npmrc\n";
  const auto opened = fs::open_directory(place);
  if (!opened) return base::pass(opened.error());
  if (auto written = fs::write_file_durably(opened->get(), "npmrc", text, 0644); !written) return written;
  return make_links(folder);
}

bool has_npm(const npm::Toolchain& toolchain) {
  return !npm::program_of(npm::ClientKind::npm, toolchain).empty();
}

void use_tools(FetchContext& context, const std::string& folder) {
  if (folder.empty() || has_npm(context.toolchain)) return;
  auto found = npm::find_toolchain(folder + "/node", "");
  if (!found || !found->npm_cli) return;
  // A credential of the unit stays what it is.
  if (!context.toolchain.original_of_global_config.empty()) {
    found->global_config = context.toolchain.global_config;
    found->original_of_global_config = context.toolchain.original_of_global_config;
  }
  context.toolchain = std::move(*found);
}

}  // namespace workers
