// SPDX-License-Identifier: MIT
// What a gateway, or who has its port, answers over HTTP (http/reader.hpp, openclaw/health.hpp).
#include "http/reader.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "openclaw/health.hpp"

using target::require;

namespace {

constexpr std::size_t largest_piece = 4096;  // as http/get.cpp receives it

http::Reader read_in_pieces(std::string_view bytes, std::size_t size) {
  http::Reader reader;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), size))) {
    if (reader.take(bytes.substr(0, size)) != http::Reader::State::more) return reader;
  }
  (void)reader.end();
  return reader;
}

void fuzz_reader(std::string_view input, std::size_t size) {
  http::Reader whole = read_in_pieces(input, largest_piece), pieces = read_in_pieces(input, size);
  // A reader that is done, or has failed, stays so.
  const auto state = whole.take("");
  require(state != http::Reader::State::more, "an answer ends with its connection");
  require(state == pieces.take(""), "an answer is the same in whatever pieces it comes");
  if (state == http::Reader::State::bad) {
    return require(!whole.why().empty() && target::is_printable(whole.why()), "why it is bad is printable");
  }
  require(whole.answer().status >= 100 && whole.answer().status <= 599, "a status is one");
  require(whole.answer().body.size() <= openclaw::largest_body, "a body has its limit");
  require(input.find(whole.answer().body) != std::string_view::npos, "a body is as it came");
  require(whole.answer().status == pieces.answer().status && whole.answer().body == pieces.answer().body,
          "an answer is the same in whatever pieces it comes");
}

base::Result<openclaw::HttpAnswer> answer_of(std::string_view body) {
  if (body.starts_with("!")) return base::fail(base::ErrorKind::unavailable, "nothing answers");
  return openclaw::HttpAnswer{200, std::string(body.substr(0, openclaw::largest_body))};
}

void fuzz_health(std::string_view input) {
  const auto parts = target::parts_of(input, 3);
  const auto health = openclaw::read_health({answer_of(parts[0]), answer_of(parts[1]), answer_of(parts[2])});
  require(target::is_printable(health.version) && health.version.size() <= 200, "a version is printable");
  require(health.failing.size() <= 100, "a list of what fails has its limit");
  for (const auto& name : health.failing)
    require(target::is_printable(name) && name.size() <= 200, "and is printable");
  require(!health.ready || (health.known && !health.starting && !health.draining), "ready is who says so");
  require(!health.uptime_ms || *health.uptime_ms >= 0, "an uptime is not negative");
  require(target::is_printable(openclaw::describe(health)), "a description is printable");
}

}  // namespace

void fuzz(std::string_view input) {
  const std::size_t size = target::take_byte(input) + 1;
  fuzz_reader(input, size);
  fuzz_health(input);
}
