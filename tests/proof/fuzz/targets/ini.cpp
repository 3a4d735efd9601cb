// SPDX-License-Identifier: MIT
// helpers.ini (config/ini_text.hpp, config/settings.hpp).
#include <algorithm>

#include "config/ini_text.hpp"
#include "config/settings.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"

using target::require;

void fuzz(std::string_view input) {
  const auto assignments = config::read_ini(input, "helpers.ini");
  if (!assignments) {
    require(assignments.error().message.starts_with("helpers.ini:"), "a complaint begins with the file");
    require(target::is_printable(assignments.error().message), "a complaint is printable");
  } else {
    const auto lines = static_cast<unsigned>(std::count(input.begin(), input.end(), '\n')) + 1;
    unsigned last = 0;
    for (const auto& one : *assignments) {
      require(one.line > last && one.line <= lines, "each line assigns once, in the order of the file");
      require(one.value.find('\n') == std::string::npos, "a value ends with its line");
      require(input.find(one.value) != std::string_view::npos, "a value is as it is written");
      last = one.line;
    }
  }
  static const target::Folder folder;
  folder.write("helpers.ini", input);
  const auto settings = config::load(folder.path("helpers.ini"));
  if (!settings) {
    require(settings.error().message.find("helpers.ini") != std::string::npos, "a complaint names the file");
    return;
  }
  require(assignments.has_value(), "what is no ini file is no settings");
  require(settings->gateway.port >= 1 && settings->gateway.port <= 65535, "a port is one");
  require(settings->gateway.unit.ends_with(".service") && target::is_plain_name(settings->gateway.unit),
          "the gateway's unit is a service");
  require(settings->gateway.state_directory.starts_with('/'), "the state directory is absolute");
  require(settings->update.keep >= 2, "the current and the previous release stay");
  for (const auto& [name, version] : settings->overrides) {
    require(target::is_plain_name(version) && name.find("..") != 0,
            "an override names a package and a version");
  }
}
