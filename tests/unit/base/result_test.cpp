// SPDX-License-Identifier: MIT
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace {

using base::ErrorKind;
using base::Result;

TEST(Error, ReadsFromTheWidestContextToTheCause) {
  const Result<int> low = base::fail_errno(ENOSPC, "cannot write 'package.json'");
  const Result<void> high = base::pass(low.error(), "staging plugin telegram");
  ASSERT_FALSE(high);
  EXPECT_EQ(high.error().message,
            "staging plugin telegram: cannot write 'package.json': No space left on device");
}

TEST(Error, KeepsKindAndNumberOnItsWayUp) {
  const Result<int> low = base::fail_errno(EACCES, "cannot open 'x'");
  const Result<std::string> high = base::pass(low.error().in("reading the manifest"));
  EXPECT_EQ(high.error().kind, ErrorKind::system);
  EXPECT_EQ(high.error().number, EACCES);

  const Result<int> refusal = base::fail(ErrorKind::refused, "held back by configuration");
  EXPECT_EQ(refusal.error().kind, ErrorKind::refused);
  EXPECT_EQ(refusal.error().number, 0);
}

TEST(Error, GivesContextToACopyWithoutChangingTheOriginal) {
  const Result<int> original = base::fail(ErrorKind::busy, "held");
  EXPECT_EQ(original.error().in("lock").message, "lock: held");
  EXPECT_EQ(original.error().message, "held");
}

}  // namespace
