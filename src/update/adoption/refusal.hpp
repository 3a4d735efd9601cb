// SPDX-License-Identifier: MIT
// Errors that refuse an adoption.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/result.hpp"
#include "base/text.hpp"

namespace update {

[[nodiscard]] inline tl::unexpected<base::Error> refuse(std::initializer_list<std::string_view> parts) {
  return base::fail(base::ErrorKind::refused, base::concat(parts));
}

}  // namespace update
