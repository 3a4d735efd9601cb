// SPDX-License-Identifier: MIT
#include "workers/fetch/base64.hpp"

#include <cstdint>

namespace workers {

std::optional<std::string> bytes_of_base64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t sextet = alphabet.find(c);
    if (sextet == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(sextet);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xffU);
  }
  return bytes;
}

}  // namespace workers
