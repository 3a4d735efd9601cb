// SPDX-License-Identifier: MIT
#include "base/digest.hpp"

#include <nettle/nettle-meta.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <memory>

namespace base {

struct Digest::State {
  const nettle_hash& algorithm;
  union {
    sha256_ctx sha256;
    sha512_ctx sha512;
  } context;
};

void Digest::Free::operator()(State* state) const {
  delete state;
}

Digest::Digest(Algorithm algorithm)
    : state_(new State{algorithm == Algorithm::sha512 ? nettle_sha512 : nettle_sha256, {}}) {
  state_->algorithm.init(&state_->context);
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
  // The type of a byte; what is read stays the same.
  state_->algorithm.update(&state_->context, value.size(),
                           reinterpret_cast<const std::uint8_t*>(value.data()));
}

std::string Digest::hex() {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::array<std::uint8_t, SHA512_DIGEST_SIZE> value{};
  const std::size_t size = state_->algorithm.digest_size;
#if NETTLE_VERSION_MAJOR >= 4
  state_->algorithm.digest(&state_->context, value.data());
#else
  state_->algorithm.digest(&state_->context, size, value.data());
#endif
  std::string text;
  text.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
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
