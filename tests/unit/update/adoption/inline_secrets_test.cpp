// SPDX-License-Identifier: MIT
// A unit that contains secrets: they are named, never shown, and moved by the commands in the note.
#include "update/adoption/inline_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "update/adoption/support/host.hpp"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class AUnitWithSecrets : public update_tests::Host {
 protected:
  AUnitWithSecrets() {
    package("lib/node_modules/openclaw");
    definition().exec_start = {node("bin/node"), root.path("lib/node_modules/openclaw/dist/index.js"),
                               "gateway"};
  }
  void has(const std::string& lines, const Words& names) {
    manager.unit(unit).status.fragment_path =
        etc.write("system/claw.service", "[Service]\nUser=nobody\n" + lines);
    for (const auto& name : names) definition().environment_keys.push_back(name);
  }
  std::string note() {
    for (const auto& text : notes()) {
      EXPECT_THAT(text, Not(HasSubstr("s3cret")));
      if (text.find("every user can read it") != std::string::npos) return text;
    }
    return "";
  }
  // Runs the commands between "this moves it: " and the remark after them; systemctl(1) of this test is
  // true(1).
  void follow(const std::string& text) {
    constexpr std::string_view before = ": ";
    const std::size_t at = text.find(before, text.find("; this moves "));
    ASSERT_NE(at, std::string::npos) << text;
    const std::string commands = text.substr(at + before.size(), text.rfind(" (adopt") - at - before.size());
    ASSERT_EQ(std::system(("set -e\nsystemctl() { true; }\n" + commands).c_str()), 0) << commands;
  }
};

TEST_F(AUnitWithSecrets, IsAdoptedWithTheCommandsThatMoveThem) {
  has("Environment=OPENCLAW_GATEWAY_TOKEN=s3cret-1\nEnvironment=\"A_PASSWORD=s3cret "
      "2\"\nEnvironment=MODE=s3cret\n",
      {"OPENCLAW_GATEWAY_TOKEN", "A_PASSWORD", "MODE"});
  const auto file = etc.write("claw.env", "OLD=s3cret-0\n", 0644);
  definition().environment_files = {{file, false}};
  const std::string text = note();
  EXPECT_THAT(text, AllOf(HasSubstr("OPENCLAW_GATEWAY_TOKEN, A_PASSWORD are set in claw.service"),
                          Not(HasSubstr("MODE"))));
  follow(text);
  EXPECT_EQ(etc.read("claw.env"), "OLD=s3cret-0\nOPENCLAW_GATEWAY_TOKEN=s3cret-1\nA_PASSWORD=s3cret 2\n");
  EXPECT_EQ(etc.mode("claw.env"), 0600U);
  EXPECT_EQ(etc.read("system/claw.service"), "[Service]\nUser=nobody\nEnvironment=MODE=s3cret\n");
}

TEST_F(AUnitWithSecrets, WithoutAFileForThemIsGivenOne) {
  has("Environment=OPENCLAW_GATEWAY_TOKEN=s3cret-1\n", {"OPENCLAW_GATEWAY_TOKEN"});
  std::string text = note();
  const std::string file = "/etc/openclaw/claw.env";
  ASSERT_THAT(text, HasSubstr("install -m 0600 /dev/null '" + file + "'"));
  for (std::size_t at = 0; (at = text.find(file, at)) != std::string::npos;) {
    text.replace(at, file.size(), etc.path("x.env"));
  }
  follow(text);
  EXPECT_EQ(etc.read("x.env"), "OPENCLAW_GATEWAY_TOKEN=s3cret-1\n");
  EXPECT_EQ(etc.mode("x.env"), 0600U);
  EXPECT_EQ(etc.read("system/claw.service.d/40-environment.conf"),
            "[Service]\nEnvironmentFile=" + etc.path("x.env") + "\n");
}

TEST_F(AUnitWithSecrets, InALineOfSeveralIsLeftToAnOperator) {
  has("Environment=\"A_KEY=s3cret\" B=s3cret\nEnvironment=C_TOKEN=s3cret\\x20d\n", {"A_KEY", "C_TOKEN"});
  definition().environment_files = {{etc.write("claw.env", ""), false}};
  EXPECT_THAT(note(), AllOf(HasSubstr("put A_KEY=..., C_TOKEN=... into " + etc.path("claw.env") + " by hand"),
                            Not(HasSubstr("sed"))));
}

TEST_F(AUnitWithSecrets, HasNoneWhereNamesSpeakOfOtherThings) {
  has("Environment=KEYBOARD=de\nEnvironment=MONKEY=1\n", {"KEYBOARD", "MONKEY"});
  EXPECT_THAT(note(), IsEmpty());
}

}  // namespace
