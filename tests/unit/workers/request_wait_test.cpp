// SPDX-License-Identifier: MIT
#include "workers/request_wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "support/temporary_directory.hpp"

namespace {

using std::chrono::milliseconds;
using workers::wait_for_request;

TEST(WaitForRequest, EndsAtOnceWhenItIsThere) {
  const test_support::TemporaryDirectory folder;
  EXPECT_TRUE(wait_for_request(folder.write("request.json", "{}"), milliseconds(0)));
}

TEST(WaitForRequest, EndsWhenItIsRenamedIntoPlace) {
  const test_support::TemporaryDirectory folder;
  const std::string draft = folder.write(".draft", "{}");
  std::thread writer([&] {
    std::this_thread::sleep_for(milliseconds(30));
    std::rename(draft.c_str(), folder.path("request.json").c_str());
  });
  EXPECT_TRUE(wait_for_request(folder.path("request.json"), std::chrono::seconds(60)));
  writer.join();
}

TEST(WaitForRequest, TakesNoOtherFileForIt) {
  const test_support::TemporaryDirectory folder;
  const std::string draft = folder.write(".draft", "{}");
  std::rename(draft.c_str(), folder.path("other.json").c_str());
  const auto came = wait_for_request(folder.path("request.json"), milliseconds(30));
  ASSERT_FALSE(came);
  EXPECT_EQ(came.error().kind, base::ErrorKind::unavailable);
  EXPECT_THAT(came.error().message, testing::HasSubstr("request.json"));
}

TEST(WaitForRequest, FailsAtOnceWithoutTheFolder) {
  const test_support::TemporaryDirectory folder;
  const auto came = wait_for_request(folder.path("none/request.json"), std::chrono::seconds(60));
  ASSERT_FALSE(came);
  EXPECT_NE(came.error().kind, base::ErrorKind::unavailable);
}

TEST(WaitForDismissal, EndsWhenTheRequestIsTakenAway) {
  const test_support::TemporaryDirectory folder;
  const std::string request = folder.write("request.json", "{}");
  std::atomic<bool> dismissed = false;
  std::thread updater([&] {
    std::this_thread::sleep_for(milliseconds(30));
    dismissed = true;
    std::remove(request.c_str());
  });
  workers::wait_for_dismissal(request, std::chrono::seconds(60));
  EXPECT_TRUE(dismissed);
  updater.join();
}

TEST(WaitForDismissal, EndsByItselfWhenNobodyComes) {
  const test_support::TemporaryDirectory folder;
  workers::wait_for_dismissal(folder.write("request.json", "{}"), milliseconds(20));
  EXPECT_TRUE(folder.exists("request.json"));
}

}  // namespace
