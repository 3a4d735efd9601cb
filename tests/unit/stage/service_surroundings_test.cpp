// SPDX-License-Identifier: MIT
// Progress reports to the service manager, and extensions of its timeout.
#include "stage/service_surroundings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/recording_notifier.hpp"

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class AServiceThatStages : public testing::Test {
 protected:
  AServiceThatStages() {
    progress_.client = "npm 11.21.2";
    progress_.elapsed = 95s;
    progress_.since_activity = 1s;
    unit_.phase("staging 44 packages");
  }

  test_support::RecordingNotifier manager_;
  stage::ServiceSurroundings unit_{manager_};
  npm::Progress progress_;
};

TEST_F(AServiceThatStages, SaysWhatItBeginsAndGetsTimeForIt) {
  EXPECT_THAT(manager_.said, ElementsAre("staging 44 packages"));
  EXPECT_EQ(manager_.extended, 1);
}

TEST_F(AServiceThatStages, GetsMoreTimeWhileThePackageClientWorks) {
  progress_.last_line = "reify grammy";
  unit_.progress(progress_);
  EXPECT_EQ(manager_.extended, 2);
  EXPECT_EQ(manager_.said.back(), "staging 44 packages with npm 11.21.2, 1 min 35 s: reify grammy");
}

TEST_F(AServiceThatStages, GetsNoMoreTimeForAPackageClientThatDoesNothing) {
  progress_.since_activity = 31s;
  unit_.progress(progress_);
  EXPECT_EQ(manager_.extended, 1);
  EXPECT_EQ(manager_.said.back(), "staging 44 packages with npm 11.21.2, 1 min 35 s");
}

TEST_F(AServiceThatStages, SaysThatRequestsAreOnlyRetried) {
  progress_.last_line = "http fetch";
  progress_.retrying = "ETIMEDOUT";
  unit_.progress(progress_);
  EXPECT_EQ(
      manager_.said.back(),
      "staging 44 packages with npm 11.21.2, 1 min 35 s: requests fail and are only retried: ETIMEDOUT");
}

}  // namespace
