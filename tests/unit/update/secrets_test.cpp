// SPDX-License-Identifier: MIT
// Values of environment variables, of the command of a unit, and from answers of workers must never get into
// the state directory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "update/support/scene.hpp"

namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;
using update_tests::new_version;
using update_tests::Scene;

const std::string canary = "c4n4ryValue";

// Files that contain the text; links are not followed.
std::vector<std::string> files_with(const std::string& text, const std::string& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    if (content.find(text) != std::string::npos || entry.path().string().find(text) != std::string::npos)
      found.push_back(entry.path());
  }
  return found;
}

class Secrets : public testing::Test {
 protected:
  Secrets() {
    const std::string file =
        scene_.root.write("gateway.env", "OPENAI_API_KEY=" + canary + "\nPEM=\"-----BEGIN\n" + canary +
                                             "==\n-----END\"\nTWO=a \\\n" + canary + "=x\n");
    auto& unit = scene_.manager.unit(update_tests::gateway);
    unit.definition.environment_files = {{file, false}};
    // A unit file may contain one as well, and is kept byte for byte: there, and nowhere else.
    scene_.root.write("units/openclaw-gateway.service", "[Service]\nEnvironment=TOKEN=" + canary + "\n");
  }
  void expect_no_value_but_in_the_kept_unit_file() {
    const auto found = files_with(canary, scene_.state_path());
    for (const std::string& path : found) EXPECT_THAT(path, testing::HasSubstr("/definition/"));
    EXPECT_LE(found.size(), 1u);
    for (const auto& said : scene_.observer.said) EXPECT_THAT(said, Not(testing::HasSubstr(canary)));
    EXPECT_THAT(to_json(scene_.context), Not(testing::HasSubstr(canary)));
  }

  Scene scene_;
};

TEST_F(Secrets, AreNotWrittenByAnUpdate) {
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_THAT(scene_.context.from.environment_keys, testing::IsSupersetOf({"OPENAI_API_KEY", "PEM", "TWO"}));
  expect_no_value_but_in_the_kept_unit_file();
}

TEST_F(Secrets, AreNotWrittenByARollback) {
  scene_.never_ready.insert(new_version);
  ASSERT_EQ(scene_.update(), "rolled-back");
  expect_no_value_but_in_the_kept_unit_file();
}

TEST_F(Secrets, AreNotWrittenWhenTheyAreLost) {
  auto& unit = scene_.manager.unit(update_tests::gateway);
  unit.on_start = [&, start = unit.on_start](auto& started) {
    if (scene_.current() == new_version) scene_.root.write("gateway.env", "OTHER=" + canary + "\n");
    return start(started);
  };
  ASSERT_EQ(scene_.update(), "rolled-back");
  EXPECT_THAT(scene_.context.reason, testing::HasSubstr("OPENAI_API_KEY"));
  expect_no_value_but_in_the_kept_unit_file();
}

TEST_F(Secrets, AreNotWrittenByARecovery) {
  ASSERT_TRUE(scene_.update_until_killed_in("promote"));
  ASSERT_EQ(scene_.recover(), "rolled-back");
  expect_no_value_but_in_the_kept_unit_file();
}

TEST_F(Secrets, OfACommandAreInNoRefusal) {
  auto& unit = scene_.manager.unit(update_tests::gateway);
  unit.definition.exec_start = {"/usr/bin/node", "/opt/openclaw/dist/index.js", "gateway", "--token",
                                canary,          "--password=" + canary};
  ASSERT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason,
              testing::HasSubstr(
                  "starts \"/usr/bin/node /opt/openclaw/dist/index.js gateway --token … --password=…\""));
  expect_no_value_but_in_the_kept_unit_file();
}

// All texts of a worker, which has the keys of the gateway and may not have removed them.
TEST_F(Secrets, ThatAWorkerQuotesAreNotKept) {
  const std::string said =
      "got Bearer " + canary + ", https://ci:" + canary + "@npm.example/ and {\"token\":\"" + canary + "\"}";
  scene_.report["plugins"] = {
      {"known", true}, {"loaded", {"slack"}}, {"errors", {{{"id", "line"}, {"error", said}}}}};
  scene_.report["detail"] = said;
  scene_.canary = {{"log", {said, said}}, {"not_copied", {said}}, {"detail", said}};
  scene_.workers.answer(
      "openclaw-stage stage",
      {{"complete", false}, {"plugins", {{{"id", "x"}, {"status", "failed"}, {"reason", said}}}}});
  scene_.workers.answer("openclaw-state snapshot", {{"digest", "d1"}, {"notes", {said}}});
  ASSERT_EQ(scene_.update(), "updated") << scene_.context.reason;
  EXPECT_THAT(scene_.context.notes, Contains(testing::HasSubstr("https://***@npm.example/")));
  expect_no_value_but_in_the_kept_unit_file();
}

TEST_F(Secrets, InTheLastWordsOfACanaryAreNotKept) {
  scene_.canary = {{"ready", false}, {"running", false}, {"log", {"bad token: " + canary}}};
  ASSERT_EQ(scene_.update(), "refused");
  EXPECT_THAT(scene_.context.reason, testing::HasSubstr("its last message: bad token: ***"));
  expect_no_value_but_in_the_kept_unit_file();
}

TEST_F(Secrets, InTheErrorOfAWorkerAreNotKept) {
  scene_.workers.fail("openclaw-fetch fetch", "npm said: authorization: Basic " + canary + "1");
  ASSERT_EQ(scene_.update(), "refused");
  expect_no_value_but_in_the_kept_unit_file();
}

TEST_F(Secrets, InAKeptUnitFileAreForRootAlone) {
  ASSERT_EQ(scene_.update(), "updated");
  for (const std::string& path : files_with(canary, scene_.state_path())) {
    struct stat status = {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
  EXPECT_EQ(scene_.root.mode("state/transactions/" + scene_.context.id), 0700u);
}

}  // namespace
