// SPDX-License-Identifier: MIT
#include "update/standing.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "openclaw/version.hpp"

namespace update {
namespace {

constexpr const char* hold_name = "hold";
constexpr const char* pin_name = "pin";
constexpr std::string_view end_of_hold = "until ";
constexpr const char* quarantine_folder = "quarantine";
constexpr std::size_t reason_limit = 16384;

// A version whose quarantine cannot be read is in quarantine: its update would fail as the last one did.
std::string unreadable(const base::Error& error) {
  return "the file that says why cannot be read: " + error.message;
}

std::optional<std::string> reason_in(int dir_fd, const std::string& name) {
  const auto text = fs::read_file(dir_fd, name, reason_limit);
  if (text) return base::printable(base::trim(*text));
  if (fs::is_absent(text.error())) return std::nullopt;
  return unreadable(text.error());
}

base::Result<void> remove_file(int dir_fd, const std::string& name) {
  if (::unlinkat(dir_fd, name.c_str(), 0) != 0 && errno != ENOENT) {
    return base::fail_errno(errno, "cannot remove " + fs::path_of(dir_fd, name));
  }
  return fs::sync_directory(dir_fd);
}

}  // namespace

std::string Hold::text() const {
  if (!until_ms) return reason;
  return base::concat({reason, reason.empty() ? "" : ", ", end_of_hold, base::rfc3339(*until_ms)});
}

std::optional<Hold> hold_of(int state_fd) {
  if (!fs::may_exist_beneath(state_fd, hold_name)) return std::nullopt;
  const auto text = fs::read_file(state_fd, hold_name, reason_limit);
  if (!text) return Hold{unreadable(text.error())};
  const std::string whole(base::trim(*text));
  const std::size_t last = whole.rfind('\n');
  const std::string_view line =
      std::string_view(whole).substr(last == std::string::npos ? whole.size() : last + 1);
  const auto until = line.starts_with(end_of_hold)
                         ? base::from_rfc3339(std::string(line.substr(end_of_hold.size())))
                         : std::nullopt;
  return Hold{base::printable(until ? base::trim(whole.substr(0, last)) : whole), until};
}

std::optional<Hold> hold_at(int state_fd, std::int64_t now_ms) {
  auto hold = hold_of(state_fd);
  if (hold && hold->is_over(now_ms)) hold.reset();
  return hold;
}

base::Result<void> set_hold(int state_fd, const Hold& hold) {
  std::string text = base::printable(hold.reason) + "\n";
  if (hold.until_ms) text += base::concat({end_of_hold, base::rfc3339(*hold.until_ms), "\n"});
  return fs::write_file_durably(state_fd, hold_name, text, 0644);
}

base::Result<void> remove_hold(int state_fd) {
  return remove_file(state_fd, hold_name);
}

base::Result<std::optional<std::string>> pinned_version(int state_fd) {
  if (!fs::may_exist_beneath(state_fd, pin_name)) return std::optional<std::string>();
  const auto text = fs::read_file(state_fd, pin_name, reason_limit);
  if (!text) return base::pass(text.error(), "the pin of a version");
  const auto version = openclaw::Version::parse(std::string(base::trim(*text)));
  if (version) return std::optional(version->text());
  return base::fail(
      base::ErrorKind::integrity,
      base::concat({"the file pin names no version, but '", base::printable(base::trim(*text), 64),
                    "'; openclaw-update pin VERSION or openclaw-update unpin replaces it"}));
}

base::Result<void> set_pin(int state_fd, const std::string& version) {
  return fs::write_file_durably(state_fd, pin_name, version + "\n", 0644);
}

base::Result<void> remove_pin(int state_fd) {
  return remove_file(state_fd, pin_name);
}

std::optional<std::string> quarantine_reason(int state_fd, const std::string& version) {
  const auto folder = fs::open_directory_beneath(state_fd, quarantine_folder);
  if (!openclaw::Version::parse(version)) return std::nullopt;
  if (!folder && fs::is_absent(folder.error())) return std::nullopt;
  if (!folder) return unreadable(folder.error());
  return reason_in(folder->get(), version);
}

base::Result<void> quarantine(int state_fd, const std::string& version, const std::string& reason) {
  if (!openclaw::Version::parse(version)) return {};
  const auto folder = fs::make_directories_durably(state_fd, quarantine_folder, 0755);
  if (!folder) return base::pass(folder.error());
  return fs::write_file_durably(folder->get(), version, base::redacted(reason) + "\n", 0644);
}

base::Result<void> release_from_quarantine(int state_fd, const std::string& version) {
  if (!openclaw::Version::parse(version)) return {};
  const auto folder = fs::open_directory_beneath(state_fd, quarantine_folder);
  if (!folder && fs::is_absent(folder.error())) return {};
  if (!folder) return base::pass(folder.error(), "the quarantine of " + version);
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
