// SPDX-License-Identifier: MIT
// Which release is selected for a rollback.
#include "update/asked_release.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "release/support/release_fixture.hpp"

namespace {

using base::ErrorKind;
using testing::AllOf;
using testing::HasSubstr;
using Pointer = release::Store::Pointer;

class AskedRelease : public test_support::ReleaseStoreTest {
 protected:
  std::string meant(const std::string& named) {
    const auto name = update::release_to_return_to(store(), named);
    EXPECT_TRUE(name) << name.error().message;
    return name.value_or("");
  }
};

TEST_F(AskedRelease, IsThePreviousOneWhereNoneIsNamed) {
  const std::string release = seal();
  ASSERT_TRUE(store().point(Pointer::previous, release));
  EXPECT_EQ(meant(""), release);
}

TEST_F(AskedRelease, IsNoneWhereNoneIsNamedAndThereIsNoPreviousOne) {
  seal();
  const auto name = update::release_to_return_to(store(), "");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().kind, ErrorKind::not_found);
}

TEST_F(AskedRelease, IsNamedByVersionOrInFull) {
  const std::string release = seal();
  EXPECT_EQ(meant("2026.9.5"), release);
  EXPECT_EQ(meant(release), release);
}

TEST_F(AskedRelease, IsTheNewestOfAVersionThatIsThereTwice) {
  const std::string first = seal("2026.9.5", nullptr, "2026-11-21T10:00:00Z");
  package_.write("dist/more.js");
  const std::string second = seal("2026.9.5", nullptr, "2026-11-22T10:00:00Z");
  ASSERT_NE(first, second);
  EXPECT_EQ(meant("2026.9.5"), second);
  EXPECT_EQ(meant(first), first);
}

TEST_F(AskedRelease, ThatIsNotKeptHereIsNotGuessed) {
  seal();
  const auto name = update::release_to_return_to(store(), "2026.9.4");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().kind, ErrorKind::not_found);
  EXPECT_THAT(name.error().message,
              AllOf(HasSubstr("2026.9.4 is not a release on this host"), HasSubstr("openclaw-update --to")));
}

TEST(ANameOfARelease, IsNoPath) {
  EXPECT_TRUE(update::require_release_name("2026.9.5"));
  EXPECT_TRUE(update::require_release_name("2026.9.5-1f3a9c2e"));
  for (const char* text : {"", "../2026.9.5", "2026.9.5/x", "."}) {
    const auto named = update::require_release_name(text);
    ASSERT_FALSE(named) << text;
    EXPECT_EQ(named.error().kind, ErrorKind::usage);
  }
}

}  // namespace
