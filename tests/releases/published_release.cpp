// SPDX-License-Identifier: MIT
#include "releases/published_release.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "openclaw/manifest_fields.hpp"
#include "workers/canary/canary.hpp"
#include "workers/fetch/dependencies.hpp"
#include "workers/fetch/finish_package.hpp"
#include "workers/fetch/node.hpp"
#include "workers/fetch/registry.hpp"
#include "workers/fetch/tarball.hpp"

namespace releases {
namespace {

using base::Result;
using nlohmann::json;

constexpr std::uint16_t canary_port = 18789;  // nobody else is in its network
constexpr const char* minimal_config =
    R"({"gateway":{"mode":"local","auth":{"mode":"token","token":"0123456789abcdef"}}})";

Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return base::fail_errno(errno, "cannot make " + path);
}

Result<json> manifest_of(const std::string& package) {
  const auto root = fs::open_directory(package);
  if (!root) return base::pass(root.error());
  const auto text = fs::read_file(root->get(), "package.json");
  if (!text) return base::pass(text.error());
  return base::parse_json(*text, "package.json");
}

// Nothing but a loopback, as the canary's unit has it.
Result<void> leave_the_network() {
  if (::unshare(CLONE_NEWNET) != 0) return base::fail_errno(errno, "cannot make a network namespace");
  const base::UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback = {};
  std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name - 1);
  if (socket.get() < 0 || ::ioctl(socket.get(), SIOCGIFFLAGS, &loopback) != 0) {
    return base::fail_errno(errno, "cannot find the loopback");
  }
  loopback.ifr_flags = static_cast<short>(loopback.ifr_flags | IFF_UP);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &loopback) == 0) return {};
  return base::fail_errno(errno, "cannot bring the loopback up");
}

}  // namespace

Result<void> provide_tarball(const workers::FetchContext& context, const Subject& subject) {
  if (::access(subject.tarball.c_str(), F_OK) != 0) {
    const std::string folder = subject.work + "/tarball";
    if (auto made = make_folder(folder); !made) return made;
    const auto fetched = workers::registry_of(context)->fetch_tarball(
        base::concat({workers::openclaw_name, "@", subject.version}), folder,
        workers::tell_progress(context, "downloading openclaw " + subject.version));
    if (!fetched) return base::pass(fetched.error());
    if (auto right = workers::verify_tarball(*fetched, subject.integrity); !right) return right;
    if (std::rename(fetched->c_str(), subject.tarball.c_str()) != 0) {
      return base::fail_errno(errno, "cannot move the tarball to " + subject.tarball);
    }
  }
  return workers::verify_tarball(subject.tarball, subject.integrity);
}

Result<workers::PublishedFiles> unpack(const Subject& subject) {
  if (auto made = make_folder(subject.package()); !made) return base::pass(made.error());
  auto unpacked = workers::unpack_tarball(subject.tarball, subject.package());
  if (!unpacked) return base::pass(unpacked.error());
  return workers::published_files(subject.package());
}

Result<std::string> complete(const workers::FetchContext& context, const Subject& subject,
                             const workers::PublishedFiles& published) {
  const auto manifest = manifest_of(subject.package());
  if (!manifest) return base::pass(manifest.error());
  const std::string home = subject.work + "/fetch-home", modules = subject.work + "/modules";
  for (const std::string& folder : {home, modules}) {
    if (auto made = make_folder(folder); !made) return base::pass(made.error());
  }
  const auto node = workers::version_of_node(context.toolchain.node, home);
  if (!node) return base::pass(node.error());
  auto fits = workers::check_node(*node, base::text_at(*manifest, "engines.node"), subject.version);
  if (!fits) return base::pass(fits.error());
  const auto bundled = workers::bundled_packages(subject.package());
  if (!bundled) return base::pass(bundled.error());
  const auto wanted = workers::wanted_dependencies(*manifest, *bundled);
  const auto installed = workers::install_dependencies(context, wanted, modules);
  if (!installed) return base::pass(installed.error());
  auto added = workers::add_dependencies(context, wanted, *installed, subject.package());
  if (!added) return base::pass(added.error());
  auto finished =
      workers::finish_package(context, {context.toolchain.node, subject.package(), home, subject.version});
  if (!finished) return base::pass(finished.error());
  if (auto right = workers::verify_as_published(published, subject.package()); !right) {
    return base::pass(right.error());
  }
  if (auto open = workers::open_to_readers(subject.package()); !open) return base::pass(open.error());
  return installed->client;
}

Result<json> start(const workers::FetchContext& context, const Subject& subject,
                   std::chrono::seconds deadline) {
  const std::string home = subject.work + "/home", state = home + "/.openclaw";
  for (const std::string& folder : {home, state}) {
    if (auto made = make_folder(folder); !made) return base::pass(made.error());
  }
  const auto folder = fs::open_directory(state);
  if (!folder) return base::pass(folder.error());
  auto written = fs::write_file_durably(folder->get(), "openclaw.json", minimal_config, 0600);
  if (!written) return base::pass(written.error());
  if (auto left = leave_the_network(); !left) return base::pass(left.error());
  const base::Environment environment = {{"HOME", home},
                                         {"PATH", npm::client_path(context.toolchain)},
                                         {"LANG", "C.UTF-8"},
                                         {"OPENCLAW_NO_AUTO_UPDATE", "1"}};
  auto gateway = openclaw::gateway_environment(environment, home);
  const workers::Canary canary{workers::state::place_of(home, gateway.locations),
                               std::move(gateway),
                               subject.package(),
                               context.toolchain.node,
                               subject.version,
                               subject.work,
                               canary_port,
                               deadline};
  return workers::boot(canary, context.notifier);
}

}  // namespace releases
