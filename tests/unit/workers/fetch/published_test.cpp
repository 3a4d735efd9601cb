// SPDX-License-Identifier: MIT
#include "workers/fetch/published.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using fs::syscalls::Call;
using test_support::TemporaryDirectory;
using testing::HasSubstr;

class Published : public testing::Test {
 protected:
  Published() {
    package_.write("package.json", R"({"name": "openclaw"})");
    package_.write("dist/entry.js", "1");
  }

  TemporaryDirectory package_;
};

TEST_F(Published, NamesAFileThatIsMissing) {
  const auto published = workers::published_files(package_.path());
  ASSERT_TRUE(published) << published.error().message;
  ASSERT_TRUE(workers::verify_as_published(*published, package_.path()));
  ASSERT_EQ(::unlink(package_.path("dist/entry.js").c_str()), 0);
  const auto verified = workers::verify_as_published(*published, package_.path());
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().kind, base::ErrorKind::integrity);
  EXPECT_THAT(verified.error().message, HasSubstr("'dist/entry.js' is missing"));
}

TEST_F(Published, TakesNoDiskThatFailsForAFileThatIsMissing) {
  const auto published = workers::published_files(package_.path());
  ASSERT_TRUE(published) << published.error().message;
  const test_support::Refusals disk([](Call call, std::string_view name) {
    return call == Call::openat2 && name == "dist/entry.js" ? EIO : 0;
  });
  const auto verified = workers::verify_as_published(*published, package_.path());
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().kind, base::ErrorKind::system);
  EXPECT_EQ(verified.error().number, EIO);
}

}  // namespace
