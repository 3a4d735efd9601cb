// SPDX-License-Identifier: MIT
// Questions that a child answers as another user.
#include "process/ask_as.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "base/unique_fd.hpp"
#include "fs/child_process.hpp"

namespace {

using base::ErrorKind;
using process::ask_as;
using testing::HasSubstr;

process::Asked as_myself() {
  return {.as = {::geteuid(), ::getegid(), {::getegid()}}};
}

// One that did not answer was killed. It may have been dead by the time that it was looked for, or may be
// waited for here; one that lives would be waited for in vain.
void ends_its_children() {
  while (::wait(nullptr) > 0 || errno == EINTR) continue;
  EXPECT_EQ(errno, ECHILD);
}

TEST(AQuestion, IsAnsweredByAProcessOfItsOwn) {
  int touched = 0;
  const auto answer = ask_as(as_myself(), [&] {
    ++touched;
    return std::to_string(::getpid());
  });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_NE(*answer, std::to_string(::getpid()));
  EXPECT_EQ(touched, 0);
}

TEST(AQuestion, IsAnsweredByTheUserAloneAndForGood) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const auto nobody = process::account_of("nobody");
  ASSERT_TRUE(nobody) << nobody.error().message;
  const auto answer = ask_as({.as = *nobody}, [] {
    const bool is_back = ::setuid(0) == 0;
    return std::to_string(::getuid()) + (is_back ? " came back" : "") +
           (::access("/etc/shadow", R_OK) == 0 ? " reads secrets" : "") +
           (::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 ? " can be looked into" : "");
  });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, std::to_string(nobody->uid));
}

TEST(AQuestion, IsAnsweredWithTheGroupsOfTheUserAlone) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can have other groups";
  const auto answer = ask_as({.as = {4711, 4712, {4713}}}, [] {
    std::array<gid_t, 8> groups{};
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    return std::to_string(::getgid()) + " " + std::to_string(::getegid()) + ", " + std::to_string(count) +
           ": " + std::to_string(groups[0]);
  });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, "4712 4712, 1: 4713");
}

TEST(AQuestion, IsAnsweredWithoutTheFilesThatAreOpenHere) {
  const base::UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const base::UniqueFd far(::fcntl(first.get(), F_DUPFD_CLOEXEC, 200));
  ASSERT_TRUE(first && far);
  const auto answer = ask_as(as_myself(), [&] {
    return std::to_string(::fcntl(first.get(), F_GETFD)) + " " + std::to_string(::fcntl(far.get(), F_GETFD));
  });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, "-1 -1");
}

TEST(AQuestion, OfAnotherUserIsRefusedToWhoeverIsNotRoot) {
  EXPECT_TRUE(test_support::true_without_root([] {
    const auto answer = ask_as({.as = {::geteuid() - 1, ::getegid(), {}}}, [] { return std::string("x"); });
    return !answer && answer.error().kind == ErrorKind::refused;
  }));
}

TEST(AQuestion, WithoutAnAnswerFails) {
  const auto thrown = ask_as(as_myself(), []() -> std::string { throw std::runtime_error("x"); });
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().kind, ErrorKind::unavailable);
  process::Asked impatient = as_myself();
  impatient.patience = std::chrono::milliseconds(50);
  EXPECT_FALSE(ask_as(impatient, [] {
    ::pause();
    return std::string();
  }));
  ends_its_children();
}

TEST(AQuestion, WithTooLongAnAnswerFails) {
  process::Asked few = as_myself();
  few.most_bytes = 10;
  EXPECT_FALSE(ask_as(few, [] { return std::string(100'000, 'x'); }));
  ends_its_children();
  EXPECT_TRUE(ask_as(few, [] { return std::string(10, 'x'); }));
}

TEST(AnAccount, IsFoundByNameAndNumber) {
  const auto by_name = process::account_of("root");
  const auto by_number = process::account_of("0");
  ASSERT_TRUE(by_name && by_number);
  EXPECT_EQ(by_name->uid, 0U);
  EXPECT_EQ(by_number->groups, by_name->groups);
  const auto nobody = process::account_of("no-such-user");
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, HasSubstr("no-such-user"));
}

}  // namespace
