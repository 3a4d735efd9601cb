// SPDX-License-Identifier: MIT
// HTTP and HTTPS downloads by libcurl, for a machine that has no npm yet. Proxies of the environment apply.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace download {

// How a server is reached.
struct Route {
  std::string proxy, no_proxy;  // empty: what the environment says
  // Certificate authorities in PEM, in place of the system's: a file, and text. Empty: the system's.
  std::string ca_file, ca_text;
  bool verifies_certificates = true;
  // For this server alone: not sent to another one that it redirects to.
  std::string bearer_token, user_and_password;
  std::string accept;                      // the media types; empty: any
  std::chrono::seconds stall_timeout{60};  // without a byte
  unsigned attempts = 3;
  std::chrono::milliseconds between_attempts{2000};
};

struct Progress {
  std::uint64_t received = 0, total = 0;  // bytes; total 0: the server does not say
  std::chrono::milliseconds elapsed{0};   // of this attempt
  std::string retrying;                   // why there is another attempt; empty: it is the first
};
using Listener = std::function<void(const Progress&)>;  // several times a second

// Kinds of errors: `not_found` for 404 and 410, `refused` for 401, 403 and a certificate that is not
// trusted, `bad_input` for an address that is none, `unavailable` for everything else, after all attempts.
// No message contains a token, or user and password of a URL.
[[nodiscard]] base::Result<std::string> get_text(const std::string& url, const Route& route,
                                                 std::size_t most_bytes, const Listener& listener);
// Into the open file, from its beginning.
[[nodiscard]] base::Result<void> get_file(const std::string& url, const Route& route, int file_fd,
                                          const Listener& listener);

}  // namespace download
