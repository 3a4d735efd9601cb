// SPDX-License-Identifier: MIT
#include "openclaw/npm_process.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/list.hpp"
#include "openclaw/running_package.hpp"

namespace openclaw {
namespace {

// What it was told is in the first ten lines.
constexpr std::size_t start_of_log = std::size_t{64} * 1024;

bool is_log(std::string_view path) {
  return path.find("/_logs/") != std::string_view::npos && path.ends_with("-debug-0.log");
}

// By the descriptor that the process has, whatever has become of its name.
std::string log_of(int process_fd) {
  const auto descriptors = fs::open_directory_beneath(process_fd, "fd");
  if (!descriptors) return {};
  const auto entries = fs::list_directory(descriptors->get());
  if (!entries) return {};
  for (const fs::DirectoryEntry& entry : *entries) {
    if (!is_log(link_of_process(descriptors->get(), entry.name.c_str()))) continue;
    const base::UniqueFd log(
        ::openat(descriptors->get(), entry.name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!log || ::fstat(log.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    std::string text(start_of_log, '\0');
    const ssize_t size = ::pread(log.get(), text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }
  return {};
}

// `"install" "--global" "openclaw@latest"`
std::vector<std::string> words_of_log(std::string_view quoted) {
  std::string list = "[";
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    list += quoted[i];
    if (quoted[i] == '"' && quoted.substr(i + 1).starts_with(" \"")) list += ',';
  }
  return base::as_texts(base::json_or_null(list + "]"));
}

// "7 verbose argv ...", and "5 silly config load:file:/usr/local/etc/npmrc", which it reads where it installs
// for everybody.
void read_log(std::string_view text, NpmProcess& npm) {
  constexpr std::string_view told = " verbose argv ", loads = " config load:file:", of_prefix = "/etc/npmrc";
  for (const std::string& line : base::split(text, '\n')) {
    if (const std::size_t at = line.find(told); at != std::string::npos) {
      npm.arguments = words_of_log(base::trim(std::string_view(line).substr(at + told.size())));
    }
    const std::size_t at = line.find(loads);
    if (at == std::string::npos || !line.ends_with(of_prefix)) continue;
    npm.prefix = line.substr(at + loads.size(), line.size() - at - loads.size() - of_prefix.size());
  }
}

// The option wins over the environment, and both over what its configuration says.
std::string prefix_told(int process_fd, const std::vector<std::string>& arguments) {
  constexpr std::string_view option = "--prefix";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == option && i + 1 < arguments.size()) return arguments[i + 1];
    if (arguments[i].starts_with("--prefix=")) return arguments[i].substr(option.size() + 1);
  }
  constexpr std::array variables = {"npm_config_prefix", "NPM_CONFIG_PREFIX"};
  for (const char* name : variables) {
    if (std::string value = variable_of_process(process_fd, name); !value.empty()) return value;
  }
  return {};
}

}  // namespace

NpmProcess look_at_npm(int process_fd, std::vector<std::string> arguments) {
  NpmProcess npm{std::move(arguments), ""};
  read_log(log_of(process_fd), npm);
  std::string told = prefix_told(process_fd, npm.arguments);
  if (!told.empty() && !told.starts_with('/')) {
    told = base::concat({link_of_process(process_fd, "cwd"), "/", told});
  }
  if (!told.empty()) npm.prefix = std::move(told);
  return npm;
}

}  // namespace openclaw
