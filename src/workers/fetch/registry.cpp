// SPDX-License-Identifier: MIT
#include "workers/fetch/registry.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/environment.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "openclaw/manifest_fields.hpp"
#include "openclaw/version.hpp"
#include "workers/fetch/direct_registry.hpp"
#include "workers/fetch/tools.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool may_be_in_spec(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
         c == '_' || c == '+';
}

// npm would take anything else for an option, a path or a URL.
Result<void> check_wanted(std::string_view wanted) {
  constexpr std::size_t longest = 64;
  const bool fits = !wanted.empty() && wanted.size() <= longest && wanted.front() != '-' &&
                    wanted.front() != '.' && std::all_of(wanted.begin(), wanted.end(), may_be_in_spec);
  if (fits) return {};
  return base::fail(ErrorKind::bad_input,
                    base::concat({"'", base::printable(wanted, longest),
                                  "' is neither a version of OpenClaw (2026.9.6) nor a tag (latest, beta)"}));
}

// npm's answer uses the names of the fields as they were requested: "dist.integrity" is one name.
std::string text_named(const json& answer, const char* name) {
  return base::as_text(base::member(answer, name));
}

// npm publishes both spellings, with an array of names, or true for all of them.
std::vector<std::string> bundled_in(const json& answer) {
  for (const char* key : {"bundleDependencies", "bundledDependencies"}) {
    if (!base::is_true_at(answer, key)) {
      if (auto names = base::texts_at(answer, key); !names.empty()) return names;
      continue;
    }
    std::vector<std::string> names;
    for (const auto& [name, range] : openclaw::all_dependencies(answer)) names.push_back(name);
    return names;
  }
  return {};
}

// " (it has 2026.9.5, 2026.9.6; tags: latest=2026.9.6)"; empty if the registry does not answer.
std::string what_there_is(const FetchContext& context, const std::string& wanted) {
  const auto answer = registry_of(context)->view(openclaw_name, {"versions", "dist-tags"}, {});
  if (!answer || !answer->is_object()) return "";
  const auto near = nearest_versions(wanted, version_list(base::member(*answer, "versions")));
  std::vector<std::string> tags;
  for (const auto& [tag, version] : base::as_object(base::member(*answer, "dist-tags")).items()) {
    if (version.is_string()) tags.push_back(tag + "=" + version.get<std::string>());
  }
  return base::concat({"; similar versions: ", near.empty() ? "none" : base::join(near, ", "),
                       "; tags: ", tags.empty() ? "none" : base::join(tags, ", ")});
}

}  // namespace

std::unique_ptr<npm::PackageSource> registry_of(const FetchContext& context) {
  const auto& packages = context.settings.packages;
  npm::RegistrySettings settings{packages.registry, packages.extra_arguments, packages.stall_timeout,
                                 npm::RegistrySettings{}.patience_with_retries, context.logs_directory};
  if (has_npm(context.toolchain)) {
    return std::make_unique<npm::Registry>(context.toolchain, context.cache_directory(), std::move(settings));
  }
  const std::string& path = context.toolchain.global_config;
  return std::make_unique<DirectRegistry>(npm::read_npmrc(path), path, base::current_environment(),
                                          std::move(settings));
}

npm::ProgressListener tell_progress(const FetchContext& context, std::string task) {
  return [&notifier = context.notifier, task = std::move(task)](const npm::Progress& progress) {
    constexpr std::chrono::milliseconds quiet{3000};
    if (progress.elapsed < quiet && progress.retrying.empty()) return;
    const bool says_how_much = progress.client == direct_client && !progress.last_line.empty();
    const std::string doing =
        progress.retrying.empty() && !says_how_much ? "" : ": " + npm::what_it_does(progress);
    notifier.status(task + ", " + base::human_duration(progress.elapsed.count()) + doing);
  };
}

Result<PublishedPackage> published_package(const json& answer, std::string_view wanted) {
  if (answer.is_array()) {
    return base::fail(ErrorKind::bad_input, base::concat({"'", wanted, "' is a range that ",
                                                          base::count(answer.size(), "version", "versions"),
                                                          " fit; name one version exactly, or a tag"}));
  }
  PublishedPackage package;
  if (answer.is_object()) {
    package.version = text_named(answer, "version");
    package.integrity = text_named(answer, "dist.integrity");
    package.node_range = text_named(answer, "engines.node");
    package.deprecated = text_named(answer, "deprecated");
    package.unpacked_size = base::as_unsigned(base::member(answer, "dist.unpackedSize")).value_or(0);
    for (const char* key : {"dependencies", "optionalDependencies"}) {
      if (const auto it = answer.find(key); it != answer.end()) package.dependencies[key] = *it;
    }
    package.bundled = bundled_in(answer);
  } else if (answer.is_string()) {
    package.version = answer.get<std::string>();  // npm prints a single field without its name
  }
  if (!openclaw::Version::parse(package.version)) {
    return base::fail(
        ErrorKind::unavailable,
        base::concat({"the registry's answer about ", wanted, " has no version: ",
                      base::printable(answer.dump(-1, ' ', false, json::error_handler_t::replace), 200)}));
  }
  if (is_digit(wanted.front()) && package.version != wanted) {
    return base::fail(
        ErrorKind::bad_input,
        base::concat({"'", wanted, "' is a range; the version that fits it is ", package.version}));
  }
  return package;
}

std::vector<std::string> version_list(const json& answer) {
  std::vector<std::string> versions;
  if (answer.is_string()) versions.push_back(answer.get<std::string>());
  if (!answer.is_array()) return versions;
  for (const json& version : answer) {
    if (version.is_string()) versions.push_back(version.get<std::string>());
  }
  return versions;
}

std::vector<std::string> nearest_versions(std::string_view wanted, const std::vector<std::string>& versions) {
  constexpr std::ptrdiff_t on_each_side = 2;
  std::vector<openclaw::Version> known;
  for (const std::string& text : versions) {
    if (auto version = openclaw::Version::parse(text)) known.push_back(std::move(*version));
  }
  std::sort(known.begin(), known.end());
  const auto place = openclaw::Version::parse(wanted);
  const auto at = place ? std::lower_bound(known.begin(), known.end(), *place) : known.end();
  const auto first = at - std::min(on_each_side, at - known.begin());
  const auto last = at + std::min(on_each_side, known.end() - at);
  std::vector<std::string> near;
  for (auto it = first; it != last; ++it) near.push_back(it->text());
  return near;
}

Result<PublishedPackage> look_up_openclaw(const FetchContext& context, const std::string& wanted) {
  if (auto fits = check_wanted(wanted); !fits) return base::pass(fits.error());
  context.notifier.status("asking the registry about openclaw " + wanted);
  const auto answer = registry_of(context)->view(
      base::concat({openclaw_name, "@", wanted}),
      {"version", "dist.integrity", "dist.unpackedSize", "engines.node", "deprecated", "dependencies",
       "optionalDependencies", "bundleDependencies", "bundledDependencies"},
      tell_progress(context, "asking the registry about openclaw " + wanted));
  if (answer) return published_package(*answer, wanted);
  base::Error error = answer.error();
  if (error.kind == ErrorKind::not_found && error.message.starts_with("the registry")) {
    error.message += what_there_is(context, wanted);
  }
  return base::pass(std::move(error));
}

}  // namespace workers
