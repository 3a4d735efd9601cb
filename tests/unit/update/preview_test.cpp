// SPDX-License-Identifier: MIT
// What an update would do, determined before it does anything.
#include "update/preview.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "update/standing.hpp"
#include "update/support/scene.hpp"

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using update::State;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;

class APreview : public testing::Test {
 protected:
  update::Preview preview(const std::string& wanted = "latest", const std::string& to_release = "") {
    update::Context context;
    context.id = "20261121T101500Z-4f2a";
    context.unit = update_tests::gateway;
    context.asked.wanted = wanted;
    context.to.release = to_release;
    return update::preview_update(scene_.setup(), context);
  }
  static std::vector<std::string> names(const update::Preview& preview) {
    std::vector<std::string> all;
    for (const auto& row : update::states_ahead(preview)) all.emplace_back(row.name);
    return all;
  }

  Scene scene_;
};

TEST_F(APreview, ShowsTheWholeWayToANewRelease) {
  const auto seen = preview();
  EXPECT_EQ(seen.context.from.version, old_version);
  EXPECT_EQ(seen.context.to.version, new_version);
  EXPECT_THAT(names(seen), ElementsAre("plan", "fetch", "stage", "validate", "canary", "snapshot", "stop",
                                       "promote", "migrate", "start", "verify", "commit"));
}

TEST_F(APreview, DoesNothing) {
  preview();
  EXPECT_EQ(scene_.current(), old_version);
  EXPECT_FALSE(scene_.is_open());
  EXPECT_THAT(scene_.observer.states, IsEmpty());
  EXPECT_FALSE(scene_.root.exists("state/transactions"));
}

TEST_F(APreview, HasNoCanaryWhereTheSettingsHaveNone) {
  scene_.settings.canary.boot = false;
  EXPECT_THAT(names(preview()), Not(Contains("canary")));
}

TEST_F(APreview, DownloadsNothingThatIsSealedAlready) {
  scene_.seal(new_version, "sha512-new");
  EXPECT_THAT(names(preview()), Not(Contains("fetch")));
}

TEST_F(APreview, OfAReturnHasNeitherDownloadNorCanary) {
  const std::string release = scene_.seal("2026.7.9");
  const auto seen = preview("", release);
  EXPECT_EQ(seen.context.to.version, "2026.7.9");
  EXPECT_THAT(names(seen), Not(testing::AnyOf(Contains("fetch"), Contains("canary"))));
}

TEST_F(APreview, SaysThatNothingWouldBeDone) {
  scene_.workers.answer("openclaw-fetch resolve", {{"version", old_version}, {"integrity", "sha512-old"}});
  const auto seen = preview();
  EXPECT_EQ(seen.next, State::up_to_date);
  EXPECT_THAT(names(seen), IsEmpty());
}

TEST_F(APreview, SaysWhyItWouldBeRefused) {
  ASSERT_TRUE(update::set_hold(scene_.state_fd(), {"holidays"}));
  const auto seen = preview();
  EXPECT_EQ(seen.next, State::refused);
  EXPECT_THAT(seen.reason, HasSubstr("holidays"));
  EXPECT_THAT(names(seen), IsEmpty());
}

}  // namespace
