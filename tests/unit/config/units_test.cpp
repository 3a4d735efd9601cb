// SPDX-License-Identifier: MIT
// What the unit files that are installed have to have in common.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "support/source_tree.hpp"

namespace {

using test_support::read_source;

// The service units of the suite's own programs, relative to the source tree. The gateway's unit is not one
// of them: what Node leaves when it crashes is for its operator to decide.
std::vector<std::string> services() {
  const std::set<std::string> others{"openclaw-gateway.service", "openclaw-namespaces.service"};
  std::vector<std::string> found;
  for (const std::string folder : {"units", "units/user"}) {
    for (const auto& entry : std::filesystem::directory_iterator(test_support::source_tree() / folder)) {
      const std::string name = entry.path().filename();
      if (entry.path().extension() == ".service" && !others.contains(name)) {
        found.push_back((std::filesystem::path(folder) / name).string());
      }
    }
  }
  return found;
}

// Updater and workers have read unit files, configs and environments: a core file would contain their
// secrets.
TEST(AServiceOfTheSuite, LeavesNoCoreWhenItCrashes) {
  const auto all = services();
  EXPECT_GT(all.size(), 40U);
  for (const std::string& unit : all) {
    EXPECT_NE(read_source(unit).find("\nLimitCORE=0\n"), std::string::npos) << unit;
  }
}

}  // namespace
