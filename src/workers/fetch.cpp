#include "workers/fetch.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/tree.hpp"
#include "openclaw/environment.hpp"
#include "openclaw/json5.hpp"
#include "openclaw/manifest_fields.hpp"
#include "openclaw/version.hpp"
#include "workers/fetch_dependencies.hpp"
#include "workers/fetch_finish.hpp"
#include "workers/fetch_inventory.hpp"
#include "workers/fetch_node.hpp"
#include "workers/fetch_registry.hpp"
#include "workers/fetch_tarball.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;

constexpr const char* package_name = "package";
constexpr const char* work_name = "work";
constexpr const char* logs_name = "logs";

struct Order {
  std::string version, integrity;
  bool bundle_node = false;
};

Result<Order> order_of(const json& request) {
  const auto version = text_member(request, "version");
  if (!version) return base::pass(version.error());
  const auto parsed = openclaw::Version::parse(*version);
  if (!parsed || parsed->text() != *version) {
    return base::fail(ErrorKind::bad_input,
                      "'" + base::printable(*version, 64) + "' is no exact version; resolve tags first");
  }
  const auto integrity = text_member_or(request, "integrity", "");
  if (!integrity) return base::pass(integrity.error());
  const auto bundled = flag_member_or(request, "bundle_node", false);
  if (!bundled) return base::pass(bundled.error());
  return Order{*version, *integrity, *bundled};
}

// The folders of one fetch, made and removed.
class Workplace {
 public:
  Workplace(const FetchContext& context, base::UniqueFd state)
      : state_(std::move(state)), root_(context.state_directory + "/" + work_name) {}
  ~Workplace() { static_cast<void>(fs::remove_tree(state_.get(), work_name)); }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  Workplace(Workplace&&) = delete;
  Workplace& operator=(Workplace&&) = delete;

  // Also takes away what a fetch that was killed has left.
  Result<void> make() {
    for (const char* name : {work_name, package_name}) {
      if (auto removed = fs::remove_tree(state_.get(), name); !removed) return removed;
    }
    for (const std::string& path : {root_, tarball(), package(), node(), modules(), home()}) {
      if (::mkdir(path.c_str(), path == root_ ? 0700 : 0755) != 0) {
        return base::fail_errno(errno, "cannot make " + path);
      }
    }
    return {};
  }
  Result<void> publish() {
    const auto work = fs::open_directory_beneath(state_.get(), work_name);
    if (!work) return base::pass(work.error());
    if (::renameat(work->get(), package_name, state_.get(), package_name) == 0) return {};
    return base::fail_errno(errno, "cannot move the finished package into place");
  }

  [[nodiscard]] int state_fd() const { return state_.get(); }
  [[nodiscard]] std::string tarball() const { return root_ + "/tarball"; }
  [[nodiscard]] std::string package() const { return root_ + "/" + package_name; }
  [[nodiscard]] std::string node() const { return root_ + "/node"; }
  [[nodiscard]] std::string modules() const { return root_ + "/modules"; }
  [[nodiscard]] std::string home() const { return root_ + "/home"; }

 private:
  base::UniqueFd state_;
  std::string root_;
};

Result<json> read_manifest(const std::string& package_root, const Order& order) {
  const auto root = fs::open_directory(package_root);
  if (!root) return base::pass(root.error());
  const auto text = fs::read_file(root->get(), "package.json");
  if (!text) return base::pass(text.error(), "the tarball of openclaw " + order.version);
  auto manifest = openclaw::parse_json(*text, "package.json");
  if (!manifest) return base::pass(manifest.error(), "the tarball of openclaw " + order.version);
  const std::string name = openclaw::string_member(*manifest, "name");
  const std::string version = openclaw::string_member(*manifest, "version");
  if (name == openclaw_name && version == order.version) return manifest;
  return base::fail(ErrorKind::integrity,
                    base::concat({"the tarball of openclaw ", order.version, " holds ",
                                  base::printable(name, 100), " ", base::printable(version, 100)}));
}

// The integrity to hold the tarball against. What was resolved before must still be so.
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
  const auto tarball = registry_of(context).fetch_tarball(base::concat({openclaw_name, "@", order.version}),
                                                          workplace.tarball(), tell_progress(context, task));
  if (!tarball) return base::pass(tarball.error());
  if (auto right = verify_tarball(*tarball, integrity); !right) return right;
  context.notifier.status("unpacking openclaw " + order.version);
  if (auto unpacked = unpack_tarball(*tarball, workplace.package()); !unpacked) return unpacked;
  ::unlink(tarball->c_str());  // 100 MB that the dependencies may need
  return {};
}

// The Node that everything from here on runs with: its path and version.
struct Node {
  std::string path, version;
};
Result<Node> node_for(const FetchContext& context, const Order& order, const std::string& range,
                      const Workplace& workplace) {
  Node node{context.toolchain.node, ""};
  if (order.bundle_node) {
    const auto bundled = bundle_node(context, range, workplace.node(), workplace.package());
    if (!bundled) return base::pass(bundled.error());
    node.path = workplace.package() + "/" + bundled_node_path;
  }
  auto version = version_of_node(node.path, workplace.home());
  if (!version) return base::pass(version.error());
  node.version = std::move(*version);
  if (auto fits = check_node(node.version, range, order.version); !fits) return base::pass(fits.error());
  return node;
}

// Nothing of a finished fetch is worth keeping: the next one is of another version, and a package that a
// worker could still write in its cache must not be one that a later release is made of.
void empty_cache(const FetchContext& context) {
  const auto cache = fs::open_directory(context.cache_directory);
  if (!cache) return;
  const auto entries = fs::list_directory(cache->get());
  if (!entries) return;
  for (const auto& entry : *entries) {
    if (entry.name != logs_name) static_cast<void>(fs::remove_tree(cache->get(), entry.name));
  }
}

Result<json> make_package(const FetchContext& context, const Order& order, Workplace& workplace) {
  const auto published = look_up_openclaw(context, order.version);
  if (!published) return base::pass(published.error());
  const auto integrity = agreed_integrity(order, *published);
  if (!integrity) return base::pass(integrity.error());
  if (!order.bundle_node) {  // before anything is downloaded
    const auto there = version_of_node(context.toolchain.node, workplace.home());
    if (!there) return base::pass(there.error());
    auto fits = check_node(*there, published->node_range, order.version);
    if (!fits) return base::pass(fits.error());
  }
  if (auto done = download(context, order, *integrity, workplace); !done) return base::pass(done.error());
  const auto manifest = read_manifest(workplace.package(), order);
  if (!manifest) return base::pass(manifest.error());
  const auto node = node_for(context, order, openclaw::string_member(*manifest, "engines.node"), workplace);
  if (!node) return base::pass(node.error());

  const auto bundled = bundled_packages(workplace.package());
  if (!bundled) return base::pass(bundled.error());
  const auto client = install_dependencies(context, wanted_dependencies(*manifest, *bundled),
                                           workplace.modules(), workplace.package());
  if (!client) return base::pass(client.error());
  const auto finished =
      finish_package(context, {node->path, workplace.package(), workplace.home(), order.version});
  if (!finished) return base::pass(finished.error());
  context.notifier.status("comparing files with OpenClaw's own list");
  if (auto right = verify_own_inventories(workplace.package()); !right) return base::pass(right.error());
  const auto size = open_to_readers(workplace.package());
  if (!size) return base::pass(size.error());
  if (auto moved = workplace.publish(); !moved) return base::pass(moved.error());
  return json{{"version", order.version}, {"integrity", *integrity}, {"client", *client},
              {"node", node->version},    {"folder", package_name},  {"files", size->files},
              {"bytes", size->bytes}};
}

// Programs word a full disk in many ways, some not at all (npm exits 0): what is left says it plainly. Asked
// before the workplace is removed, which makes room again.
base::Error explained_by_space(base::Error failure, int state_fd, const std::string& path) {
  constexpr std::uint64_t too_few_bytes = std::uint64_t{1} << 20;
  constexpr std::uint64_t too_few_inodes = 64;
  const auto space = fs::free_space(state_fd);
  const bool full = space && (space->bytes < too_few_bytes || space->inodes < too_few_inodes);
  if (!full && failure.number != ENOSPC) return failure;
  failure.kind = ErrorKind::system;
  failure.number = ENOSPC;
  return std::move(failure).in("no space is left for a new OpenClaw in " + path +
                               " or the cache; fetching takes about 1 GB. Make room and "
                               "try again");
}

// First entry of a systemd list, or an error that names the variable.
Result<std::string> unit_directory(const char* variable) {
  const std::string list = openclaw::variable(base::current_environment(), variable);
  const std::string first = base::split(list, ':').front();
  if (first.starts_with('/')) return first;
  return base::fail(ErrorKind::bad_input, base::concat({"$", variable, " is not set; openclaw-fetch runs in ",
                                                        "openclaw-fetch@.service, which sets it"}));
}

// An npmrc that the unit is given by LoadCredential=npmrc:PATH takes the place of npm's global one: a token
// is then in no file that this user could read otherwise.
void use_credential(npm::Toolchain& toolchain) {
  const std::string folder = openclaw::variable(base::current_environment(), "CREDENTIALS_DIRECTORY");
  const std::string path = folder + "/npmrc";
  if (!folder.empty() && ::access(path.c_str(), R_OK) == 0) toolchain.global_config = path;
}

Result<FetchContext> context_of(const Job& job) {
  ::umask(022);  // the updater reads what we make
  auto settings = config::load();
  if (!settings) return base::pass(settings.error());
  auto state = unit_directory("STATE_DIRECTORY");
  if (!state) return base::pass(state.error());
  auto cache = unit_directory("CACHE_DIRECTORY");
  if (!cache) return base::pass(cache.error());
  auto toolchain =
      npm::find_toolchain(settings->gateway.node, openclaw::variable(base::current_environment(), "PATH"));
  if (!toolchain) return base::pass(toolchain.error());
  use_credential(*toolchain);
  return FetchContext{job.notifier, std::move(*settings), std::move(*toolchain), std::move(*state),
                      std::move(*cache)};
}

template <Result<json> (*Function)(const FetchContext&, const json&)>
Result<json> with_context(const Job& job) {
  const auto context = context_of(job);
  if (!context) return base::pass(context.error());
  return Function(*context, job.request);
}

}  // namespace

Result<json> resolve(const FetchContext& context, const json& request) {
  const auto wanted = text_member(request, "wanted");
  if (!wanted) return base::pass(wanted.error());
  const auto package = look_up_openclaw(context, *wanted);
  if (!package) return base::pass(package.error());
  return json{{"version", package->version},
              {"integrity", package->integrity},
              {"unpacked_size", package->unpacked_size},
              {"node_range", package->node_range},
              {"deprecated", base::printable(package->deprecated, 500)}};
}

Result<json> fetch(const FetchContext& context, const json& request) {
  const auto order = order_of(request);
  if (!order) return base::pass(order.error());
  auto state = fs::open_directory(context.state_directory);
  if (!state) return base::pass(state.error());
  Workplace workplace(context, std::move(*state));
  if (auto made = workplace.make(); !made) return base::pass(made.error());
  auto result = make_package(context, *order, workplace);
  if (!result) {
    return base::pass(
        explained_by_space(std::move(result.error()), workplace.state_fd(), context.state_directory));
  }
  empty_cache(context);
  return result;
}

std::span<const Action> fetch_actions() {
  static constexpr std::array<Action, 2> actions = {
      {{"resolve", with_context<&resolve>}, {"fetch", with_context<&fetch>}}};
  return actions;
}

}  // namespace workers
