// SPDX-License-Identifier: MIT
#include "npm/invocation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"

namespace npm {
namespace {

using Arguments = std::vector<std::string>;

void append(Arguments& to, const Arguments& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// An unanswered request is given up after 42 s (tries at 0, 2, 22 and 42 s) instead of npm's 70: a
// gateway is waiting. Two minutes without a byte is a broken connection. npm and pnpm name the settings
// alike.
void append_patience(Arguments& arguments, const std::string& prefix) {
  for (const char* setting : {"fetch-retries=3", "fetch-retry-mintimeout=2000",
                              "fetch-retry-maxtimeout=20000", "fetch-timeout=120000"}) {
    arguments.push_back(prefix + setting);
  }
}

// Whether a client that could link must copy, because its cache outlives the install.
bool copies(const InstallRequest& request) {
  return request.keep_cache || request.offline;
}

// Common to npm install and npm rebuild: where npm reads and writes.
Arguments npm_surroundings(const InstallRequest& request, const Places& places, const Toolchain& toolchain) {
  Arguments arguments = npm_places(places, toolchain);
  append(arguments, {
                        "--location=project",
                        "--no-audit",
                        "--no-fund",
                        request.resolve_only ? "--package-lock-only" : "--no-package-lock",
                        "--legacy-peer-deps",
                        // Linking makes the files that a package names as its programs executable and mends
                        // their line ends, and pnpm and bun cannot be told not to: 7 of 668 packages of
                        // 2026.4.20 would differ. The links themselves go (tidy.hpp): they abort OpenClaw's
                        // postinstall when they lie in dist/ (#70163).
                        "--bin-links",
                    });
  append_patience(arguments, "--");
  if (!request.registry.empty()) arguments.push_back("--registry=" + request.registry);
  if (request.offline) arguments.emplace_back("--offline");
  // A question, asked again for each suspect: what the failed install has looked up is new enough, and one
  // attempt at a git repository tells as much as three.
  if (request.resolve_only) append(arguments, {"--prefer-offline", "--fetch-retries=1"});
  return arguments;
}

// Told to clients as a number of seconds, or of minutes begun.
std::int64_t release_age_of(const Policies& policies) {
  return policies.release_age ? policies.release_age->seconds.value_or(0) : 0;
}

Arguments npm_arguments(const InstallRequest& request, const Places& places, const Toolchain& toolchain,
                        const Policies& policies) {
  Arguments arguments = {"install", "--ignore-scripts", "--omit=dev", "--install-strategy=hoisted"};
  append(arguments, npm_surroundings(request, places, toolchain));
  append(arguments, npm_policy(policies));
  append(arguments, request.extra_arguments);
  return arguments;
}

// Settings as --config.KEY=VALUE wherever that works: pnpm 12 no longer knows the options of pnpm 10 by their
// names.
Arguments pnpm_arguments(const InstallRequest& request, const Places& places, const Toolchain& /*toolchain*/,
                         const Policies& policies) {
  Arguments arguments = {
      "install",
      "--ignore-scripts",
      "--prod",
      "--reporter=append-only",
      "--store-dir=" + places.packages,
      "--config.cache-dir=" + places.metadata,
      "--config.state-dir=" + places.metadata,
      "--config.node-linker=hoisted",
      std::string("--config.lockfile=") + (request.resolve_only ? "true" : "false"),
      "--config.strict-peer-dependencies=false",
      "--config.auto-install-peers=false",
      "--config.side-effects-cache=false",
      "--config.update-notifier=false",
      // Without a policy of the administrator's there is none: pnpm 11 by itself would refuse what is younger
      // than a day, and the plugins of a release are as young as the release.
      "--config.minimum-release-age=" + std::to_string((release_age_of(policies) + 59) / 60),
      // pnpm would download the version of itself that a package.json above might name.
      "--config.manage-package-manager-versions=false",
      std::string("--config.package-import-method=") + (copies(request) ? "copy" : "hardlink"),
  };
  append_patience(arguments, "--config.");
  if (!request.registry.empty()) arguments.push_back("--config.registry=" + request.registry);
  if (request.offline) arguments.emplace_back("--offline");
  if (request.resolve_only) arguments.emplace_back("--lockfile-only");
  return arguments;
}

Arguments bun_arguments(const InstallRequest& request, const Places& places, const Toolchain& /*toolchain*/,
                        const Policies& policies) {
  Arguments arguments = {
      "install",
      "--ignore-scripts",
      "--production",
      "--linker=hoisted",
      "--no-save",
      "--no-progress",
      "--omit=peer",  // what npm does with --legacy-peer-deps
      "--cache-dir=" + places.packages,
      std::string("--backend=") + (copies(request) ? "copyfile" : "hardlink"),
  };
  if (!request.registry.empty()) arguments.push_back("--registry=" + request.registry);
  if (request.offline) arguments.emplace_back("--offline");
  if (request.resolve_only) arguments.emplace_back("--lockfile-only");
  if (const std::int64_t age = release_age_of(policies); age > 0) {
    arguments.push_back("--minimum-release-age=" + std::to_string(age));
    // bun compares names, so that it is stricter than npm where npm has a pattern.
    const auto& exempt = policies.release_age->exempt;
    if (!exempt.empty()) arguments.push_back("--minimum-release-age-excludes=" + base::join(exempt, ","));
  }
  return arguments;
}

void nothing_more(const Places& /*places*/, const Npmrc& /*settings*/, base::Environment& /*environment*/) {}

void bun_environment(const Places& places, const Npmrc& settings, base::Environment& environment) {
  environment["BUN_INSTALL"] = places.home;
  environment["BUN_INSTALL_CACHE_DIR"] = places.packages;
  environment["BUN_TMPDIR"] = places.temporary;
  environment["BUN_RUNTIME_TRANSPILER_CACHE_PATH"] = "0";
  translate_proxies(settings, environment);
}

// pnpm is a script for Node or a program of its own, by how it was installed.
bool is_node_script(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 64> start{};
  const ssize_t size = fd ? ::read(fd.get(), start.data(), start.size()) : 0;
  if (size <= 0) return false;
  const std::string_view text(start.data(), static_cast<std::size_t>(size));
  return text.starts_with("#!") && text.substr(0, text.find('\n')).find("node") != std::string_view::npos;
}

Arguments run_of(const std::optional<std::string>& path, const Toolchain& toolchain) {
  if (!path) return {};
  // By our Node, not by what `env node` finds: it may be another version, or none.
  if (is_node_script(*path)) return {toolchain.node, *path};
  return {*path};
}

}  // namespace

Places places_in(const std::string& cache_directory, ClientKind kind, const std::string& logs_directory) {
  const std::string own = cache_directory + "/" + std::string(row_of(kind).name);
  const std::string logs = logs_directory.empty() ? cache_directory + "/logs" : logs_directory;
  return {own + "/home", own + "/tmp", own + "/packages", own + "/metadata", logs, own + "/userconfig"};
}

const std::array<ClientRow, 3>& client_rows() {
  static constexpr std::array<ClientRow, 3> rows = {{
      {ClientKind::bun, "bun", true, true, true, bun_arguments, bun_environment},
      {ClientKind::pnpm, "pnpm", true, true, true, pnpm_arguments, nothing_more},
      {ClientKind::npm, "npm", false, false, false, npm_arguments, nothing_more},
  }};
  return rows;
}

const ClientRow& row_of(ClientKind kind) {
  const auto& rows = client_rows();
  return *std::find_if(rows.begin(), rows.end(), [&](const ClientRow& row) { return row.kind == kind; });
}

std::vector<std::string> program_of(ClientKind kind, const Toolchain& toolchain) {
  switch (kind) {
    case ClientKind::npm:
      if (toolchain.npm_cli) return {toolchain.node, *toolchain.npm_cli};
      return run_of(toolchain.npm, toolchain);
    case ClientKind::pnpm:
      return run_of(toolchain.pnpm, toolchain);
    case ClientKind::bun:
      return run_of(toolchain.bun, toolchain);
  }
  return {};
}

std::vector<std::string> npm_places(const Places& places, const Toolchain& toolchain) {
  return {
      "--cache=" + places.packages,
      "--logs-dir=" + places.logs,
      "--logs-max=5",
      "--userconfig=" + places.user_config,
      // npm derives this from a --prefix, and an administrator's registry, proxy and CA would vanish (facts
      // 7).
      "--globalconfig=" + toolchain.global_config,
      "--no-update-notifier",
      "--no-progress",
      // "http" shows each failed attempt while it happens; without it npm is silent for minutes (facts 7).
      "--loglevel=http",
  };
}

void add_secrets(const std::vector<std::string>& arguments, base::Redaction& redaction) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    const std::size_t equals = word.find('=');
    const bool is_apart = equals == std::string_view::npos && i + 1 < arguments.size();
    const std::string_view value = is_apart                           ? std::string_view(arguments[i + 1])
                                   : equals == std::string_view::npos ? ""
                                                                      : word.substr(equals + 1);
    redaction.add_setting(word.substr(0, equals), value);
  }
}

std::vector<std::string> npm_policy(const Policies& policies) {
  constexpr std::string_view of_pnpm = "minimum-release-age";
  if (!policies.release_age || policies.release_age->setting.key != of_pnpm) return {};
  const std::int64_t before_ms = base::unix_now_ms() - release_age_of(policies) * 1000;
  Arguments arguments = {base::concat({"--before=", base::rfc3339(before_ms)})};
  for (const std::string& name : policies.release_age->exempt)
    arguments.push_back("--min-release-age-exclude=" + name);
  return arguments;
}

std::vector<std::string> rebuild_arguments(const InstallRequest& request, const Places& places,
                                           const Toolchain& toolchain) {
  Arguments arguments = {"rebuild", "--ignore-scripts=false", "--foreground-scripts"};
  append(arguments, npm_surroundings(request, places, toolchain));
  arguments.emplace_back("--");
  append(arguments, request.allow_scripts);
  return arguments;
}

}  // namespace npm
