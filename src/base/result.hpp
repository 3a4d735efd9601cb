// SPDX-License-Identifier: MIT
// Result<T> and Error: the return type of every fallible function of the suite.
//
// Below the tools nothing logs and nothing throws: an error travels up as a value and gains a sentence of
// context at each level that knows more. The operator finally reads `Error::message`, so it names the
// file, plugin, unit or key, and the level that knows the remedy adds it.
#pragma once

#include <tl/expected.hpp>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace base {

// What kind of failure it is: decides the exit status (sysexits) and whether trying again can help.
enum class ErrorKind {
  system,         // a system call failed; `number` holds errno
  usage,          // the command line is not valid
  bad_input,      // a file of the user's is malformed, or a request
  not_found,      // something that must exist does not exist
  busy,           // another process holds it; trying again later can help
  refused,        // policy or safety forbids it; nothing was changed
  held,           // a hold, a pin or a quarantine forbids it; nothing was changed
  not_permitted,  // the caller lacks the rights
  unavailable,    // a registry, a package client or a service failed
  integrity,      // content differs from what was recorded or published
};

struct Error {
  ErrorKind kind = ErrorKind::system;
  int number = 0;  // errno, or 0 where no system call is behind it
  std::string message;

  // "while doing X: " in front of what is already said.
  [[nodiscard]] Error in(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
  [[nodiscard]] Error in(std::string_view context) const& { return Error(*this).in(context); }
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::make_unexpected(Error{kind, 0, std::move(message)});
}

// `number` is an errno value; its text is appended to the message.
[[nodiscard]] inline tl::unexpected<Error> fail_errno(int number, std::string_view what) {
  return tl::make_unexpected(
      Error{ErrorKind::system, number, std::string(what) + ": " + std::strerror(number)});
}

// Passes an error of one Result on as the error of another, with context.
[[nodiscard]] inline tl::unexpected<Error> pass(Error error, std::string_view context) {
  return tl::make_unexpected(std::move(error).in(context));
}
[[nodiscard]] inline tl::unexpected<Error> pass(Error error) {
  return tl::make_unexpected(std::move(error));
}

}  // namespace base
