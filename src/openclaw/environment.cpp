#include "openclaw/environment.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace openclaw {
namespace {

bool exists(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0;
}

std::string current_directory() {
  std::array<char, 4096> buffer{};
  return ::getcwd(buffer.data(), buffer.size()) == nullptr ? "/" : buffer.data();
}

// A variable that a shell script or a JavaScript program filled with "undefined" names no home.
std::string home_variable(const Environment& environment, std::string_view name) {
  std::string value = variable(environment, name);
  return value == "undefined" || value == "null" ? std::string() : value;
}

std::string password_database_home() {
  std::array<char, 4096> buffer{};
  struct passwd entry = {};
  struct passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return {};
  return found->pw_dir == nullptr ? "" : found->pw_dir;
}

std::string system_home(const Environment& environment) {
  for (const std::string_view name : {"HOME", "USERPROFILE"}) {
    if (std::string home = home_variable(environment, name); !home.empty()) return home;
  }
  return password_database_home();
}

bool is_home_prefix(std::string_view path) {
  return path == "~" || path.starts_with("~/") || path.starts_with("~\\");
}

// "~" and "~/x" are of the home; "~other" is a plain name, since OpenClaw knows no other users.
std::string resolve_home_relative(const std::string& path, const Environment& environment) {
  if (!is_home_prefix(path)) return resolve_path(path);
  return resolve_path(home_directory(environment) + path.substr(1));
}

constexpr std::string_view config_name = "openclaw.json";
constexpr std::string_view legacy_config_name = "clawdbot.json";
constexpr std::string_view state_name = ".openclaw";
constexpr std::string_view legacy_state_name = ".clawdbot";

std::string join(const std::string& directory, std::string_view name) {
  return (directory == "/" ? "" : directory) + "/" + std::string(name);
}

std::optional<std::string> existing_config(const std::string& directory) {
  for (const std::string_view name : {config_name, legacy_config_name}) {
    if (std::string path = join(directory, name); exists(path)) return path;
  }
  return std::nullopt;
}

}  // namespace

std::string variable(const Environment& environment, std::string_view name) {
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

std::string home_directory(const Environment& environment) {
  std::string home = home_variable(environment, "OPENCLAW_HOME");
  if (is_home_prefix(home)) home = system_home(environment) + home.substr(1);
  if (home.empty()) home = system_home(environment);
  return resolve_path(home);  // an empty one is the working directory, for OpenClaw too
}

std::string state_directory(const Environment& environment) {
  if (const std::string explicit_directory = variable(environment, "OPENCLAW_STATE_DIR");
      !explicit_directory.empty()) {
    return resolve_home_relative(explicit_directory, environment);
  }
  const std::string home = home_directory(environment);
  const std::string legacy = join(home, legacy_state_name);
  std::string current = join(home, state_name);
  return !exists(current) && exists(legacy) ? legacy : current;
}

std::string config_path(const Environment& environment) {
  if (const std::string explicit_path = variable(environment, "OPENCLAW_CONFIG_PATH");
      !explicit_path.empty()) {
    return resolve_home_relative(explicit_path, environment);
  }
  const std::string state = state_directory(environment);
  std::vector<std::string> folders = {state};
  if (variable(environment, "OPENCLAW_STATE_DIR").empty()) {
    const std::string home = home_directory(environment);
    folders.push_back(join(home, state_name));
    folders.push_back(join(home, legacy_state_name));
  }
  for (const std::string& folder : folders) {
    if (std::optional<std::string> found = existing_config(folder)) return *found;
  }
  return join(state, config_name);
}

void apply_profile(const std::string& profile, Environment& environment) {
  if (profile.empty()) return;
  const auto set = [&](const char* name, const std::string& value) {
    if (variable(environment, name).empty()) environment.insert_or_assign(name, value);
  };
  std::string lower = profile;
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  const std::string suffix = lower == "default" ? "" : "-" + profile;
  set("OPENCLAW_STATE_DIR", join(home_directory(environment), std::string(state_name) + suffix));
  set("OPENCLAW_CONFIG_PATH", join(state_directory(environment), config_name));
  if (profile == "dev") set("OPENCLAW_GATEWAY_PORT", "19001");
}

std::vector<std::string> include_roots(const Environment& environment) {
  std::vector<std::string> roots;
  for (const std::string& entry : base::split(variable(environment, "OPENCLAW_INCLUDE_ROOTS"), ':')) {
    const std::string_view trimmed = base::trim(entry);
    if (trimmed.empty()) continue;
    std::string root = resolve_home_relative(std::string(trimmed), environment);
    if (std::find(roots.begin(), roots.end(), root) == roots.end()) roots.push_back(std::move(root));
  }
  return roots;
}

std::string service_state_directory(const Environment& environment) {
  for (const std::string& entry : base::split(variable(environment, "STATE_DIRECTORY"), ':')) {
    if (!base::trim(entry).empty()) return resolve_path(entry);
  }
  return {};
}

std::vector<std::string> stage_bases(const Environment& environment, bool layered) {
  const std::string explicit_bases = variable(environment, "OPENCLAW_PLUGIN_STAGE_DIR");
  std::vector<std::string> bases;
  for (const std::string& entry :
       layered ? base::split(explicit_bases, ':') : std::vector<std::string>{explicit_bases}) {
    const std::string_view trimmed = base::trim(entry);
    if (trimmed.empty()) continue;
    const std::string resolved = resolve_home_relative(std::string(trimmed), environment);
    std::erase(bases, resolved);  // of two mentions the last counts
    bases.push_back(resolved);
  }
  if (!bases.empty()) return bases;
  const std::string service_state = service_state_directory(environment);
  return {join(service_state.empty() ? state_directory(environment) : service_state, "plugin-runtime-deps")};
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
