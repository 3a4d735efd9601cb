// SPDX-License-Identifier: MIT
#include "base/digest.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::Digest;
using base::UniqueFd;
using test_support::TemporaryDirectory;

TEST(Digest, GivesTheSha256ThatSha256sumGives) {
  EXPECT_EQ(base::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base::sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, GivesTheSha512ThatARegistryRecords) {
  Digest digest(Digest::Algorithm::sha512);
  digest.bytes("abc");
  EXPECT_EQ(digest.hex(),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Digest, TakesBytesInPiecesAsIfTheyWereOne) {
  Digest digest;
  digest.bytes("a");
  digest.bytes("");
  digest.bytes("bc");
  EXPECT_EQ(digest.hex(), base::sha256_hex("abc"));
}

TEST(Digest, KeepsFieldsApart) {
  const auto of = [](std::string_view first, std::string_view second) {
    Digest digest;
    digest.field(first);
    digest.field(second);
    return digest.hex();
  };
  EXPECT_NE(of("ab", "c"), of("a", "bc"));
  EXPECT_NE(of("", "abc"), of("abc", ""));
  EXPECT_EQ(of("ab", "c"), of("ab", "c"));
}

TEST(DigestOfFile, EqualsTheDigestOfItsContentAndLeavesTheOffsetAlone) {
  const TemporaryDirectory directory;
  const std::string content(200'000, 'x');  // more than one block
  directory.write("file", content);
  const UniqueFd file(::open(directory.path("file").c_str(), O_RDONLY | O_CLOEXEC));
  ::lseek(file.get(), 5, SEEK_SET);

  const auto digest = base::sha256_hex_of_file(file.get());

  ASSERT_TRUE(digest) << digest.error().message;
  EXPECT_EQ(*digest, base::sha256_hex(content));
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 5);
}

TEST(DigestOfFile, SaysWhyAFileCannotBeRead) {
  const TemporaryDirectory directory;
  const auto digest = base::sha256_hex_of_file(directory.fd());
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().number, EISDIR);
}

}  // namespace
