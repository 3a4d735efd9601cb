// SPDX-License-Identifier: MIT
#include "stage/external_needs.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "base/text.hpp"
#include "npm/blame.hpp"
#include "openclaw/version.hpp"

namespace stage {
namespace {

using openclaw::ExternalPlugin;
using openclaw::InstalledPlugin;
using openclaw::PeerLink;
using openclaw::Version;
using State = ExternalNeed::State;

bool contains(const std::vector<std::string>& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

class Needs {
 public:
  explicit Needs(const ExternalFacts& facts) : facts_(facts) {}

  base::Result<std::vector<ExternalNeed>> run() {
    find_wanted();
    for (const auto& [id, plugin] : facts_.catalog) add_from_catalog(plugin);
    for (const auto& plugin : facts_.installed) {
      if (plugin.active && is_asked_for(plugin.id)) add_installed(plugin);
    }
    for (const auto& id : facts_.selection.only) {
      if (const auto known = add_by_name(id); !known) return base::pass(known.error());
    }
    std::vector<ExternalNeed> needs;
    for (auto& [id, need] : needs_) needs.push_back(std::move(need));
    return needs;
  }

 private:
  [[nodiscard]] bool is_asked_for(const std::string& id) const {
    return facts_.selection.only.empty() || facts_.selection.only.contains(id);
  }

  [[nodiscard]] bool is_blocked(const std::string& id) const {
    const auto entry = facts_.config.entries.find(id);
    return facts_.config.deny.contains(id) || (entry != facts_.config.entries.end() && !entry->second);
  }

  [[nodiscard]] bool is_bundled(const std::string& id, const std::string& channel) const {
    return std::any_of(facts_.bundled.begin(), facts_.bundled.end(), [&](const auto& plugin) {
      return plugin.id == id || plugin.directory == id ||
             (!channel.empty() && contains(plugin.channels, channel));
    });
  }

  // Same as collectConfiguredPluginIds and collectConfiguredChannelIds in 5.12.
  void find_wanted() {
    const auto& config = facts_.config;
    if (!config.plugins_enabled) return;
    for (const auto& [id, enabled] : config.entries) {
      if (enabled) reasons_.emplace(id, "plugins.entries." + id + " is enabled");
    }
    for (const auto& id : config.hints.used_entries)
      reasons_.emplace(id, "plugins.entries." + id + " is configured");
    for (const auto& id : config.hints.agent_runtimes)
      reasons_.emplace(id, "agent runtime " + id + " is configured");
    if (config.hints.probed.contains("acpx")) reasons_.emplace("acpx", "acp is configured");
    for (const auto& [id, plugin] : facts_.catalog) {
      if (const std::string reason = channel_reason(plugin); !reason.empty()) reasons_.emplace(id, reason);
      if (plugin.web_search_providers.contains(facts_.config.web_search_provider)) {
        reasons_.emplace(id, "web search by " + facts_.config.web_search_provider + " is configured");
      }
    }
  }

  [[nodiscard]] std::string channel_reason(const ExternalPlugin& plugin) const {
    if (plugin.channel.empty()) return "";
    const auto& config = facts_.config;
    const auto channel = config.channels.find(plugin.channel);
    if (channel != config.channels.end() && channel->second == false) return "";
    if (config.hints.channels_with_settings.contains(plugin.channel)) {
      return "channel " + plugin.channel + " is configured";
    }
    for (const auto* names : {&facts_.variables, &config.hints.variables}) {
      for (const auto& name : *names) {
        if (openclaw::configures_channel(plugin, name)) return "variable " + name + " is set";
      }
    }
    return "";
  }

  // Another package may provide the plugin of a channel (qqbot was @openclaw/qqbot before it was Tencent's).
  [[nodiscard]] const InstalledPlugin* provider_of(const ExternalPlugin& plugin) const {
    const InstalledPlugin* found = nullptr;
    for (const auto& candidate : facts_.installed) {
      if (!candidate.active) continue;
      if (candidate.id == plugin.id) return &candidate;
      if (!plugin.channel.empty() && contains(candidate.channels, plugin.channel)) found = &candidate;
    }
    return found;
  }

  void add_from_catalog(const ExternalPlugin& plugin) {
    const bool named = facts_.selection.only.contains(plugin.id);
    const bool wanted = named || (reasons_.contains(plugin.id) && !is_blocked(plugin.id));
    if (!wanted || !is_asked_for(plugin.id) || is_bundled(plugin.id, plugin.channel)) return;
    if (const auto* installed = provider_of(plugin)) {
      wanted_by_channel_.emplace(installed->id, reason_of(plugin.id));
      if (installed->id == plugin.id || !is_asked_for(installed->id)) add_installed(*installed);
      return;
    }
    ExternalNeed need;
    need.id = plugin.id;
    need.state = State::missing;
    need.wanted = true;
    need.reason = reason_of(plugin.id);
    need.package = plugin.package;
    need.target_version = openclaw::version_for_core(plugin, facts_.core_version);
    needs_.emplace(need.id, std::move(need));
  }

  [[nodiscard]] std::string reason_of(const std::string& id) const {
    if (facts_.selection.only.contains(id)) return "named by --plugin";
    if (const auto reason = reasons_.find(id); reason != reasons_.end()) return reason->second;
    const auto channel = wanted_by_channel_.find(id);
    return channel == wanted_by_channel_.end() ? "" : channel->second;
  }

  void add_installed(const InstalledPlugin& plugin) {
    ExternalNeed need;
    need.id = plugin.id;
    need.reason =
        is_blocked(plugin.id) && !facts_.selection.only.contains(plugin.id) ? "" : reason_of(plugin.id);
    need.wanted =
        !need.reason.empty() && (facts_.config.plugins_enabled || facts_.selection.only.contains(plugin.id));
    if (!need.wanted)
      need.reason = is_blocked(plugin.id) ? "disabled in the config" : "installed, not configured";
    need.package = plugin.package;
    need.version = plugin.version;
    need.required_core = plugin.required_core;
    need.peer_link = plugin.peer_link;
    if (const auto known = facts_.catalog.find(plugin.id); known != facts_.catalog.end() &&
                                                           known->second.package == plugin.package &&
                                                           known->second.pinned_version.empty()) {
      need.target_version = facts_.core_version;
    }
    if (refuses(plugin)) need.state = State::unloadable;
    needs_.insert_or_assign(need.id, std::move(need));
  }

  // "plugin requires OpenClaw >=X, but this host is Y; skipping load"
  [[nodiscard]] bool refuses(const InstalledPlugin& plugin) const {
    const auto required = Version::parse(plugin.required_core);
    const auto core = Version::parse(facts_.core_version);
    return required && core && *core < *required;
  }

  base::Result<void> add_by_name(const std::string& id) {
    if (needs_.contains(id)) return {};
    if (!is_bundled(id, "") && !facts_.catalog.contains(id)) {
      return base::fail(
          base::ErrorKind::usage,
          "--plugin: OpenClaw " + facts_.core_version + " neither bundles a plugin named " + id +
              " nor has it in its catalogue, and none is installed; `openclaw plugins list` has the names");
    }
    ExternalNeed need;
    need.id = id;
    need.state = State::bundled;
    need.wanted = true;
    need.reason = "bundled with OpenClaw";
    needs_.emplace(id, std::move(need));
    return {};
  }

  const ExternalFacts& facts_;
  std::map<std::string, std::string> reasons_, wanted_by_channel_;
  std::map<std::string, ExternalNeed> needs_;
};

std::string problem_of(const ExternalNeed& need, std::string_view core_version) {
  if (need.state == State::unloadable) {
    return need.package + " " + need.version + " requires OpenClaw " + need.required_core + " and this is " +
           std::string(core_version) + ", which does not load it; " +
           (need.target_version.empty() ? "install a version of it that supports this one, or update OpenClaw"
                                        : "`openclaw-install-deps --repair` installs " + need.target());
  }
  if (need.peer_link == PeerLink::right || need.peer_link == PeerLink::not_declared) return "";
  switch (need.peer_link) {
    case PeerLink::obstructed:
      return "node_modules/openclaw of the plugin is not a link to OpenClaw; remove it and start again";
    case PeerLink::unreadable:
      return "its link to OpenClaw, node_modules/openclaw, cannot be read; start again, and check the disk "
             "if it "
             "stays so";
    default:
      return "its link to OpenClaw is broken";
  }
}

}  // namespace

bool ExternalNeed::skewed() const {
  if (version.empty() || target_version.empty()) return false;
  const auto release = [](const Version& v) { return std::tie(v.year, v.month, v.patch, v.prerelease); };
  const auto own = Version::parse(version), core = Version::parse(target_version);
  // A correction (2026.5.3-1) counts as its release, because plugins are not published again for it.
  return own && core ? release(*own) != release(*core) : version != target_version;
}

base::Result<std::vector<ExternalNeed>> external_needs(const ExternalFacts& facts) {
  return Needs(facts).run();
}

PluginRow row_of(const ExternalNeed& need, std::string_view core_version) {
  PluginRow row{need.id, PluginStatus::present, need.reason, need.state == State::bundled ? 0U : 1U, {}};
  if (need.state == State::missing) {
    row.status = PluginStatus::missing;
    row.missing.push_back(need.target());
    return row;
  }
  if (!need.wanted) row.status = PluginStatus::not_needed;
  const std::string problem = problem_of(need, core_version);
  if (problem.empty() || !need.wanted) return row;
  const bool mendable = need.state == State::present && need.peer_link != PeerLink::obstructed &&
                        need.peer_link != PeerLink::unreadable;
  row.status = mendable ? PluginStatus::missing : PluginStatus::failed;
  row.reason = problem;
  return row;
}

std::string explain_installation(const std::string& target, std::string_view output) {
  const bool forbidden = npm::is_of_policy(output);  // npm reports ETARGET for this, too
  if (!forbidden && (output.find("ETARGET") != std::string_view::npos ||
                     output.find("not found on npm") != std::string_view::npos)) {
    return "the registry has no " + target + "; install a version that it has (`npm view " +
           target.substr(0, target.rfind('@')) +
           " versions`, then `openclaw plugins install`), or update OpenClaw to a version that the plugin "
           "was "
           "published with";
  }
  std::string why = npm::explain_failure(output);
  if (why.empty()) why = npm::last_words(output, 600);
  return "OpenClaw could not install " + target + ": " + (why.empty() ? "it gave no reason" : why);
}

}  // namespace stage
