// SPDX-License-Identifier: MIT
#include "base/digest.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

namespace base {

void Digest::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Digest::Digest(Algorithm algorithm) : context_(EVP_MD_CTX_new()) {
  const EVP_MD* type = algorithm == Algorithm::sha512 ? EVP_sha512() : EVP_sha256();
  // Both algorithms are in every build of libcrypto, so only memory can be missing.
  if (!context_ || EVP_DigestInit_ex(context_.get(), type, nullptr) != 1) throw std::bad_alloc();
}

void Digest::field(std::string_view value) {
  std::array<char, 8> length{};
  std::uint64_t rest = value.size();
  for (char& byte : length) {
    byte = static_cast<char>(rest & 0xffU);
    rest >>= 8U;
  }
  bytes({length.data(), length.size()});
  bytes(value);
}

void Digest::bytes(std::string_view value) {
  EVP_DigestUpdate(context_.get(), value.data(), value.size());
}

std::string Digest::hex() {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_.get(), value.data(), &size);
  std::string text;
  text.reserve(std::size_t{size} * 2);
  for (unsigned int i = 0; i < size; ++i) {
    text.push_back(digits[value[i] >> 4U]);
    text.push_back(digits[value[i] & 0xfU]);
  }
  return text;
}

std::string sha256_hex(std::string_view value) {
  Digest digest;
  digest.bytes(value);
  return digest.hex();
}

Result<std::string> sha256_hex_of_file(int fd) {
  return sha256_hex_of_file(fd, std::numeric_limits<std::uint64_t>::max());
}

Result<std::string> sha256_hex_of_file(int fd, std::uint64_t most) {
  constexpr std::size_t block = std::size_t{64} * 1024;
  const auto buffer = std::make_unique_for_overwrite<char[]>(block);
  Digest digest;
  off_t offset = 0;
  for (;;) {
    const ssize_t got = ::pread(fd, buffer.get(), block, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read");
    if (got == 0) return digest.hex();
    digest.bytes({buffer.get(), static_cast<std::size_t>(got)});
    offset += got;
    if (static_cast<std::uint64_t>(offset) > most) return fail_errno(EFBIG, "cannot read all of it");
  }
}

}  // namespace base
