// SPDX-License-Identifier: MIT
// SHA-256 (closure keys, inventories, OpenClaw's stage root names) and SHA-512 (the registry's `integrity`),
// by libnettle: loading libcrypto instead would take a third of the time of a hook with nothing to do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

class Digest {
 public:
  enum class Algorithm { sha256, sha512 };
  explicit Digest(Algorithm algorithm = Algorithm::sha256);

  // Length-prefixed, so that ("ab","c") and ("a","bc") differ: for keys made of several fields.
  void field(std::string_view value);
  // Plain bytes: for the content of a file.
  void bytes(std::string_view value);
  // Lower-case hex. The object is spent afterwards.
  [[nodiscard]] std::string hex();

 private:
  struct State;
  struct Free {
    void operator()(State* state) const;
  };
  std::unique_ptr<State, Free> state_;
};

[[nodiscard]] std::string sha256_hex(std::string_view value);

// The content of an open file, from its start; does not move the file offset.
[[nodiscard]] Result<std::string> sha256_hex_of_file(int fd);
// The same of a file that another process may be making longer: EFBIG once it has more bytes than that.
[[nodiscard]] Result<std::string> sha256_hex_of_file(int fd, std::uint64_t most);

}  // namespace base
