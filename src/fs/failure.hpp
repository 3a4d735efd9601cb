// SPDX-License-Identifier: MIT
// The form of an error of this room: "cannot OPERATION PATH: errno text", PATH relative to the root that the
// caller named. An attacker may choose the names in a staged tree, so they are made printable first.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/text.hpp"

namespace fs {

[[nodiscard]] inline std::string shown(std::string_view path) {
  return base::concat({"'", base::printable(path), "'"});
}

[[nodiscard]] inline base::ErrorKind kind_of(int number) {
  switch (number) {
    case ENOENT:
      return base::ErrorKind::not_found;
    case EBUSY:
    case ETXTBSY:
      return base::ErrorKind::busy;
    default:
      return base::ErrorKind::system;
  }
}

[[nodiscard]] inline tl::unexpected<base::Error> fail_at(base::ErrorKind kind, int number,
                                                         std::string_view operation, std::string_view path) {
  auto failure = base::fail_errno(number, base::concat({"cannot ", operation, " ", shown(path)}));
  failure.value().kind = kind;
  return failure;
}

[[nodiscard]] inline tl::unexpected<base::Error> fail_at(int number, std::string_view operation,
                                                         std::string_view path) {
  return fail_at(kind_of(number), number, operation, path);
}

}  // namespace fs
