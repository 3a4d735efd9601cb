#include "update/standing.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "openclaw/version.hpp"

namespace update {
namespace {

constexpr const char* hold_name = "hold";
constexpr const char* quarantine_folder = "quarantine";
constexpr std::size_t reason_limit = 16384;

std::optional<std::string> reason_in(int dir_fd, const std::string& name) {
  const auto text = fs::read_file(dir_fd, name, reason_limit);
  if (!text) return std::nullopt;
  return base::printable(base::trim(*text));
}

base::Result<void> remove_file(int dir_fd, const std::string& name) {
  if (::unlinkat(dir_fd, name.c_str(), 0) != 0 && errno != ENOENT) {
    return base::fail_errno(errno, "cannot remove " + name);
  }
  return fs::sync_directory(dir_fd);
}

}  // namespace

std::optional<std::string> hold_reason(int state_fd) {
  return reason_in(state_fd, hold_name);
}

base::Result<void> set_hold(int state_fd, const std::string& reason) {
  return fs::write_file_durably(state_fd, hold_name, reason + "\n", 0644);
}

base::Result<void> remove_hold(int state_fd) {
  return remove_file(state_fd, hold_name);
}

std::optional<std::string> quarantine_reason(int state_fd, const std::string& version) {
  const auto folder = fs::open_directory_beneath(state_fd, quarantine_folder);
  if (!folder || !openclaw::Version::parse(version)) return std::nullopt;
  return reason_in(folder->get(), version);
}

base::Result<void> quarantine(int state_fd, const std::string& version, const std::string& reason) {
  if (!openclaw::Version::parse(version)) return {};
  const auto folder = fs::make_directories_beneath(state_fd, quarantine_folder, 0755);
  if (!folder) return base::pass(folder.error());
  return fs::write_file_durably(folder->get(), version, base::redacted(reason) + "\n", 0644);
}

base::Result<void> release_from_quarantine(int state_fd, const std::string& version) {
  const auto folder = fs::open_directory_beneath(state_fd, quarantine_folder);
  if (!folder || !openclaw::Version::parse(version)) return {};
  return remove_file(folder->get(), version);
}

std::vector<Quarantined> quarantined(int state_fd) {
  std::vector<Quarantined> all;
  const auto folder = fs::open_directory_beneath(state_fd, quarantine_folder);
  if (!folder) return all;
  const auto entries = fs::list_directory(folder->get());
  if (!entries) return all;
  for (const auto& entry : *entries) {
    if (auto reason = quarantine_reason(state_fd, entry.name)) all.push_back({entry.name, *reason});
  }
  return all;
}

}  // namespace update
