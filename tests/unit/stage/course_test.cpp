// SPDX-License-Identifier: MIT
// How a run carries out its plan.
#include "stage/course.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using stage::Action;
using stage::Applied;
using testing::HasSubstr;

// Something reverts its action each time.
class Endless final : public stage::Course {
 public:
  base::Result<void> observe() override { return {}; }
  [[nodiscard]] std::vector<Action> plan() const override {
    return {{Action::Kind::install_plugin, "slack", "@openclaw/slack@2026.5.12"}};
  }
  base::Result<Applied> apply(const Action& /*action*/) override {
    if (++applied > 10000) return base::fail(base::ErrorKind::refused, "it does not end");
    return Applied::look_again;
  }
  void judge() override { ++judged; }
  int applied = 0, judged = 0;
};

TEST(ACourse, EndsWhereAnActionIsNeededAgainAndAgain) {
  Endless course;
  stage::Outcome outcome;
  const auto followed = stage::follow(course, false, outcome);
  ASSERT_FALSE(followed);
  EXPECT_THAT(followed.error().message, HasSubstr("installing plugin slack was needed again"));
  EXPECT_THAT(followed.error().message, HasSubstr("`openclaw-install-deps`"));
  EXPECT_EQ(course.judged, 1);
}

}  // namespace
