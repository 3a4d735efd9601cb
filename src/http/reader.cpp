// SPDX-License-Identifier: MIT
#include "http/reader.hpp"

#include <charconv>

#include "base/text.hpp"

namespace http {
namespace {

constexpr std::size_t largest_head = std::size_t{16} * 1024;

std::optional<std::size_t> parse_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Reader::State Reader::take(std::string_view bytes) {
  if (state_ != State::more) return state_;
  text_.append(bytes);
  if (in_body_) return read_body();
  constexpr std::string_view protocol = "HTTP/1.";
  const std::size_t compared = std::min(text_.size(), protocol.size());
  if (text_.compare(0, compared, protocol, 0, compared) != 0) return fail("does not speak HTTP");
  const std::size_t end = text_.find("\r\n\r\n");
  // In one piece, or in many.
  if (std::min(end, text_.size()) > largest_head)
    return fail("a header of more than " + base::human_bytes(largest_head));
  return end == std::string::npos ? state_ : read_head(end);
}

Reader::State Reader::end() {
  if (state_ != State::more) return state_;
  if (!in_body_)
    return fail(text_.empty() ? "closed the connection without an answer"
                              : "closed the connection within its answer");
  if (length_ && text_.size() < *length_) return fail("closed the connection within its answer");
  answer_.body = std::move(text_);
  return state_ = State::done;
}

Reader::State Reader::fail(std::string why) {
  why_ = std::move(why);
  return state_ = State::bad;
}

Reader::State Reader::read_head(std::size_t end) {
  const std::string head = text_.substr(0, end);
  text_.erase(0, end + 4);
  in_body_ = true;
  bool first = true;
  for (const std::string& line : base::split(head, '\n')) {
    const bool fits = first ? read_status(line) : read_field(line);
    first = false;
    if (!fits) return fail("a header that is not valid");
  }
  return read_body();
}

bool Reader::read_status(std::string_view line) {
  // "HTTP/1.1 200 OK"
  if (line.size() < 12 || line[8] != ' ') return false;
  const auto status = parse_number(line.substr(9, 3));
  if (!status || *status < 100 || *status > 599) return false;
  answer_.status = static_cast<int>(*status);
  return true;
}

bool Reader::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string name = base::lower(line.substr(0, colon));
  const std::string_view value = base::trim(line.substr(colon + 1));
  // An HTTP/1.0 answer may not use this.
  if (name == "transfer-encoding") return base::lower(value) == "identity";
  if (name != "content-length") return true;
  length_ = parse_number(value);
  return length_.has_value();
}

Reader::State Reader::read_body() {
  const bool too_large =
      text_.size() > openclaw::largest_body || length_.value_or(0) > openclaw::largest_body;
  if (too_large) return fail("more than " + base::human_bytes(openclaw::largest_body));
  if (!length_ || text_.size() < *length_) return state_;
  text_.resize(*length_);
  return end();
}

}  // namespace http
