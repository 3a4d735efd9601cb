// SPDX-License-Identifier: MIT
// What is installed and what is documented name the keys that the program knows: all of them, and no others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "config/ini_text.hpp"
#include "config/keys.hpp"
#include "config/settings.hpp"
#include "support/source_tree.hpp"
#include "support/temporary_directory.hpp"

namespace {

using test_support::read_source;
using testing::HasSubstr;
using testing::IsEmpty;

std::string settings_as_text(const config::Settings& settings) {
  std::ostringstream text;
  text << static_cast<int>(settings.packages.client) << settings.packages.registry << "|"
       << settings.packages.extra_arguments.size() << settings.packages.allow_scripts.size() << "|"
       << settings.packages.stall_timeout.count() << "|" << static_cast<int>(settings.stage.policy)
       << settings.stage.keep_closures << "|" << settings.gateway.package_root << settings.gateway.node << "|"
       << settings.overrides.size() << "|" << settings.watchdog.interval.count() << " "
       << settings.watchdog.deaf_after.count() << " " << settings.watchdog.start_patience.count() << " "
       << settings.watchdog.restarts_per_hour << " " << settings.watchdog.first_delay.count() << " "
       << settings.watchdog.probation.count() << " " << settings.watchdog.remedies
       << settings.watchdog.rollback << settings.watchdog.metrics;
  return text.str();
}

TEST(TheSourceTree, InstallsAFileThatChangesNothing) {
  const std::string content = read_source("units/helpers.ini");
  const test_support::TemporaryDirectory folder;
  const auto loaded = config::load(folder.write("helpers.ini", content));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(settings_as_text(*loaded), settings_as_text({}));
}

TEST(TheSourceTree, InstallsAFileThatShowsEveryKeyWithItsDefault) {
  std::string content = read_source("units/helpers.ini");
  // "#key = value" is a default; "# text" is an explanation.
  std::string uncommented;
  std::istringstream lines(content);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 76U) << line;
    const bool is_default = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    uncommented += (is_default ? line.substr(1) : line) + "\n";
  }
  const test_support::TemporaryDirectory folder;
  const auto loaded = config::load(folder.write("helpers.ini", uncommented));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(settings_as_text(*loaded), settings_as_text({}));

  const auto assignments = config::read_ini(uncommented, "helpers.ini");
  ASSERT_TRUE(assignments);
  ASSERT_EQ(assignments->size(), config::keys().size());
  for (std::size_t i = 0; i < assignments->size(); ++i) {  // in the same order, too
    EXPECT_EQ((*assignments)[i].section, config::keys()[i].section);
    EXPECT_EQ((*assignments)[i].key, config::keys()[i].name);
  }
}

TEST(TheSourceTree, DocumentsEveryKeyAndNoOther) {
  const std::string manual = read_source("man/openclaw-helpers.ini.5");
  std::size_t described = 0;
  std::istringstream lines(manual);
  for (std::string line; std::getline(lines, line);) described += line.rfind(".It Cm ", 0) == 0 ? 1U : 0U;
  EXPECT_EQ(described, config::keys().size());
  for (const config::Key& key : config::keys()) {
    EXPECT_THAT(manual, HasSubstr("\n.It Cm " + std::string(key.name) + " = "));
  }
}

TEST(EveryKey, TakesItsDefaultBackAndHasHelp) {
  for (const config::Key& key : config::keys()) {
    config::Settings settings;
    EXPECT_TRUE(key.set(settings, "")) << key.name;
    EXPECT_EQ(settings_as_text(settings), settings_as_text({})) << key.name;
    EXPECT_FALSE(key.help.empty()) << key.name;
    EXPECT_FALSE(key.values.empty()) << key.name;
  }
}

}  // namespace
