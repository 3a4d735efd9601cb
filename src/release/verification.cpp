// SPDX-License-Identifier: MIT
// Every file of a sealed release against its manifest.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/tree.hpp"
#include "fs/walk.hpp"
#include "release/manifest.hpp"
#include "release/names.hpp"
#include "release/store.hpp"

namespace release {
namespace {

using base::ErrorKind;
using base::Result;
using fs::InventoryEntry;

// The owner, and that nothing is writable: content alone would not show that a release was unsealed.
class SealCheck final : public fs::Visitor {
 public:
  Result<bool> enter(const fs::WalkEntry& entry) override {
    if (auto done = check(entry); !done) return base::pass(std::move(done.error()));
    return true;
  }
  Result<void> visit(const fs::WalkEntry& entry) override {
    return entry.type == DT_LNK ? Result<void>() : check(entry);
  }
  Result<void> leave(int fd, std::string_view path) override {
    struct stat status = {};
    if (!path.empty()) return {};
    if (::fstat(fd, &status) != 0) return base::fail_errno(errno, "cannot stat the release");
    return judge(status, "its top folder");
  }

 private:
  static Result<void> check(const fs::WalkEntry& entry) {
    struct stat status = {};
    if (::fstatat(entry.dir_fd, entry.name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return fs::fail_at(errno, "stat", entry.path);
    }
    return judge(status, fs::shown(entry.path));
  }
  static Result<void> judge(const struct stat& status, const std::string& what) {
    if (status.st_uid != ::geteuid()) {
      return base::fail(ErrorKind::integrity, what + " belongs to user " + std::to_string(status.st_uid));
    }
    const mode_t mode = status.st_mode & fs::permission_bits;
    if (mode == 0555 || (mode == 0444 && S_ISREG(status.st_mode))) return {};
    std::string octal = "0000";
    for (unsigned digit = 0; digit < 4; ++digit) {
      octal[3 - digit] = static_cast<char>('0' + ((mode >> (3 * digit)) & 7U));
    }
    return base::fail(ErrorKind::integrity, what + " is no longer sealed: its mode is " + octal);
  }
};

std::string difference(const InventoryEntry& wanted, const InventoryEntry& found) {
  const std::string name = fs::shown(wanted.path);
  if (wanted.type != found.type)
    return name + " was replaced by " +
           (found.type == InventoryEntry::Type::symlink ? "a symlink" : "a file");
  if (wanted.size != found.size) {
    return name + " was changed: " + std::to_string(found.size) + " bytes instead of " +
           std::to_string(wanted.size);
  }
  if (wanted.content != found.content) return name + " was changed: its content differs";
  if (wanted.executable != found.executable) return name + " was changed: its executable bit differs";
  return "";
}

// Both sorted by path; nothing when they are equal.
std::optional<std::string> first_difference(const std::vector<InventoryEntry>& wanted,
                                            const std::vector<InventoryEntry>& found) {
  auto have = found.begin();
  for (const InventoryEntry& entry : wanted) {
    if (have != found.end() && have->path < entry.path) break;
    if (have == found.end() || have->path != entry.path) return fs::shown(entry.path) + " is missing";
    if (auto text = difference(entry, *have); !text.empty()) return text;
    ++have;
  }
  if (have != found.end()) return fs::shown(have->path) + " was added";
  return std::nullopt;
}

Result<void> compare(int release_fd, const Manifest& manifest) {
  const auto found = fs::take_inventory(release_fd);
  if (!found) return base::pass(found.error());
  if (const auto text = first_difference(manifest.entries, *found))
    return base::fail(ErrorKind::integrity, *text);
  SealCheck check;
  return fs::walk(release_fd, check);
}

}  // namespace

Result<std::string> Store::digest(const std::string& name) const {
  if (auto found = find(name); !found) return base::pass(std::move(found.error()));
  const auto manifest = read_manifest(releases_.get(), name);
  if (!manifest) return base::pass(manifest.error());
  return fs::inventory_digest(manifest->entries);
}

Result<void> Store::verify(const std::string& name) const {
  if (auto found = find(name); !found) return base::pass(std::move(found.error()));
  const auto manifest = read_manifest(releases_.get(), name);
  if (!manifest) return base::pass(manifest.error());
  // The name was chosen by the digest, so another release's manifest under this name shows.
  const std::string digest = name.substr(name.rfind('-') + 1);
  if (!fs::inventory_digest(manifest->entries).starts_with(digest)) {
    return base::fail(ErrorKind::integrity, manifest_file(name) + " is the manifest of another release");
  }
  const auto release = fs::open_directory_beneath(releases_.get(), name);
  if (!release) return base::pass(release.error());
  if (auto done = compare(release->get(), *manifest); !done) {
    // A special file or an unreadable folder is a difference as well.
    base::Error error = std::move(done.error());
    if (error.number == 0) error.kind = ErrorKind::integrity;
    return base::pass(std::move(error), "release " + name);
  }
  return {};
}

}  // namespace release
