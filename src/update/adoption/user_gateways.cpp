// SPDX-License-Identifier: MIT
#include "update/adoption/user_gateways.hpp"

#include <pwd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "config/gateways.hpp"
#include "fs/beneath.hpp"
#include "update/adoption/main_process.hpp"

namespace update {
namespace {

constexpr std::string_view service = ".service";

std::string name_of(unsigned uid) {
  std::array<char, 16384> buffer{};
  struct passwd entry = {};
  struct passwd* account = nullptr;
  static_cast<void>(::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &account));
  return account == nullptr ? std::to_string(uid) : std::string(account->pw_name);
}

// The profile, if the name of the unit is one that OpenClaw's installer uses; otherwise nothing.
std::optional<std::string> profile_of(std::string_view unit) {
  constexpr std::string_view stem = "openclaw-gateway";
  if (!unit.starts_with(stem) || !unit.ends_with(service)) return std::nullopt;
  std::string_view rest = unit.substr(stem.size(), unit.size() - stem.size() - service.size());
  if (rest.empty()) return "";
  if (!rest.starts_with('-')) return std::nullopt;
  rest.remove_prefix(1);
  if (!config::parse_gateway(rest)) return std::nullopt;
  return std::string(rest);
}

// From "/user.slice/user-1000.slice/user@1000.service/app.slice/openclaw-gateway.service/...".
std::optional<UserGateway> gateway_of(std::string_view group) {
  constexpr std::string_view manager = "user@";
  std::optional<unsigned> uid;
  for (const std::string& part : base::split(group, '/')) {
    if (part.starts_with(manager) && part.ends_with(service)) {
      const char* const end = part.data() + part.size() - service.size();
      unsigned number = 0;
      if (const auto read = std::from_chars(part.data() + manager.size(), end, number); read.ptr == end)
        uid = number;
    } else if (const auto profile = profile_of(part); uid && profile) {
      return UserGateway{name_of(*uid), *uid, part, *profile};
    }
  }
  return std::nullopt;
}

}  // namespace

std::string UserGateway::adopt_command() const {
  return base::concat(
      {"openclaw-update adopt --from-user ", user, profile.empty() ? "" : " --profile ", profile});
}

std::string UserGateway::keep_command() const {
  if (profile.empty()) return "openclaw-update --user adopt";
  return base::concat({"openclaw-update --user adopt ", unit, " --gateway ", profile});
}

std::vector<UserGateway> find_user_gateways(const std::string& proc) {
  std::vector<UserGateway> found;
  const auto folder = fs::open_directory(proc);
  if (!folder) return found;
  std::set<std::pair<unsigned, std::string>> seen;
  for (const std::int64_t pid : all_processes(folder->get())) {
    const auto process = fs::open_directory(base::concat({proc, "/", std::to_string(pid)}));
    if (!process) continue;
    for (const std::string& group : control_groups_of(process->get())) {
      auto gateway = gateway_of(group);
      if (gateway && seen.emplace(gateway->uid, gateway->unit).second) found.push_back(std::move(*gateway));
    }
  }
  std::ranges::sort(found, {}, [](const UserGateway& one) { return std::pair(one.uid, one.unit); });
  return found;
}

std::string shown(const std::vector<UserGateway>& gateways) {
  std::vector<std::string> texts;
  texts.reserve(gateways.size());
  for (const UserGateway& one : gateways) {
    texts.push_back(base::concat({"the user unit ", one.unit, " of ", one.user, " runs (",
                                  one.adopt_command(), " moves it to a system unit; as ", one.user, ", ",
                                  one.keep_command(), " keeps it as a user unit)"}));
  }
  return base::join(texts, "; ");
}

}  // namespace update
