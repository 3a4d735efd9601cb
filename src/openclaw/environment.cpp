// SPDX-License-Identifier: MIT
#include "openclaw/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace openclaw {
namespace {

std::string current_directory() {
  std::array<char, 4096> buffer{};
  return ::getcwd(buffer.data(), buffer.size()) == nullptr ? "/" : buffer.data();
}

}  // namespace

std::string variable(const base::Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : std::string(base::trim(found->second));
}

bool is_variable_name(std::string_view name) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  const bool begins_with_digit = !name.empty() && name.front() >= '0' && name.front() <= '9';
  return !name.empty() && !begins_with_digit && name.find_first_not_of(allowed) == std::string_view::npos;
}

std::string resolve_path(std::string_view path) {
  std::string absolute(path);
  if (!path.starts_with('/')) absolute = current_directory() + "/" + absolute;
  std::vector<std::string> parts;
  for (std::string& part : base::split(absolute, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return "/" + base::join(parts, "/");
}

std::string stage_root_name(std::string_view version, const std::string& package_root) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  std::string sanitized;
  bool replacing = false;
  for (const char c : base::trim(version)) {
    const bool keep = allowed.find(c) != std::string_view::npos;
    if (keep || !replacing) sanitized += keep ? c : '-';
    replacing = !keep;
  }
  sanitized.erase(0, std::min(sanitized.find_first_not_of('-'), sanitized.size()));
  sanitized.erase(sanitized.find_last_not_of('-') + 1);
  if (sanitized.empty()) sanitized = "unknown";
  return "openclaw-" + sanitized + "-" + base::sha256_hex(resolve_path(package_root)).substr(0, 12);
}

}  // namespace openclaw
