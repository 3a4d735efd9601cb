// SPDX-License-Identifier: MIT
#include "update/gateway_places.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.hpp"
#include "config/gateways.hpp"
#include "fs/beneath.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "update/intent.hpp"

namespace update {
namespace {

constexpr std::string_view folder_of_gateways = "gateways";

// Words that follow "openclaw-update " in a command, but not in other sentences.
constexpr std::array<std::string_view, 17> words{
    "status", "check",  "history", "changelog", "rollback", "rehearse", "hold", "unhold", "pin",
    "unpin",  "verify", "prune",   "recover",   "snapshot", "adopt",    "--to", "--force"};

// Files of a gateway that was adopted or updated.
constexpr std::array<const char*, 3> traces{"adoption.json", "counter", "transactions"};

bool begins_with_word(std::string_view text) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    if (!text.starts_with(word)) return false;
    const std::string_view rest = text.substr(word.size());
    return rest.empty() || rest.find_first_of(" ;,:)\n") == 0;
  });
}

// Inserts text after the program, if `wanted` accepts what follows the program.
template <class Wanted>
std::string with_option(std::string_view text, std::string_view program, std::string_view option,
                        const Wanted& wanted) {
  std::string told;
  while (true) {
    const std::size_t at = text.find(program);
    if (at == std::string_view::npos) return told += text;
    told += text.substr(0, at + program.size());
    text.remove_prefix(at + program.size());
    if (wanted(text)) told += option;
  }
}

// Examines the text up to the end of the command; a second --gateway would be an error.
bool names_gateway(std::string_view command) {
  constexpr std::size_t longest = 1024;
  command = command.substr(0, longest);
  return command.substr(0, command.find_first_of(";,:)\n")).find("--gateway ") != std::string_view::npos;
}

}  // namespace

std::string GatewayPlaces::update_unit(const std::string& version) const {
  if (!name.empty()) return base::concat({"openclaw-update-gateway@", name, ".service"});
  return update_unit_of(version);
}

std::string GatewayPlaces::rehearsal_unit() const {
  if (name.empty()) return "openclaw-update-rehearse.service";
  return base::concat({"openclaw-update-rehearse@", name, ".service"});
}

std::string GatewayPlaces::resume_unit() const {
  if (name.empty()) return "openclaw-update-resume.service";
  return base::concat({"openclaw-update-resume@", name, ".service"});
}

std::string GatewayPlaces::check_unit() const {
  if (name.empty()) return "openclaw-update-check.service";
  return base::concat({"openclaw-update-check@", name, ".service"});
}

std::string GatewayPlaces::timer() const {
  if (name.empty()) return "openclaw-update.timer";
  return base::concat({"openclaw-update-gateway@", name, ".timer"});
}

WorkerPlaces GatewayPlaces::worker_places() const {
  WorkerPlaces places{.requests = scope.requests, .results = scope.results, .fetched = scope.fetched};
  if (name.empty()) return places;
  // Gateways of the same user need not be protected from each other.
  places.gateway_requests = scope.is_user ? scope.requests : state + "/requests";
  places.gateway_results = scope.is_user ? scope.results : contract::result_directory_of(name);
  return places;
}

GatewayPlaces places_of(const config::Scope& scope, const std::string& name) {
  const std::string& updater = scope.updater;
  return {name, updater, name.empty() ? updater : base::concat({updater, "/", folder_of_gateways, "/", name}),
          scope};
}

GatewayPlaces places_of(const std::string& updater, const std::string& name) {
  config::Scope scope;
  scope.updater = updater;
  scope.requests = updater + "/requests";
  return places_of(scope, name);
}

base::Result<void> make_state_folders(const GatewayPlaces& places) {
  // Independent of the umask of the shell, because the users of gateways have to pass through these folders.
  const auto make = [](const std::string& path, mode_t mode) -> base::Result<void> {
    // creates ~/.local/state for a user who has none
    if (auto above = fs::make_folders(path.substr(0, path.rfind('/'))); !above) return above;
    if (::mkdir(path.c_str(), mode) == 0) {
      if (::chmod(path.c_str(), mode) == 0) return fs::sync_parent(path);
    } else if (errno == EEXIST) {
      return {};
    }
    return base::fail_errno(errno, "cannot make " + path);
  };
  const mode_t mode = places.scope.is_user ? 0700 : 0755;
  if (auto made = make(places.updater, mode); !made) return made;
  // For workers that do not run as the user of a gateway: all gateways share them.
  if (auto made = make(places.scope.requests, mode); !made || places.name.empty()) return made;
  if (auto made = make(base::concat({places.updater, "/", folder_of_gateways}), mode); !made) return made;
  return make(places.state, 0700);
}

bool has_been_adopted(const GatewayPlaces& places) {
  const auto state = fs::open_directory(places.state);
  // Whoever opens the folder next reports the error; a gateway is not left out because of it.
  if (!state) return !fs::is_answer(state.error());
  return std::any_of(traces.begin(), traces.end(),
                     [&](const char* name) { return fs::may_exist_beneath(state->get(), name); });
}

base::Result<std::vector<GatewayPlaces>> all_places(const std::string& updater) {
  std::vector<GatewayPlaces> all{places_of(updater, "")};
  const auto opened = fs::open_directory(base::concat({updater, "/", folder_of_gateways}));
  if (!opened && opened.error().number == ENOENT) return all;
  if (!opened) return base::pass(opened.error());
  const auto entries = fs::list_directory(opened->get());
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (config::is_gateway_name(entry.name)) all.push_back(places_of(updater, entry.name));
  }
  return all;
}

std::string for_gateway(std::string_view text, const std::string& name) {
  if (name.empty()) return std::string(text);
  const std::string option = base::concat({"--gateway ", name, " "});
  return with_option(text, "openclaw-update ", option,
                     [](std::string_view rest) { return begins_with_word(rest) && !names_gateway(rest); });
}

std::string for_scope(std::string_view text, const config::Scope& scope) {
  if (!scope.is_user) return std::string(text);
  constexpr std::string_view option = "--user ";
  // Commands for the manager of another user name that manager already.
  const auto is_open = [](std::string_view rest) {
    return !rest.starts_with("--user") && !rest.starts_with("--machine=");
  };
  std::string told = with_option(text, "openclaw-update ", option, [&](std::string_view rest) {
    return is_open(rest) && (begins_with_word(rest) || rest.starts_with("--gateway "));
  });
  told = with_option(told, "systemctl ", option, is_open);
  return with_option(told, "journalctl ", option, is_open);
}

}  // namespace update
