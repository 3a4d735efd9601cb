// SPDX-License-Identifier: MIT
// An HTTP answer, read as it comes: status and a small body, no more.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "openclaw/health.hpp"

namespace http {

class Reader {
 public:
  enum class State { more, done, bad };

  // What has come; after `done` or `bad` it changes nothing.
  State take(std::string_view bytes);
  // The other side has closed the connection.
  State end();

  [[nodiscard]] const openclaw::HttpAnswer& answer() const { return answer_; }
  [[nodiscard]] const std::string& why() const { return why_; }  // it is bad, for a person

 private:
  State fail(std::string why);
  State read_head(std::size_t end);
  [[nodiscard]] bool read_status(std::string_view line);
  [[nodiscard]] bool read_field(std::string_view line);
  State read_body();

  State state_ = State::more;
  std::string text_;  // of the head, then of the body
  bool in_body_ = false;
  std::optional<std::size_t> length_;
  openclaw::HttpAnswer answer_;
  std::string why_;
};

}  // namespace http
