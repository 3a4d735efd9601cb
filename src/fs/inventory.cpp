// SPDX-License-Identifier: MIT
// take_inventory, inventory_digest: what a tree contains, independent of who made it and when.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "fs/failure.hpp"
#include "fs/syscalls.hpp"
#include "fs/tree.hpp"
#include "fs/walk.hpp"

namespace fs {
namespace {

using base::Result;

class Stocktaker final : public Visitor {
 public:
  explicit Stocktaker(std::string_view without) : without_(without) {}

  Result<bool> enter(const WalkEntry& entry) override { return without_.empty() || entry.path != without_; }
  Result<void> visit(const WalkEntry& entry) override {
    if (found_.size() >= most_entries) return too_much(entry, std::to_string(most_entries) + " entries");
    if (entry.type == DT_REG) return add_file(entry);
    if (entry.type == DT_LNK) return add_symlink(entry);
    return fail_special("take an inventory of", entry);
  }

  std::vector<InventoryEntry> sorted() && {
    std::sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::move(found_);
  }

 private:
  Result<void> add_file(const WalkEntry& entry) {
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const base::UniqueFd file(syscalls::retry([&] { return ::openat(entry.dir_fd, entry.name, flags); }));
    if (!file) return fail_at(errno, "open", entry.path);
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) return fail_at(errno, "stat", entry.path);
    if (!S_ISREG(status.st_mode))
      return fail_at(EBUSY, "take an inventory of", entry.path);  // swapped since listed
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > most_bytes - bytes_) return too_much(entry, base::human_bytes(most_bytes));
    bytes_ += size;
    auto content = base::sha256_hex_of_file(file.get(), size);
    if (!content) return base::pass(std::move(content.error()), shown(entry.path));
    InventoryEntry& added = found_.emplace_back();
    added.path = entry.path;
    added.executable = (status.st_mode & 0111U) != 0;
    added.size = size;
    added.content = std::move(*content);
    return {};
  }

  Result<void> add_symlink(const WalkEntry& entry) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlinkat(entry.dir_fd, entry.name, target.data(), target.size());
    if (length < 0) return fail_at(errno, "read the symlink", entry.path);
    InventoryEntry& added = found_.emplace_back();
    added.path = entry.path;
    added.type = InventoryEntry::Type::symlink;
    added.size = static_cast<std::uint64_t>(length);
    added.content.assign(target.data(), static_cast<std::size_t>(length));
    return {};
  }

  static tl::unexpected<base::Error> too_much(const WalkEntry& entry, const std::string& most) {
    return base::fail(base::ErrorKind::bad_input,
                      base::concat({"cannot take an inventory of ", shown(entry.path),
                                    ": with it, the tree has more than ", most}));
  }

  std::string_view without_;
  std::uint64_t bytes_ = 0;
  std::vector<InventoryEntry> found_;
};

}  // namespace

Result<std::vector<InventoryEntry>> take_inventory(int dir_fd, std::string_view without) {
  Stocktaker stocktaker(without);
  if (auto done = walk(dir_fd, stocktaker); !done) return base::pass(std::move(done.error()));
  return std::move(stocktaker).sorted();
}

std::string inventory_digest(const std::vector<InventoryEntry>& inventory) {
  base::Digest digest;
  digest.field("openclaw-inventory-1");
  for (const InventoryEntry& entry : inventory) {
    digest.field(entry.path);
    digest.field(entry.type == InventoryEntry::Type::symlink ? "symlink"
                 : entry.executable                          ? "program"
                                                             : "file");
    digest.field(entry.content);
  }
  return digest.hex();
}

}  // namespace fs
