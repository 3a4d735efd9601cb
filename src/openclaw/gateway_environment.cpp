// SPDX-License-Identifier: MIT
#include "openclaw/gateway_environment.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "openclaw/config_includes.hpp"
#include "openclaw/config_variables.hpp"
#include "openclaw/dotenv.hpp"

namespace openclaw {
namespace {

constexpr std::size_t file_limit = std::size_t{1024} * 1024;
// A state that names another one, which names another one: more levels do not occur.
constexpr int most_moves = 8;

// Where the next file and the config are.
constexpr std::array<std::string_view, 6> moving = {"HOME",
                                                    "USERPROFILE",
                                                    "OPENCLAW_HOME",
                                                    "OPENCLAW_STATE_DIR",
                                                    "OPENCLAW_CONFIG_PATH",
                                                    "OPENCLAW_INCLUDE_ROOTS"};
bool moves_state(std::string_view name) {
  return std::find(moving.begin(), moving.end(), name) != moving.end();
}

bool may_be_anywhere(std::string_view) {
  return true;
}

std::string of_working_directory(const GatewayEnvironment&, const std::string& working_directory) {
  return working_directory.empty() ? "" : working_directory + "/.env";
}

std::string of_state(const GatewayEnvironment& found, const std::string&) {
  return found.locations.state + "/.env";
}

std::string of_config(const GatewayEnvironment& found, const std::string&) {
  if (!variable(found.variables, "OPENCLAW_STATE_DIR").empty() ||
      variable(found.variables, "OPENCLAW_CONFIG_PATH").empty()) {
    return "";
  }
  const std::string& config = found.locations.config;
  return config.substr(0, config.rfind('/')) + "/.env";
}

std::string of_home(const GatewayEnvironment& found, const std::string&) {
  const std::string& home = found.locations.home;
  const bool elsewhere =
      found.variables.contains("OPENCLAW_STATE_DIR") && found.locations.state != home + "/.openclaw";
  return elsewhere ? "" : home + "/.config/openclaw/gateway.env";
}

// One file that OpenClaw reads, in the order of precedence.
struct Row {
  std::string (*path)(const GatewayEnvironment& found, const std::string& working_directory);  // "": none
  bool (*may_set)(std::string_view name);
  bool may_move;  // its OPENCLAW_STATE_DIR and the like are heeded before later files are
};
constexpr std::array<Row, 4> rows = {{
    {of_working_directory, may_be_set_by_working_directory, false},
    {of_state, may_be_anywhere, false},
    {of_config, may_be_anywhere, true},
    {of_home, may_be_anywhere, true},
}};

class Places {
 public:
  Places(const base::Environment& given, const std::string& working_directory)
      : working_directory_(working_directory), found_{given, {}, locations_of(given)} {}

  GatewayEnvironment look() {
    for (int moves = 0; moves < most_moves; ++moves) {
      if (!files_move() && !config_moves()) break;
    }
    (void)here();
    return std::move(found_);
  }

 private:
  // Looked at anew only where a variable was added that may lead elsewhere.
  const GatewayEnvironment& here() {
    if (outdated_) found_.locations = locations_of(found_.variables);
    outdated_ = false;
    return found_;
  }

  // True: they say that the state is elsewhere, and nothing else of them counts.
  bool files_move() {
    const std::set<std::string, std::less<>> before = found_.added;
    for (const Row& row : rows) {
      const std::string path = row.path(here(), working_directory_);
      const auto text =
          path.empty() ? base::fail(base::ErrorKind::not_found, "") : fs::read_trusted_file(path, file_limit);
      if (!text) note(text.error());
      if (text) {
        for (const auto& [name, value] : parse_dotenv(*text)) {
          if (row.may_set(name) && (!moved_by_config_ || may_be_set_by_config(name, value))) add(name, value);
        }
      }
      if (row.may_move && keep_locations_only(before)) return true;
    }
    return false;
  }

  bool config_moves() {
    const auto before = found_.added;
    const Locations& locations = here().locations;
    const auto config = read_config_with_includes(locations.config, locations.include_roots);
    if (!config) {
      note(config.error());
      return false;
    }
    for (const auto& [name, value] : config_variables(config->value)) {
      if (variable(found_.variables, name).empty()) set(name, value);
    }
    const bool moved = keep_locations_only(before);
    moved_by_config_ = moved_by_config_ || moved;
    return moved;
  }

  void note(const base::Error& error) {
    if (!fs::is_answer(error) && !found_.unknown) found_.unknown = error;
  }

  void add(const std::string& name, const std::string& value) {
    if (!found_.variables.contains(name)) set(name, value);
  }
  void set(const std::string& name, const std::string& value) {
    found_.variables.insert_or_assign(name, value);
    found_.added.insert(name);
    outdated_ = outdated_ || decides_locations(name);
  }

  // Where something was added that moves the state, that alone stays of what was added since.
  bool keep_locations_only(const std::set<std::string, std::less<>>& before) {
    const auto is_new = [&](const std::string& name) { return !before.contains(name); };
    if (std::none_of(found_.added.begin(), found_.added.end(),
                     [&](const std::string& name) { return is_new(name) && moves_state(name); })) {
      return false;
    }
    std::erase_if(found_.added, [&](const std::string& name) {
      if (!is_new(name) || moves_state(name)) return false;
      found_.variables.erase(name);
      outdated_ = outdated_ || decides_locations(name);
      return true;
    });
    return true;
  }

  const std::string& working_directory_;
  GatewayEnvironment found_;
  bool moved_by_config_ = false;
  bool outdated_ = false;  // the locations of found_
};

}  // namespace

void GatewayEnvironment::set(const std::string& name, const std::string& value) {
  variables.insert_or_assign(name, value);
  if (decides_locations(name)) locations = locations_of(variables);
}

GatewayEnvironment as_given(base::Environment variables) {
  Locations locations = locations_of(variables);
  return {std::move(variables), {}, std::move(locations)};
}

GatewayEnvironment gateway_environment(const base::Environment& given, const std::string& working_directory) {
  return Places(given, working_directory).look();
}

GatewayEnvironment gateway_environment() {
  return gateway_environment(base::current_environment(), resolve_path("."));
}

}  // namespace openclaw
