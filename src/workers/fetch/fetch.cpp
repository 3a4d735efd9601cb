// SPDX-License-Identifier: MIT
#include "workers/fetch/fetch.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/tree.hpp"
#include "openclaw/manifest_fields.hpp"
#include "openclaw/version.hpp"
#include "process/beside.hpp"
#include "workers/fetch/dependencies.hpp"
#include "workers/fetch/finish_package.hpp"
#include "workers/fetch/node.hpp"
#include "workers/fetch/registry.hpp"
#include "workers/fetch/tarball.hpp"
#include "workers/fetch/tools.hpp"
#include "workers/fetch/workplace.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

// In the workplace.
constexpr const char* tarball_folder = "tarball";
constexpr const char* node_folder = "node";
constexpr const char* npm_folder = "npm";
constexpr const char* tools_folder = "tools";
constexpr const char* modules_folder = "modules";
constexpr const char* again_folder = "modules-again";
constexpr const char* second_cache_folder = "cache-of-downloads";

using Order = contract::FetchRequest;

Result<Order> order_of(const json& request) {
  auto order = contract::read_strictly<Order>(request, contract::of_request);
  if (!order) return order;
  const auto parsed = openclaw::Version::parse(order->version);
  if (!parsed || parsed->text() != order->version) {
    return base::fail(ErrorKind::bad_input, "'" + base::printable(order->version, 64) +
                                                "' is not an exact version; resolve tags first");
  }
  return order;
}

Result<json> read_manifest(const std::string& package_root, const Order& order) {
  const auto root = fs::open_directory(package_root);
  if (!root) return base::pass(root.error());
  const auto text = fs::read_file(root->get(), "package.json");
  if (!text) return base::pass(text.error(), "the tarball of openclaw " + order.version);
  auto manifest = base::parse_json(*text, "package.json");
  if (!manifest) return base::pass(manifest.error(), "the tarball of openclaw " + order.version);
  const std::string name = base::text_at(*manifest, "name");
  const std::string version = base::text_at(*manifest, "version");
  if (name == openclaw_name && version == order.version) return manifest;
  return base::fail(ErrorKind::integrity,
                    base::concat({"the tarball of openclaw ", order.version, " contains ",
                                  base::printable(name, 100), " ", base::printable(version, 100)}));
}

// The checksum that the tarball must have. If the version was resolved before, the result must be the same.
Result<std::string> agreed_integrity(const Order& order, const PublishedPackage& published) {
  const std::string& stated = order.integrity.empty() ? published.integrity : order.integrity;
  const auto expected = sha512_of_integrity(stated);
  if (!expected) return base::pass(expected.error(), "openclaw " + order.version);
  if (published.integrity.empty() || published.integrity == stated) return stated;
  const auto now = sha512_of_integrity(published.integrity);
  if (now && *now == *expected) return stated;
  return base::fail(ErrorKind::integrity,
                    base::concat({"the registry now states another checksum for openclaw ", order.version,
                                  " (", base::printable(published.integrity, 24), "...) than before (",
                                  base::printable(stated, 24),
                                  "...): a published version never changes, so do not install it"}));
}

Result<void> download(const FetchContext& context, const Order& order, const std::string& integrity,
                      const Workplace& workplace) {
  const std::string task = "downloading openclaw " + order.version;
  context.notifier.status(task);
  const auto tarball =
      registry_of(context)->fetch_tarball(base::concat({openclaw_name, "@", order.version}),
                                          workplace.path(tarball_folder), tell_progress(context, task));
  if (!tarball) return base::pass(tarball.error());
  if (auto right = verify_tarball(*tarball, integrity); !right) return right;
  context.notifier.status("unpacking openclaw " + order.version);
  if (auto unpacked = unpack_tarball(*tarball, workplace.path(package_folder)); !unpacked) return unpacked;
  // Frees 100 MB that the dependencies may need. By its path, because only this user can have changed it, and
  // no script of a package runs before it is removed.
  ::unlink(tarball->c_str());
  return {};
}

// The Node for the package.
struct Node {
  std::string version;                    // "v24.16.0"
  std::optional<PackageToBundle> bundle;  // empty: use that of the machine
};

Result<Node> node_of_machine(const FetchContext& context, const Order& order, const std::string& range,
                             const std::string& home) {
  if (context.machine_node.empty()) return base::pass(context.no_machine_node);
  auto there = version_of_node(context.machine_node, home);
  if (!there) return base::pass(there.error());
  if (auto fits = check_node(*there, range, order.version); !fits) return base::pass(fits.error());
  return Node{std::move(*there), std::nullopt};
}

Result<Node> node_for(const FetchContext& context, const Order& order, const std::string& range,
                      bool has_client, const Workplace& workplace) {
  if (!order.bundle_node) {
    auto node = node_of_machine(context, order, range, workplace.path(home_folder));
    // OpenClaw itself installs plugins with npm, so a Node without npm does not fit where another one may be
    // had.
    if (node && (has_client || !order.may_bundle_node)) return node;
    if (!node && !order.may_bundle_node) return node;
  }
  auto chosen = look_up_node(context, range);
  if (!chosen) return base::pass(chosen.error());
  return Node{"v" + chosen->version, std::move(*chosen)};
}

// Makes the Node of the package with an npm. For a Node of the machine, it makes an npm alone, which installs
// the dependencies and does not become part of the package.
Result<void> make_tools(const FetchContext& context, const Node& node, const Workplace& workplace) {
  const std::string folder = workplace.path(tools_folder);
  const auto npm = look_up_npm(context, node.version);
  if (!npm) return base::pass(npm.error());
  if (node.bundle) {
    const auto done = bundle_node(context, *node.bundle, workplace.path(node_folder), folder);
    if (!done) return done;
  }
  return bundle_npm(context, *npm, workplace.path(npm_folder), folder);
}

// The toolchain of the tools that make_tools() made.
npm::Toolchain toolchain_of_tools(const FetchContext& context, const Node& node, const Workplace& workplace) {
  npm::Toolchain toolchain = context.toolchain;
  const std::string folder = workplace.path(tools_folder);
  toolchain.node = node.bundle ? folder + "/node" : context.machine_node;
  toolchain.npm_cli = folder + "/node_modules/npm/bin/npm-cli.js";
  return toolchain;
}

Result<void> add_tools(const Workplace& workplace, const std::string& package) {
  const std::string place = base::concat({package, "/", contract::bundled_node_folder});
  if (std::rename(workplace.path(tools_folder).c_str(), place.c_str()) == 0) return {};
  return base::fail_errno(errno, "cannot move Node and npm to " + place);
}

// What does not depend on the dependencies.
struct Downloads {
  std::string integrity;  // of OpenClaw's tarball
  const Node* tools;      // to make; null: none
};

Result<void> download_all(const FetchContext& context, const Order& order, const Downloads& downloads,
                          const Workplace& workplace) {
  if (auto done = download(context, order, downloads.integrity, workplace); !done) return done;
  return downloads.tools != nullptr ? make_tools(context, *downloads.tools, workplace) : Result<void>();
}

// The service manager takes the messages of the unit's main process alone.
class RelayingNotifier final : public systemd::Notifier {
 public:
  explicit RelayingNotifier(process::Beside::Tell tell) : tell_(std::move(tell)) {}
  void status(std::string_view text) override { tell_(text); }
  void extend_timeout(std::chrono::microseconds) override {}
  void flush() override {}

 private:
  process::Beside::Tell tell_;
};

// The clients are busy with their own computing for most of the time (npm: one core for 15 to 40 s), and the
// tarball has 100 MB.
Result<process::Beside> begin_downloads(const FetchContext& context, const Order& order,
                                        const Downloads& downloads, const Workplace& workplace) {
  return process::Beside::begin("the download of OpenClaw", [&](const process::Beside::Tell& tell) {
    RelayingNotifier notifier(tell);
    const FetchContext own{.notifier = notifier,
                           .settings = context.settings,
                           .toolchain = context.toolchain,
                           .state_directory = context.state_directory,
                           .logs_directory = context.logs_directory,
                           .machine_node = context.machine_node,
                           .no_machine_node = context.no_machine_node,
                           .cache = second_cache_folder};
    return download_all(own, order, downloads, workplace).map([] { return std::string(); });
  });
}

// One after the other, the dependencies come first: a client looks all of them up before it downloads any, so
// what cannot be had is known before the 100 MB of the tarball.
Result<InstalledDependencies> get_parts(const FetchContext& context, const Order& order,
                                        const Wanted& expected, const Downloads& downloads,
                                        const Workplace& workplace) {
  std::optional<process::Beside> beside;
  if (context.settings.update.parallel) {
    auto begun = begin_downloads(context, order, downloads, workplace);
    if (!begun) return base::pass(begun.error());
    beside.emplace(std::move(*begun));
  }
  // If this fails, the downloads are stopped.
  auto installed = install_dependencies(context, expected, workplace.path(modules_folder));
  if (!installed) return installed;
  if (beside) {
    const auto done = beside->end([&](std::string_view status) { context.notifier.status(status); });
    if (!done) return base::pass(done.error());
  } else if (auto done = download_all(context, order, downloads, workplace); !done) {
    return base::pass(done.error());
  }
  return installed;
}

// Metadata first. If the machine has no npm, Node and npm precede the dependencies.
Result<json> make_package(FetchContext context, const Order& order, const Workplace& workplace) {
  const auto published = look_up_openclaw(context, order.version);
  if (!published) return base::pass(published.error());
  const auto integrity = agreed_integrity(order, *published);
  if (!integrity) return base::pass(integrity.error());
  const bool had_npm = has_npm(context.toolchain);
  const auto node = node_for(context, order, published->node_range,
                             had_npm && context.toolchain.node == context.machine_node, workplace);
  if (!node) return base::pass(node.error());
  if (!had_npm) {
    if (auto made = make_tools(context, *node, workplace); !made) return base::pass(made.error());
    context.toolchain = toolchain_of_tools(context, *node, workplace);
  }
  const auto expected = wanted_dependencies(published->dependencies, published->bundled);
  const Downloads downloads{*integrity, had_npm && node->bundle ? &*node : nullptr};
  auto installed = get_parts(context, order, expected, downloads, workplace);
  if (!installed) return base::pass(installed.error());

  const std::string package = workplace.path(package_folder);
  const auto manifest = read_manifest(package, order);
  if (!manifest) return base::pass(manifest.error());
  const std::string range = base::text_at(*manifest, "engines.node");
  if (auto fits = check_node(node->version, range, order.version); !fits) return base::pass(fits.error());
  const auto bundled = bundled_packages(package);
  if (!bundled) return base::pass(bundled.error());
  // From the tarball, whose checksum was verified; the registry's metadata was not.
  const auto wanted = wanted_dependencies(*manifest, *bundled);
  if (wanted != expected) installed = install_dependencies(context, wanted, workplace.path(again_folder));
  if (!installed) return base::pass(installed.error());
  if (auto added = add_dependencies(context, wanted, *installed, package); !added) {
    return base::pass(added.error());
  }
  if (node->bundle) {
    if (auto added = add_tools(workplace, package); !added) return base::pass(added.error());
  }
  if (const auto opened = open_to_readers(package); !opened) return base::pass(opened.error());
  if (auto moved = workplace.publish(package_folder); !moved) return base::pass(moved.error());
  return contract::to_json(
      contract::FetchedPackage{order.version, *integrity, installed->client, node->version, package_folder});
}

template <Result<json> (*Function)(const FetchContext&, const json&)>
Result<json> with_context(const Job& job) {
  auto context = context_of(job);
  if (!context) return base::pass(context.error());
  use_credential(context->toolchain);
  return Function(*context, job.request);
}

}  // namespace

Result<json> resolve(const FetchContext& context, const json& request) {
  const auto asked = contract::read_strictly<contract::ResolveRequest>(request, contract::of_request);
  if (!asked) return base::pass(asked.error());
  const auto workplace = Workplace::make(context, {"cache"});
  if (!workplace) return base::pass(workplace.error());
  FetchContext asking = context;
  use_tools(asking, asked->tools);
  auto package = look_up_openclaw(asking, asked->wanted);
  if (!package) {
    return base::pass(
        explained_by_space(std::move(package.error()), workplace->state_fd(), context.state_directory));
  }
  return contract::to_json(contract::ResolvedVersion{
      package->version, package->integrity, static_cast<std::int64_t>(package->unpacked_size),
      package->node_range, base::printable(package->deprecated, 500)});
}

Result<json> fetch(const FetchContext& context, const json& request) {
  const auto order = order_of(request);
  if (!order) return base::pass(order.error());
  const auto workplace =
      Workplace::make(context, {tarball_folder, package_folder, node_folder, npm_folder, tools_folder,
                                modules_folder, again_folder, home_folder, "cache", second_cache_folder});
  if (!workplace) return base::pass(workplace.error());
  if (auto removed = fs::remove_tree(workplace->state_fd(), package_folder); !removed) {
    return base::pass(removed.error());
  }
  FetchContext asking = context;
  use_tools(asking, order->tools);
  auto result = make_package(std::move(asking), *order, *workplace);
  if (result) return result;
  return base::pass(
      explained_by_space(std::move(result.error()), workplace->state_fd(), context.state_directory));
}

std::span<const Action> fetch_actions() {
  static constexpr std::array<Action, 2> actions = {
      {{contract::tasks::resolve.action, with_context<&resolve>},
       {contract::tasks::fetch.action, with_context<&fetch>}}};
  return actions;
}

}  // namespace workers
