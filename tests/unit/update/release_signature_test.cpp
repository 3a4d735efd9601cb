// SPDX-License-Identifier: MIT
// Signatures of archives, made and verified by the real ssh-keygen.
#include "update/release_signature.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/unique_fd.hpp"
#include "process/run.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using testing::AllOf;
using testing::HasSubstr;
using update::VerifiedSignature;

constexpr const char* ssh_keygen = "/usr/bin/ssh-keygen";

class SignatureOfAnArchive : public testing::Test {
 protected:
  void SetUp() override {
    if (::access(ssh_keygen, X_OK) != 0) GTEST_SKIP() << "ssh-keygen is not installed (openssh-client)";
    content_ = std::string(300'000, 'a') + "the end";  // more than a pipe holds
    folder_.write("release.tar", content_);
    make_key("key");
    allow("key");
  }
  void run(const std::vector<std::string>& arguments) const {
    process::Command command;
    command.arguments = {ssh_keygen};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.environment = {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C"}};
    command.directory = folder_.path();
    const auto outcome = process::run(command, {});
    ASSERT_TRUE(outcome) << outcome.error().message;
    ASSERT_EQ(outcome->exit_status, 0) << outcome->output;
  }
  void make_key(const std::string& name) const {
    run({"-q", "-t", "ed25519", "-N", "", "-C", "", "-f", name});
  }
  void allow(const std::string& key) const {
    folder_.write("allowed", "release@example.org " + folder_.read(key + ".pub"));
  }
  void sign(const std::string& key = "key", const std::string& purpose = "openclaw-release") const {
    run({"-Y", "sign", "-n", purpose, "-f", key, "release.tar"});
  }
  [[nodiscard]] base::Result<VerifiedSignature> verify() const {
    const base::UniqueFd file(::open(folder_.path("release.tar").c_str(), O_RDONLY | O_CLOEXEC));
    auto verified =
        update::verify_signature(folder_.path("release.tar"), file.get(), folder_.path("allowed"));
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 0) << "the archive is read from its start afterwards";
    return verified;
  }
  [[nodiscard]] base::Error refusal() const {
    const auto verified = verify();
    EXPECT_FALSE(verified);
    return verified ? base::Error{} : verified.error();
  }

  test_support::TemporaryDirectory folder_;
  std::string content_;
};

TEST_F(SignatureOfAnArchive, NamesWhoseKeyMadeItAndWhatWasVerified) {
  sign();
  const auto verified = verify();
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->signer, "release@example.org");
  EXPECT_EQ(verified->sha256, base::sha256_hex(content_));
}

TEST_F(SignatureOfAnArchive, ThatIsMissingIsRefusedWithTheCommandThatMakesOne) {
  const auto error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::refused);
  EXPECT_THAT(error.message, AllOf(HasSubstr("release.tar.sig"), HasSubstr("import-key="),
                                   HasSubstr("ssh-keygen -Y sign -f KEY -n openclaw-release")));
}

TEST_F(SignatureOfAnArchive, OfAKeyThatIsNotInTheListIsRefused) {
  make_key("other");
  sign("other");
  const auto error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::refused);
  EXPECT_THAT(error.message, HasSubstr(folder_.path("allowed")));
}

TEST_F(SignatureOfAnArchive, WithOneOfSeveralKeysOfTheListIsValid) {
  make_key("other");
  folder_.write("allowed", "first@example.org " + folder_.read("key.pub") + "second@example.org " +
                               folder_.read("other.pub"));
  sign("other");
  const auto verified = verify();
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->signer, "second@example.org");
}

TEST_F(SignatureOfAnArchive, DoesNotFitAnArchiveThatWasChangedAfterwards) {
  sign();
  content_.back() = 'D';
  folder_.write("release.tar", content_);
  const auto error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::integrity);
  EXPECT_THAT(error.message, HasSubstr("changed after it was signed"));
}

TEST_F(SignatureOfAnArchive, IsNotSaidToDifferFromAnArchiveThatCannotBeRead) {
  sign();
  // The kernel answers a read at its start with EIO, as a disk that fails does.
  const base::UniqueFd failing(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  const auto verified =
      update::verify_signature(folder_.path("release.tar"), failing.get(), folder_.path("allowed"));
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().number, EIO);
  EXPECT_THAT(verified.error().message, HasSubstr("release.tar"));
}

TEST_F(SignatureOfAnArchive, ThatWasMadeForSomethingElseIsNotValid) {
  sign("key", "file");
  EXPECT_EQ(refusal().kind, ErrorKind::integrity);
}

TEST_F(SignatureOfAnArchive, ThatIsNoneIsRefused) {
  folder_.write("release.tar.sig", "a letter to somebody\n");
  EXPECT_EQ(refusal().kind, ErrorKind::refused);
}

TEST_F(SignatureOfAnArchive, IsNotVerifiedWithoutTheList) {
  sign();
  ::unlink(folder_.path("allowed").c_str());
  EXPECT_THAT(refusal().message, AllOf(HasSubstr("import-key= in [update]"), HasSubstr("allowed")));
}

}  // namespace
