// SPDX-License-Identifier: MIT
#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace {

using base::UniqueFd;

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}
int open_something() {
  return ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

TEST(UniqueFd, ClosesWhatItOwnsWhenItGoes) {
  const int fd = open_something();
  {
    const UniqueFd owner(fd);
    EXPECT_TRUE(owner);
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, OwnsNothingAfterAMove) {
  UniqueFd from(open_something());
  const int fd = from.get();
  UniqueFd to(std::move(from));
  EXPECT_EQ(from.get(), -1);  // NOLINT(bugprone-use-after-move): what is left behind is the subject
  EXPECT_EQ(to.get(), fd);
  EXPECT_TRUE(is_open(fd));
}

TEST(UniqueFd, ClosesWhatItHeldWhenItIsGivenAnother) {
  UniqueFd owner(open_something());
  const int first = owner.get();
  const int second = open_something();
  owner = UniqueFd(second);
  EXPECT_FALSE(is_open(first));
  EXPECT_TRUE(is_open(second));
}

TEST(UniqueFd, LeavesOpenWhatIsReleased) {
  int fd = -1;
  {
    UniqueFd owner(open_something());
    fd = owner.release();
    EXPECT_FALSE(owner);
  }
  EXPECT_TRUE(is_open(fd));
  ::close(fd);
}

}  // namespace
