// SPDX-License-Identifier: MIT
// Names in the updater's state folder, shared by the files that implement Store.
#pragma once

#include <string>
#include <string_view>

#include "fs/beneath.hpp"

namespace release::names {

inline constexpr const char* folder = "releases";
inline constexpr const char* draft_prefix = ".draft.";
inline constexpr const char* removed_prefix = ".removed.";
inline constexpr std::string_view manifest_suffix = ".manifest";

// One visible path component: the form of a release's name.
[[nodiscard]] inline bool is_release_name(std::string_view name) {
  return fs::is_safe_relative(name) && name.find('/') == std::string_view::npos && name.front() != '.' &&
         !name.ends_with(manifest_suffix);
}

}  // namespace release::names
