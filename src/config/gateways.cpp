// SPDX-License-Identifier: MIT
#include "config/gateways.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/nearest.hpp"
#include "base/text.hpp"
#include "config/overlay.hpp"
#include "fs/beneath.hpp"
#include "fs/list.hpp"

namespace config {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::string_view suffix = ".ini";
constexpr std::string_view drop_ins = ".ini.d";
constexpr std::size_t longest_name = 32;
constexpr std::string_view nameless = "default";

std::string folder_of(const std::string& site) {
  const std::size_t slash = site.rfind('/');
  return base::concat({slash == std::string::npos ? "" : site.substr(0, slash + 1), "gateways.d"});
}

// Of "NAME.ini" and "NAME.ini.d"; empty for what is neither, such as an editor's leftover.
std::string_view stem_of(std::string_view entry) {
  for (const std::string_view end : {drop_ins, suffix}) {
    if (entry.ends_with(end) && !entry.starts_with('.')) return entry.substr(0, entry.size() - end.size());
  }
  return {};
}

tl::unexpected<base::Error> no_such_gateway(const std::string& name, const std::vector<std::string>& names,
                                            const SettingsFiles& site) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto meant = base::nearest(name, known);
  std::string there =
      names.empty() ? "no gateway of this host has a name" : "there are " + base::join(names, ", ");
  if (meant) there = base::concat({"did you mean ", *meant, "?"});
  return base::fail(
      ErrorKind::not_found,
      base::concat({"there is no gateway ", name, ": ", there, "; openclaw-update adopt UNIT --gateway ",
                    name, " creates it, with its settings in ", gateway_settings_path(site, name)}));
}

// One transaction, one state and one unit would be two gateways'.
Result<void> require_own(const SettingsFiles& site, const std::string& name, const Settings& settings) {
  auto names = gateway_names(site);
  if (!names) return base::pass(names.error());
  names->insert(names->begin(), "");
  for (const std::string& other : *names) {
    if (other == name) continue;
    // What is wrong with the settings of another gateway is said where that one is meant.
    const auto theirs = load_gateway(site, other);
    if (!theirs) continue;
    const bool same_unit = theirs->gateway.unit == settings.gateway.unit;
    if (!same_unit && theirs->gateway.state_directory != settings.gateway.state_directory) continue;
    return base::fail(ErrorKind::bad_input,
                      base::concat({gateway_settings_path(site, name), ": ",
                                    same_unit ? "unit=" : "state-directory=", " of [gateway] is also set in ",
                                    other.empty() ? site.path : gateway_settings_path(site, other),
                                    "; each gateway needs its own"}));
  }
  return {};
}

}  // namespace

bool is_gateway_name(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return !text.empty() && text.size() <= longest_name && text != nameless &&
         text.find_first_not_of(letters) == std::string_view::npos && text.front() != '-' &&
         text.back() != '-';
}

Result<std::string> parse_gateway(std::string_view text) {
  if (text == nameless) return std::string();
  if (is_gateway_name(text)) return std::string(text);
  return base::fail(
      ErrorKind::bad_input,
      base::concat({"must be the name of a gateway, letters, digits, '-' and '_', such as work, or ",
                    "default for the one without a name, not \"", base::printable(text, 64), "\""}));
}

std::string gateway_settings_path(const SettingsFiles& site, const std::string& name) {
  return name.empty() ? site.path : base::concat({folder_of(site.path), "/", name, suffix});
}

Result<std::vector<std::string>> gateway_names(const SettingsFiles& site) {
  std::vector<std::string> names;
  const std::string path = folder_of(site.path);
  const auto folder = fs::open_directory(path);
  if (!folder && (folder.error().number == ENOENT || folder.error().number == ENOTDIR)) return names;
  if (!folder) return base::pass(folder.error());
  const auto entries = fs::list_directory(folder->get());
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    const std::string_view stem = stem_of(entry.name);
    if (stem.empty()) continue;
    if (!is_gateway_name(stem)) {
      return base::fail(
          ErrorKind::bad_input,
          base::concat({path, "/", base::printable(entry.name, 128),
                        " is not named for a gateway: letters, digits, '-' and '_', such as work.ini; ",
                        "rename it"}));
    }
    names.emplace_back(stem);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<Settings> load_gateway(const SettingsFiles& site, const std::string& name) {
  auto settings = load(site);
  if (!settings || name.empty()) return settings;
  const std::vector<std::string> of_site = std::exchange(settings->files, {});
  settings->gateway = {};
  settings->gateway.unit.clear();
  settings->gateway.state_directory.clear();
  if (auto over = load_over(gateway_settings_path(site, name), *settings); !over)
    return base::pass(over.error());
  settings->gateway_files = std::exchange(settings->files, of_site);
  return settings;
}

Result<Settings> load_whole_gateway(const SettingsFiles& site, const std::string& name) {
  if (name.empty()) return load(site);
  const auto names = gateway_names(site);
  if (!names) return base::pass(names.error());
  if (!std::binary_search(names->begin(), names->end(), name)) return no_such_gateway(name, *names, site);
  auto settings = load_gateway(site, name);
  if (!settings) return settings;
  const GatewaySettings& gateway = settings->gateway;
  for (const auto& [key, value] : {std::pair<std::string_view, const std::string&>{"unit", gateway.unit},
                                   {"state-directory", gateway.state_directory}}) {
    if (!value.empty()) continue;
    return base::fail(ErrorKind::bad_input,
                      base::concat({gateway_settings_path(site, name), ": ", key,
                                    "= of [gateway] is not set; a gateway with a name needs it"}));
  }
  if (auto own = require_own(site, name, *settings); !own) return base::pass(own.error());
  return settings;
}

}  // namespace config
