// SPDX-License-Identifier: MIT
// Sources of somebody who wants to get at something, or to have it sealed.
#include "release/copy.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "release/support/release_fixture.hpp"

namespace {

using base::ErrorKind;
using release::CopyLimits;
using test_support::TemporaryDirectory;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class HostileSource : public test_support::ReleaseStoreTest {
 protected:
  void TearDown() override {
    if (expect_nothing_left_) {
      EXPECT_THAT(state_.names("releases"), IsEmpty());
    }
  }
  bool expect_nothing_left_ = true;

  // A copy with limits that a test can reach.
  std::string refusal_with(const CopyLimits& limits) const {
    TemporaryDirectory target;
    release::SealStats stats;
    release::CopyRequest request;
    request.source_fd = package_.fd();
    request.target_fd = target.fd();
    request.limits = limits;
    const auto copied = release::copy_sealed(request, stats);
    EXPECT_FALSE(copied);
    if (copied) return "";
    EXPECT_EQ(copied.error().kind, ErrorKind::refused);
    return copied.error().message;
  }

  // What is said when `change` happens after the first file was copied and all folders above it were listed.
  std::string refusal_when(const std::function<void()>& change) const {
    const auto once = [&](std::uint64_t files) {
      if (files == 1) change();
    };
    const auto release = store().seal(package_.fd(), describe("2026.9.5"), once);
    EXPECT_FALSE(release);
    if (release) return "";
    EXPECT_EQ(release.error().kind, ErrorKind::refused) << release.error().message;
    return release.error().message;
  }
};

TEST_F(HostileSource, WithALinkThatLeadsOutIsRefusedByName) {
  for (const char* const target :
       {"/etc/passwd", "../../outside", "../..", "..//../x", "zod/../../..", "a/../b", "/"}) {
    ::unlink(package_.path("node_modules/link").c_str());
    package_.symlink(target, "node_modules/link");
    EXPECT_THAT(refusal(), AllOf(HasSubstr("'node_modules/link'"), HasSubstr("may point outside of")))
        << target;
  }
}

TEST_F(HostileSource, CannotCombineInwardLinksIntoAnOutwardOne) {
  // As text, deep/up/../x stays inside; as the kernel walks it, deep/up is the top and ".." is above it.
  package_.mkdir("deep");
  package_.symlink("..", "deep/up");
  package_.symlink("deep/up/../x", "out");
  EXPECT_THAT(refusal(), HasSubstr("'out'"));
}

TEST_F(HostileSource, MayHaveLinksThatStayInside) {
  expect_nothing_left_ = false;
  package_.symlink("..", "deep/up");
  package_.symlink("../node_modules/zod", "deep/zod");
  package_.symlink("./not/there", "dangling");
  const std::string name = seal();
  EXPECT_EQ(state_.read_link(in(name, "deep/zod")), "../node_modules/zod");
  EXPECT_TRUE(store().verify(name));
}

TEST_F(HostileSource, WithAFifoIsRefusedWithoutWaitingForAWriter) {
  ASSERT_EQ(::mkfifo(package_.path("dist/pipe").c_str(), 0644), 0);
  EXPECT_THAT(refusal(), HasSubstr("'dist/pipe': it is a FIFO"));
}

TEST_F(HostileSource, ThatBecomesAFifoAfterItWasListedIsRefused) {
  TemporaryDirectory flat;  // one folder, listed in one read
  for (int i = 0; i < 8; ++i) flat.write("file" + std::to_string(i), "x");
  const auto swap_all = [&](std::uint64_t) {
    for (int i = 0; i < 8; ++i) {
      const std::string file = flat.path("file" + std::to_string(i));
      ::unlink(file.c_str());
      ::mkfifo(file.c_str(), 0644);
    }
  };
  const auto release = store().seal(flat.fd(), describe("2026.9.5"), swap_all);
  ASSERT_FALSE(release);
  EXPECT_THAT(release.error().message, HasSubstr("changed while it was copied"));
}

TEST_F(HostileSource, ThatBecomesALinkAfterItWasListedIsRefused) {
  TemporaryDirectory flat, elsewhere;
  const std::string secret = elsewhere.write("secret", "secret");
  for (int i = 0; i < 8; ++i) flat.write("file" + std::to_string(i), "x");
  const auto swap_all = [&](std::uint64_t) {
    for (int i = 0; i < 8; ++i) {
      ::unlink(flat.path("file" + std::to_string(i)).c_str());
      flat.symlink(secret, "file" + std::to_string(i));
    }
  };
  const auto release = store().seal(flat.fd(), describe("2026.9.5"), swap_all);
  ASSERT_FALSE(release);
  EXPECT_THAT(release.error().message, HasSubstr("changed while it was copied"));
}

TEST_F(HostileSource, WhoseFolderBecomesALinkIsRefused) {
  const std::string message = refusal_when([&] {
    for (const char* const folder : {"dist", "node_modules"}) {
      ::rename(package_.path(folder).c_str(), package_.path(std::string(folder) + ".away").c_str());
      package_.symlink("/etc", folder);
    }
  });
  EXPECT_THAT(message, HasSubstr("changed while it was copied"));
}

TEST_F(HostileSource, CannotPublishAnotherUsersSecretByAHardLink) {
  package_.write("dist/shadow", "root:$6$", 0600);  // ours, as if linked there without fs.protected_hardlinks
  if (::chown(package_.path().c_str(), 4242, 4242) != 0) GTEST_SKIP() << "may not play both users";
  EXPECT_THAT(refusal(), AllOf(HasSubstr("'dist/shadow'"), HasSubstr("belongs to another user")));
}

TEST_F(HostileSource, WithANameThatCouldSteerATerminalIsRefused) {
  for (const char* const name : {"dist/\x1b[2Jx.js", "dist/line\nbreak.js", "dist/\xff\xfe.js"}) {
    package_.write(name, "x");
    const std::string message = refusal();
    EXPECT_THAT(message, HasSubstr("not printable"));
    EXPECT_EQ(message.find('\x1b'), std::string::npos);
    ::unlink(package_.path(name).c_str());
  }
}

TEST_F(HostileSource, WithoutEndIsRefusedAtALimit) {
  EXPECT_THAT(refusal_with({.entries = 5}), HasSubstr("more than 5 entries"));
  EXPECT_THAT(refusal_with({.bytes = 1000}), HasSubstr("more than 1.0 kB"));
  package_.write("1/2/3/4/5", "x");
  EXPECT_THAT(refusal_with({.depth = 3}), HasSubstr("'1/2/3/4': more than 3 folders deep"));
}

TEST_F(HostileSource, WithASparseFileBeyondAllMeasureIsRefusedBeforeItIsRead) {
  ASSERT_EQ(::truncate(package_.write("dist/huge").c_str(), off_t{1} << 43), 0);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("'dist/huge'"), HasSubstr("for OpenClaw")));
}

TEST_F(HostileSource, LosesSetuidBits) {
  expect_nothing_left_ = false;
  ::chmod(package_.path("openclaw.mjs").c_str(), 06755);
  EXPECT_EQ(state_.mode(in(seal(), "openclaw.mjs")), 0555U);
}

// Whatever the race brings: either nothing is sealed, or exactly what the manifest says.
// As a file that grows between the look at its size and its reading; those of /proc have a size of 0 always.
TEST_F(HostileSource, WithMoreInAFileThanItsSizeIsRefused) {
  const base::UniqueFd proc(::open("/proc/sys/kernel/random", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_TRUE(proc);
  const auto release = store().seal(proc.get(), describe("2026.9.5"), {});
  ASSERT_FALSE(release);
  EXPECT_THAT(release.error().message, HasSubstr("changed while it was copied"));
}

TEST_F(HostileSource, ThatIsWrittenAllTheTimeIsRefusedOrSealedAsHashed) {
  expect_nothing_left_ = false;
  package_.write("dist/chunk-AbC123.js", std::string(4'000'000, 'a'));
  const std::string first = seal("2026.9.4");  // so that the path with an earlier equal is taken too
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    const int fd = ::open(package_.path("dist/chunk-AbC123.js").c_str(), O_RDWR | O_CLOEXEC);
    const std::string block(5'000, 'b');
    for (off_t round = 0; !stop; ++round) {
      if (::pwrite(fd, block.data(), block.size(), (round * 7919) % 3'900'000) < 0) break;
      if (round % 64 == 0 && ::ftruncate(fd, 4'000'000 + round % 3) != 0) break;
    }
    ::close(fd);
  });
  for (int i = 0; i < 20; ++i) {
    const auto release = store().seal(package_.fd(), describe("2026.9.5"), {});
    if (!release) {
      EXPECT_THAT(release.error().message, HasSubstr("changed while it was copied"));
      continue;
    }
    const auto verified = store().verify(release->name);
    EXPECT_TRUE(verified) << verified.error().message;
  }
  stop = true;
  writer.join();
  EXPECT_TRUE(store().verify(first));
}

}  // namespace
