// SPDX-License-Identifier: MIT
#include "openclaw/plugin.hpp"

#include <cerrno>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "openclaw/manifest_fields.hpp"
#include "openclaw/semver.hpp"

namespace openclaw {
namespace {

constexpr std::string_view extensions_path = "dist/extensions";

// 2026.4.22-4.30 refuse every range but an exact, ^ or ~ one, and one refusal stops their whole scan.
// Versions before hand any text to npm; versions after stage nothing.
bool refuses_wide_ranges(const Version& version) {
  return version >= Version{2026, 4, 22, -1, "0"} && version < Version{2026, 5, 1, -1, "0"};
}

bool is_workspace(std::string_view range) {
  return base::lower(range).starts_with("workspace:");
}

// Answers what is wrong, or an empty text.
std::string add_dependency(Dependencies& dependencies, std::string_view written_name,
                           std::string_view written_range, bool strict) {
  const std::string name(base::trim(written_name));
  const std::string range(base::trim(written_range));
  if (range.empty() || is_workspace(range)) return {};
  if (!is_package_name(name)) {
    return "names a dependency \"" + base::printable(name, 100) + "\", which is not a package name";
  }
  if (strict && !is_exact_caret_or_tilde(range)) {
    return "requires " + name + " in the version \"" + base::printable(range, 100) +
           "\", but this OpenClaw accepts only exact, ^ and ~ versions";
  }
  dependencies.insert_or_assign(name, range);
  return {};
}

// The reader of one plugin's two files. The first defect ends the reading of what it concerns.
class PluginReader {
 public:
  PluginReader(const Package& package, std::string directory)
      : package_(package), strict_(refuses_wide_ranges(package.version)) {
    plugin_.id = directory;
    plugin_.directory = std::move(directory);
  }

  // nullopt: a folder with neither file is no plugin, such as dist/extensions/node_modules.
  base::Result<std::optional<BundledPlugin>> read() {
    const std::optional<nlohmann::json> manifest = read_object("openclaw.plugin.json");
    const std::optional<nlohmann::json> package_json = read_object("package.json");
    if (unknown_) return base::pass(std::move(*unknown_));
    if (!manifest && !package_json && plugin_.defect.empty()) return std::nullopt;
    if (manifest) {
      take_identity(*manifest);
      take_auto_enable(*manifest);
      take_local_memory_embedding(*manifest);
    }
    if (package_json) take_dependencies(*package_json);
    return std::move(plugin_);
  }

 private:
  [[nodiscard]] std::string path_of(std::string_view file) const {
    return std::string(extensions_path) + "/" + plugin_.directory + "/" + std::string(file);
  }

  void note_defect(std::string_view file, const std::string& what) {
    if (!what.empty() && plugin_.defect.empty()) plugin_.defect = path_of(file) + " " + what;
  }

  // Whether it is on by default is not known then. It is taken for on, unless the config turns it off: a
  // plugin that is left out without a word would be recorded as complete.
  void note_unreadable(std::string_view file, std::string_view what, const base::Error& error) {
    note_defect(file, base::concat({what, error.message}));
    plugin_.enabled_by_default = true;
    // Without this plugin, what is staged for it would be removed.
    if (!fs::is_answer(error)) unknown_ = base::Error(error).in("reading " + path_of(file));
  }

  // Absent: nullopt and no defect. Both files may be missing alone: OpenClaw then takes their defaults.
  std::optional<nlohmann::json> read_object(std::string_view file) {
    base::Result<base::UniqueFd> folder = fs::open_directory_beneath(
        package_.directory.get(), std::string(extensions_path) + "/" + plugin_.directory);
    if (!folder) {
      note_unreadable(file, "cannot be reached: ", folder.error());
      return std::nullopt;
    }
    const base::Result<std::string> text = fs::read_file(folder->get(), file);
    if (!text) {
      if (text.error().number != ENOENT) note_unreadable(file, "cannot be read: ", text.error());
      return std::nullopt;
    }
    base::Result<nlohmann::json> parsed = base::parse_json(*text, file);
    if (!parsed) {
      note_defect(file, "is malformed: " + parsed.error().message);
      return std::nullopt;
    }
    if (!parsed->is_object()) {
      note_defect(file, "is malformed: it is not an object");
      return std::nullopt;
    }
    return std::move(*parsed);
  }

  void take_identity(const nlohmann::json& manifest) {
    if (const std::string id = base::text_at(manifest, "id"); !base::trim(id).empty()) plugin_.id = id;
    plugin_.channels = base::texts_at(manifest, "channels");
    plugin_.providers = base::texts_at(manifest, "providers");
    plugin_.legacy_ids = base::texts_at(manifest, "legacyPluginIds");
    plugin_.model_patterns = base::texts_at(manifest, "modelSupport.modelPatterns");
    plugin_.model_prefixes = base::texts_at(manifest, "modelSupport.modelPrefixes");
    plugin_.enabled_by_default = base::is_true_at(manifest, "enabledByDefault");
  }

  void take_auto_enable(const nlohmann::json& manifest) {
    plugin_.cli_backends = base::texts_at(manifest, "cliBackends");
    plugin_.auto_enable_providers = base::texts_at(manifest, "autoEnableWhenConfiguredProviders");
    plugin_.agent_harnesses = base::texts_at(manifest, "activation.onAgentHarnesses");
    plugin_.web_fetch_providers = base::texts_at(manifest, "contracts.webFetchProviders");
    plugin_.offers_web_search = !base::texts_at(manifest, "contracts.webSearchProviders").empty();
    if (base::texts_at(manifest, "contracts.tools").empty()) return;
    const nlohmann::json& settings = base::member_at(manifest, "configSchema.properties");
    if (!settings.is_object()) return;
    for (const auto& [key, schema] : settings.items()) {
      if (key != "webSearch" && key != "webFetch") plugin_.tool_settings.insert(key);
    }
  }

  // ["node-llama-cpp@3.18.1"]
  void take_local_memory_embedding(const nlohmann::json& manifest) {
    for (const std::string& spec : base::texts_at(manifest, "runtimeDependencies.localMemoryEmbedding")) {
      const std::size_t at = spec.rfind('@');
      if (at == 0 || at == std::string::npos) {
        note_defect("openclaw.plugin.json",
                    "has \"" + base::printable(spec, 100) + "\" in place of name@version");
        continue;
      }
      note_defect("openclaw.plugin.json", add_dependency(plugin_.local_memory_embedding, spec.substr(0, at),
                                                         spec.substr(at + 1), strict_));
    }
  }

  void take_dependencies(const nlohmann::json& package_json) {
    plugin_.stage_runtime_dependencies =
        base::is_true_at(package_json, "openclaw.bundle.stageRuntimeDependencies");
    for (const auto& [name, range] : all_dependencies(package_json)) {
      note_defect("package.json", add_dependency(plugin_.dependencies, name, range, strict_));
    }
  }

  const Package& package_;
  bool strict_;
  BundledPlugin plugin_;
  std::optional<base::Error> unknown_;
};

}  // namespace

base::Result<std::vector<BundledPlugin>> read_bundled_plugins(const Package& package) {
  std::vector<BundledPlugin> plugins;
  const base::Result<std::vector<fs::DirectoryEntry>> entries =
      fs::list_directory(package.directory.get(), extensions_path);
  if (!entries) {
    if (entries.error().number == ENOENT) return plugins;
    return base::pass(entries.error(), "listing the bundled plugins in " + package.root);
  }
  for (const fs::DirectoryEntry& entry : *entries) {
    // A symlink is no plugin: OpenClaw's own scan asks isDirectory() of the entry, not of what it points to.
    if (entry.type != fs::DirectoryEntry::Type::directory) continue;
    auto plugin = PluginReader(package, entry.name).read();
    if (!plugin) return base::pass(plugin.error(), "listing the bundled plugins of " + package.root);
    if (*plugin) plugins.push_back(std::move(**plugin));
  }
  return plugins;
}

}  // namespace openclaw
