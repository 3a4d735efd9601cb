// SPDX-License-Identifier: MIT
// The request file: whatever the gateway's user creates there is removed, and requests at most one update.
#include "workers/state/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "support/disk_witness.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using testing::HasSubstr;
using testing::IsEmpty;
using workers::state::longest_update_request;
using workers::state::take_update_request;

class UpdateRequest : public testing::Test {
 protected:
  // The content of the request, or "refused", "not found", or the message of another error.
  std::string take() {
    const auto taken = take_update_request(state_.path());
    if (taken) return "asked for \"" + *taken + "\"";
    message_ = taken.error().message;
    if (taken.error().kind == ErrorKind::refused) return "refused";
    if (taken.error().kind == ErrorKind::not_found) return "not found";
    return taken.error().message;
  }
  std::string asked(std::string_view content) {
    state_.write("update-request", content);
    return take();
  }
  void expect_nothing_left() const { EXPECT_THAT(state_.names(), IsEmpty()); }

  test_support::TemporaryDirectory state_;
  std::string message_;
};

TEST_F(UpdateRequest, IsItsVersionWithoutBlanks) {
  EXPECT_EQ(asked(" 2026.9.6\r\n"), "asked for \"2026.9.6\"");
  EXPECT_EQ(asked("2026.9.6"), "asked for \"2026.9.6\"");
}

TEST_F(UpdateRequest, ThatIsEmptyAsksForWhatTheChannelHas) {
  EXPECT_EQ(asked(""), "asked for \"\"");
  EXPECT_EQ(asked("\n\n"), "asked for \"\"");
}

TEST_F(UpdateRequest, IsTakenForGood) {
  const test_support::DiskWitness disk;
  EXPECT_EQ(asked("2026.9.6"), "asked for \"2026.9.6\"");
  EXPECT_NE(disk.durably_removed(".update-request.taken"), test_support::DiskWitness::never) << disk.story();
}

TEST_F(UpdateRequest, IsTakenOnce) {
  EXPECT_EQ(asked("2026.9.6"), "asked for \"2026.9.6\"");
  expect_nothing_left();
  EXPECT_EQ(take(), "not found");
}

TEST_F(UpdateRequest, CannotSteerATerminalOrForgeALine) {
  const std::string taken = asked(std::string("2026\x1b[31m.9.6\nsecond\0line", 25));
  EXPECT_EQ(taken.find('\x1b'), std::string::npos);
  EXPECT_EQ(taken.find('\n'), std::string::npos);
  EXPECT_EQ(taken.find('\0'), std::string::npos);
}

TEST_F(UpdateRequest, MayBeAsLongAsAnyVersionAndNoLonger) {
  EXPECT_EQ(asked(std::string(longest_update_request, '1')),
            "asked for \"" + std::string(longest_update_request, '1') + "\"");
  EXPECT_EQ(asked(std::string(longest_update_request + 1, '1')), "refused");
  EXPECT_THAT(message_, HasSubstr("at most 256 bytes"));
  expect_nothing_left();
}

TEST_F(UpdateRequest, OfEndlessSizeIsNotRead) {
  state_.write("update-request");
  ASSERT_EQ(::truncate(state_.path("update-request").c_str(), off_t{1} << 40), 0);
  EXPECT_EQ(take(), "refused");
  expect_nothing_left();
}

TEST_F(UpdateRequest, IsNotWhatALinkLeadsTo) {
  const test_support::TemporaryDirectory elsewhere;
  state_.symlink(elsewhere.write("secret", "2026.9.6"), "update-request");
  EXPECT_EQ(take(), "refused");
  expect_nothing_left();
  EXPECT_EQ(elsewhere.read("secret"), "2026.9.6");
}

TEST_F(UpdateRequest, ThatIsAFifoHoldsNobodyUp) {
  ASSERT_EQ(::mkfifo(state_.path("update-request").c_str(), 0600), 0);
  EXPECT_EQ(take(), "refused");
  expect_nothing_left();
}

TEST_F(UpdateRequest, ThatIsASocketIsRefused) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = state_.path("update-request");
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::close(fd);
  EXPECT_EQ(take(), "refused");
  expect_nothing_left();
}

// A file that remained would start the request unit again and again.
TEST_F(UpdateRequest, ThatIsAFolderGoesWithAllThatIsInIt) {
  state_.write("update-request/a/b/c", "x");
  ASSERT_EQ(::chmod(state_.path("update-request/a/b").c_str(), 0), 0);
  EXPECT_EQ(take(), "refused");
  expect_nothing_left();
}

TEST_F(UpdateRequest, ThatAKillLeftHalfTakenIsDroppedForTheNext) {
  state_.write(".update-request.taken", "2026.9.5");
  EXPECT_EQ(asked("2026.9.6"), "asked for \"2026.9.6\"");
  expect_nothing_left();
}

TEST_F(UpdateRequest, TakesTheNameAlsoFromAFolderThatIsInItsWay) {
  state_.write(".update-request.taken/x", "x");
  EXPECT_EQ(asked("2026.9.6"), "asked for \"2026.9.6\"");
  expect_nothing_left();
}

TEST_F(UpdateRequest, OfAFolderThatIsNotThereIsAnErrorThatNamesIt) {
  const auto taken = take_update_request(state_.path("absent"));
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr(state_.path("absent")));
}

}  // namespace
