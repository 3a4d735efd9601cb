// SPDX-License-Identifier: MIT
#include "openclaw/external_catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/temporary_directory.hpp"

namespace {

using openclaw::ExternalCatalog;
using testing::ElementsAre;
using testing::HasSubstr;

// Entries as 2026.5.12 and 2026.9.6 have them.
constexpr const char* channels = R"({"entries":[
  {"name":"@openclaw/slack","kind":"channel","openclaw":{"channel":{"id":"slack"},
   "install":{"npmSpec":"@openclaw/slack","minHostVersion":">=2026.5.12-beta.1"}}},
  {"name":"@wecom/wecom-openclaw-plugin","openclaw":{"plugin":{"id":"wecom-openclaw-plugin"},"channel":{"id":"wecom"},
   "install":{"npmSpec":"@wecom/wecom-openclaw-plugin@2026.5.7","expectedIntegrity":"sha512-x"}}},
  {"name":"@tencent-connect/openclaw-qqbot","openclaw":{"plugin":{"id":"openclaw-qqbot"},
   "channel":{"id":"qqbot","envVars":["QQBOT_APP_ID","QQ_TOKEN"]},"install":{"npmSpec":"@tencent-connect/openclaw-qqbot@2.0.3"}}},
  {"name":"@openclaw/nextcloud-talk","openclaw":{"channel":{"id":"nextcloud-talk"},"install":{}}},
  {"name":"../../evil","openclaw":{"channel":{"id":"evil"},"install":{}}},
  {"name":"@openclaw/flag","openclaw":{"channel":{"id":"flag"},"install":{"npmSpec":"@openclaw/flag@1.0 --force"}}},
  "not an entry"]})";
constexpr const char* plugins = R"({"entries":[
  {"name":"@openclaw/brave-plugin","openclaw":{"plugin":{"id":"brave"},"webSearchProviders":[{"id":"brave"}],
   "install":{"npmSpec":"@openclaw/brave-plugin"}}},
  {"name":"@openclaw/other","openclaw":{"plugin":{"id":"slack"},"install":{}}}]})";
constexpr const char* providers = R"({"entries":[
  {"name":"@openclaw/codex","openclaw":{"providers":[{"id":"codex"}],"contracts":{"webSearchProviders":["cx"]},"install":{}}}]})";

class Catalog : public testing::Test {
 protected:
  Catalog() { place.write("package.json", R"({"name":"openclaw","version":"2026.5.12"})"); }

  [[nodiscard]] base::Result<ExternalCatalog> read() const {
    const auto package = openclaw::read_package(place.path());
    if (!package) return base::pass(package.error());
    return openclaw::read_external_catalog(*package);
  }
  void write_all() const {
    place.write("scripts/lib/official-external-channel-catalog.json", channels);
    place.write("scripts/lib/official-external-plugin-catalog.json", plugins);
    place.write("scripts/lib/official-external-provider-catalog.json", providers);
  }

  test_support::TemporaryDirectory place;
};

TEST_F(Catalog, NamesThePackageOfEachId) {
  write_all();
  const auto catalog = read();
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ(catalog->at("slack").package, "@openclaw/slack") << "the first catalogue wins";
  EXPECT_EQ(catalog->at("brave").package, "@openclaw/brave-plugin");
  EXPECT_EQ(catalog->at("codex").package, "@openclaw/codex") << "id of the first provider";
  EXPECT_EQ(catalog->at("openclaw-qqbot").channel, "qqbot");
}

TEST_F(Catalog, KeepsAThirdPartysPinAndGivesItsOwnPluginsTheCoresVersion) {
  write_all();
  const auto catalog = read();
  ASSERT_TRUE(catalog);
  EXPECT_EQ(openclaw::version_for_core(catalog->at("wecom-openclaw-plugin"), "2026.5.12"), "2026.5.7");
  EXPECT_EQ(openclaw::version_for_core(catalog->at("slack"), "2026.5.12"), "2026.5.12");
}

TEST_F(Catalog, PassesOverWhatNpmWouldNotTakeForAName) {
  write_all();
  const auto catalog = read();
  ASSERT_TRUE(catalog);
  EXPECT_FALSE(catalog->contains("evil"));
  EXPECT_FALSE(catalog->contains("flag"));
}

TEST_F(Catalog, KnowsWebSearchProviders) {
  write_all();
  const auto catalog = read();
  ASSERT_TRUE(catalog);
  EXPECT_THAT(catalog->at("brave").web_search_providers, ElementsAre("brave"));
  EXPECT_THAT(catalog->at("codex").web_search_providers, ElementsAre("cx"));
}

TEST_F(Catalog, TakesVariablesByPrefixAndByName) {
  write_all();
  const auto catalog = read();
  ASSERT_TRUE(catalog);
  EXPECT_TRUE(openclaw::configures_channel(catalog->at("slack"), "SLACK_BOT_TOKEN"));
  EXPECT_FALSE(openclaw::configures_channel(catalog->at("slack"), "SLACKER"));
  EXPECT_TRUE(openclaw::configures_channel(catalog->at("nextcloud-talk"), "NEXTCLOUD_TALK_URL"));
  EXPECT_TRUE(openclaw::configures_channel(catalog->at("openclaw-qqbot"), "QQ_TOKEN"));
  EXPECT_FALSE(openclaw::configures_channel(catalog->at("brave"), "BRAVE_API_KEY")) << "no channel";
}

TEST_F(Catalog, FallsBackToTheMergedChannelCatalogue) {
  place.write("dist/channel-catalog.json", channels);
  const auto catalog = read();
  ASSERT_TRUE(catalog);
  EXPECT_TRUE(catalog->contains("slack"));
}

TEST_F(Catalog, IsEmptyWhereThePackageHasNone) {
  const auto catalog = read();
  ASSERT_TRUE(catalog);
  EXPECT_TRUE(catalog->empty());
}

TEST_F(Catalog, NamesABrokenFile) {
  place.write("scripts/lib/official-external-plugin-catalog.json", "{");
  const auto catalog = read();
  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().kind, base::ErrorKind::bad_input);
  EXPECT_THAT(catalog.error().message, HasSubstr("official-external-plugin-catalog.json"));
}

}  // namespace
