// SPDX-License-Identifier: MIT
// The report about a user unit, and what is never passed on by the user.
#include "workers/user_unit/look.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr const char* unit = "openclaw-gateway.service";

class LookAtUserUnit : public testing::Test {
 protected:
  LookAtUserUnit() {
    auto& gateway = manager_.add(unit);
    gateway.run();
    gateway.status.fragment_path =
        home_.write(std::string("units/") + unit,
                    "[Unit]\nDescription=OpenClaw Gateway\n[Service]\nRestart=always\n"
                    "Environment=HOME=/home/claw\n");
    gateway.definition.exec_start = {"/usr/bin/node", "/x/dist/index.js", "gateway"};
    gateway.environment = {{"HOME", home_.path()}, {"PATH", "/usr/bin"}};
  }
  contract::UserUnitFound look() {
    auto found = workers::user_unit::look_at(manager_, unit);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(contract::UserUnitFound{});
  }
  static std::vector<std::string> names(const std::vector<contract::NamedValue>& values) {
    std::vector<std::string> all;
    for (const auto& value : values) all.push_back(value.name);
    return all;
  }

  test_support::TemporaryDirectory home_;
  bus_tests::FakeServiceManager manager_;
};

TEST_F(LookAtUserUnit, TellsHowItIsStartedAndWhetherItRuns) {
  const auto found = look();
  EXPECT_EQ(found.load_state, "loaded");
  EXPECT_EQ(found.active_state, "active");
  EXPECT_GT(found.main_pid, 0);
  EXPECT_THAT(found.exec_start, ElementsAre("/usr/bin/node", "/x/dist/index.js", "gateway"));
  EXPECT_THAT(names(found.environment), ElementsAre("HOME", "PATH"));
  EXPECT_THAT(found.other_settings, IsEmpty());
}

TEST_F(LookAtUserUnit, KeepsValuesOfSecretsToItself) {
  manager_.unit(unit).environment.insert(
      {{"TELEGRAM_BOT_TOKEN", "123:secret"}, {"HTTPS_PROXY", "http://me:secret@proxy"}});
  const auto found = look();
  EXPECT_THAT(found.secrets, ElementsAre("HTTPS_PROXY", "TELEGRAM_BOT_TOKEN"));
  EXPECT_THAT(contract::to_json(found).dump(), Not(testing::HasSubstr("secret@")));
  EXPECT_THAT(contract::to_json(found).dump(), Not(testing::HasSubstr("123:")));
}

TEST_F(LookAtUserUnit, LeavesOutWhatTheInstallerWritesForItself) {
  manager_.unit(unit).environment.insert(
      {{"OPENCLAW_SERVICE_MANAGED_ENV_KEYS", "A_TOKEN"}, {"OPENCLAW_SYSTEMD_UNIT", unit}});
  const auto found = look();
  EXPECT_THAT(names(found.environment), ElementsAre("HOME", "PATH"));
  EXPECT_THAT(found.secrets, IsEmpty());
}

TEST_F(LookAtUserUnit, NamesSettingsThatSomebodyHasAdded) {
  manager_.unit(unit).status.drop_in_paths = {
      home_.write("units/x.conf", "[Service]\n# Nice=5\nMemoryMax=2G\nEnvironment=A=1\n")};
  EXPECT_THAT(look().other_settings, ElementsAre("MemoryMax"));
}

TEST_F(LookAtUserUnit, TellsWhichNamesFilesGiveIt) {
  manager_.unit(unit).definition.environment_files = {
      {home_.write("gateway.systemd.env", "OPENCLAW_GATEWAY_TOKEN=secret\n"), true}};
  home_.write(".openclaw/.env", "OPENROUTER_API_KEY=secret\n");
  const auto found = look();
  ASSERT_EQ(found.environment_files.size(), 1U);
  EXPECT_THAT(found.environment_files.front().keys, ElementsAre("OPENCLAW_GATEWAY_TOKEN"));
  EXPECT_THAT(found.own_keys, ElementsAre("OPENROUTER_API_KEY"));
}

TEST_F(LookAtUserUnit, CountsWhatTheConfigSetsAsOpenClawsOwn) {
  home_.write(".openclaw/openclaw.json",
              R"({"env":{"vars":{"GROQ_API_KEY":"secret"},"DEEPSEEK_API_KEY":"secret"}})");
  manager_.unit(unit).definition.environment_files = {
      {home_.write("gateway.systemd.env", "GROQ_API_KEY=secret\nDEEPSEEK_API_KEY=secret\n"), true}};
  EXPECT_THAT(look().own_keys, ElementsAre("DEEPSEEK_API_KEY", "GROQ_API_KEY"));
}

TEST_F(LookAtUserUnit, TellsWhatTheServiceManagerGivesTheProcessAndTheUnitDoesNot) {
  manager_.unit(unit).status.main_pid = 313;
  manager_.unit(unit).definition.environment_files = {
      {home_.write("gateway.systemd.env", "ACCOUNT=of-the-file\n"), true}};
  using namespace std::string_literals;
  home_.write(
      "proc/313/environ",
      "HOME=/other\0PATH=/usr/bin\0ACCOUNT=of-the-file\0OPENCLAW_HIDE_BANNER=1\0GROQ_API_KEY=secret\0"s);
  const auto found = workers::user_unit::look_at(manager_, unit, home_.path("proc"));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(names(found->inherited), ElementsAre("OPENCLAW_HIDE_BANNER"));
  EXPECT_THAT(found->secrets, ElementsAre("GROQ_API_KEY"));
}

TEST_F(LookAtUserUnit, TellsWhereItsStateIsAndWhatTheConfigNames) {
  home_.write(
      ".openclaw/openclaw.json",
      R"({"agents":{"defaults":{"workspace":"~/work"},"entries":{"main":{"workspace":"/srv/main"}}}})");
  const auto found = look();
  EXPECT_EQ(found.state, home_.path(".openclaw"));
  EXPECT_THAT(found.paths, AllOf(Contains(home_.path("work")), Contains("/srv/main")));
  EXPECT_EQ(found.config_fault, "");
}

TEST_F(LookAtUserUnit, SaysThatThereIsNone) {
  manager_.remove(unit);
  EXPECT_EQ(look().load_state, "not-found");
}

}  // namespace
