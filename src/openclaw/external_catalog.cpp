// SPDX-License-Identifier: MIT
#include "openclaw/external_catalog.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"
#include "fs/file.hpp"

namespace openclaw {
namespace {

using base::Result;
using nlohmann::json;

struct CatalogFile {
  const char* path;
  const char* fallback;  // the same in another place, or none
};
// An id in two of them is the first one's.
constexpr std::array<CatalogFile, 3> catalog_files = {{
    {"scripts/lib/official-external-channel-catalog.json", "dist/channel-catalog.json"},
    {"scripts/lib/official-external-plugin-catalog.json", nullptr},
    {"scripts/lib/official-external-provider-catalog.json", nullptr},
}};

// Becomes an argument of OpenClaw's command line.
bool is_plain_version(std::string_view text) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '+'; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0 &&
         std::all_of(text.begin(), text.end(), fits);
}

// "@scope/name@1.2.3" -> name and version; the '@' of a scope is none of a version.
bool take_spec(std::string_view spec, ExternalPlugin& plugin) {
  const std::size_t at = spec.rfind('@');
  if (at != std::string_view::npos && at > 0) {
    plugin.pinned_version = spec.substr(at + 1);
    spec = spec.substr(0, at);
    if (!is_plain_version(plugin.pinned_version)) return false;
  }
  plugin.package = spec;
  return is_package_name(spec);
}

// The string that `key` has in each object of a list: "providers": [{"id": "codex"}].
std::vector<std::string> ids_in(const json& list) {
  std::vector<std::string> ids;
  if (!list.is_array()) return ids;
  for (const json& entry : list) {
    if (std::string id = base::text_at(entry, "id"); !id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

// As resolveOfficialExternalPluginId does it.
std::string id_of(const json& described) {
  for (const char* path : {"plugin.id", "channel.id"}) {
    if (std::string id = base::text_at(described, path); !id.empty()) return id;
  }
  const std::vector<std::string> providers = ids_in(base::member_at(described, "providers"));
  return providers.empty() ? "" : providers.front();
}

std::optional<ExternalPlugin> read_entry(const json& entry) {
  const json& described = base::member_at(entry, "openclaw");
  ExternalPlugin plugin;
  plugin.id = id_of(described);
  const std::string spec = base::text_at(described, "install.npmSpec");
  // What is in no npm registry (clawhub only) is not ours to judge.
  if (plugin.id.empty() || !take_spec(spec.empty() ? base::text_at(entry, "name") : spec, plugin)) return {};
  plugin.channel = base::text_at(described, "channel.id");
  for (const char* path :
       {"channel.envVars", "channel.configuredState.env.anyOf", "channel.configuredState.env.allOf"}) {
    for (std::string& name : base::texts_at(described, path)) plugin.variables.insert(std::move(name));
  }
  for (std::string& id : ids_in(base::member_at(described, "webSearchProviders"))) {
    plugin.web_search_providers.insert(std::move(id));
  }
  for (std::string& id : base::texts_at(described, "contracts.webSearchProviders")) {
    plugin.web_search_providers.insert(std::move(id));
  }
  return plugin;
}

Result<std::string> read_catalog_text(const Package& package, const CatalogFile& file) {
  auto text = fs::read_file(package.directory.get(), file.path);
  const bool absent = !text && text.error().kind == base::ErrorKind::not_found;
  if (!absent || file.fallback == nullptr) return text;
  return fs::read_file(package.directory.get(), file.fallback);
}

}  // namespace

Result<ExternalCatalog> read_external_catalog(const Package& package) {
  ExternalCatalog catalog;
  for (const CatalogFile& file : catalog_files) {
    const auto text = read_catalog_text(package, file);
    if (!text && text.error().kind == base::ErrorKind::not_found) continue;
    if (!text) return base::pass(text.error(), "reading the plugin catalogue of " + package.root);
    const auto parsed = base::parse_json(*text, package.root + "/" + file.path);
    if (!parsed) return base::pass(parsed.error(), "reading OpenClaw's plugin catalogue");
    const json& entries = base::member_at(*parsed, "entries");
    if (!entries.is_array()) continue;
    for (const json& entry : entries) {
      if (auto plugin = read_entry(entry)) catalog.emplace(plugin->id, *plugin);
    }
  }
  return catalog;
}

std::string version_for_core(const ExternalPlugin& plugin, std::string_view core_version) {
  return plugin.pinned_version.empty() ? std::string(core_version) : plugin.pinned_version;
}

bool configures_channel(const ExternalPlugin& plugin, std::string_view variable) {
  if (plugin.channel.empty()) return false;
  if (plugin.variables.contains(std::string(variable))) return true;
  std::string prefix;
  for (const char c : plugin.channel) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && std::isalnum(byte) != 0;
    if (plain) prefix += static_cast<char>(std::toupper(byte));
    if (!plain && (prefix.empty() || prefix.back() != '_')) prefix += '_';
  }
  return variable.starts_with(prefix + "_");
}

}  // namespace openclaw
