// SPDX-License-Identifier: MIT
#include "update/kept_settings.hpp"

#include <array>
#include <cstdio>

#include "base/text.hpp"
#include "config/gateways.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "update/journal.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

constexpr const char* settings_folder = "settings";
// All files are kept as drop-ins: the order of their names is the order of reading.
constexpr const char* drop_ins = "settings/helpers.ini.d";
constexpr const char* drop_ins_of_site = "settings/site/helpers.ini.d";  // the site's own, in a user's scope

std::string numbered(std::size_t index) {
  std::array<char, 32> name{};
  (void)std::snprintf(name.data(), name.size(), "%04zu.ini", index);
  return name.data();
}

Result<void> keep_files(int transaction_fd, const std::string& path, const std::vector<std::string>& files) {
  const auto folder = fs::make_directories_durably(transaction_fd, path, 0700);
  if (!folder) return base::pass(folder.error());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto text = fs::read_trusted_file(files[i]);
    if (!text) return base::pass(text.error());
    if (auto kept = fs::write_file_durably(folder->get(), numbered(i), *text, 0600); !kept) return kept;
  }
  return {};
}

}  // namespace

Result<void> keep_settings(int transaction_fd, const config::Settings& settings, const std::string& gateway) {
  if (!settings.site_files.empty()) {
    if (auto kept = keep_files(transaction_fd, drop_ins_of_site, settings.site_files); !kept) return kept;
  }
  if (auto kept = keep_files(transaction_fd, drop_ins, settings.files); !kept) return kept;
  if (gateway.empty()) return {};
  return keep_files(transaction_fd, base::concat({settings_folder, "/gateways.d/", gateway, ".ini.d"}),
                    settings.gateway_files);
}

Result<config::Settings> settings_of_open_update(const GatewayPlaces& places) {
  const auto state = fs::open_directory(places.state);
  if (!state) return base::pass(state.error());
  const auto id = Journal(state->get()).open_transaction();
  if (!id) return base::pass(id.error());
  if (!*id) return base::fail(ErrorKind::not_found, "no update is open");
  const std::string folder = base::concat({"transactions/", **id, "/", settings_folder});
  if (!fs::may_exist_beneath(state->get(), folder)) {
    return base::fail(ErrorKind::not_found, "the update " + **id + " has no saved settings");
  }
  const std::string kept = base::concat({places.state, "/", folder});
  config::SettingsFiles files(kept + "/helpers.ini");
  if (places.scope.is_user) files.site = kept + "/site/helpers.ini";
  files.state_directory = places.scope.settings.state_directory;
  return config::load_gateway(files, places.name);
}

}  // namespace update
