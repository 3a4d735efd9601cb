// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/walk.hpp"
#include "release/names.hpp"
#include "release/store.hpp"

namespace release {
namespace {

using base::Result;

class Measuring final : public fs::Visitor {
 public:
  Result<void> visit(const fs::WalkEntry& entry) override {
    struct stat status {};
    if (::fstatat(entry.dir_fd, entry.name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return fs::fail_at(errno, "examine", std::string(entry.path));
    }
    ++found.files;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    found.bytes += size;
    if (status.st_nlink == 1) found.own_bytes += size;
    return {};
  }

  Footprint found;
};

}  // namespace

Result<Footprint> Store::footprint(const std::string& name) const {
  if (auto release = find(name); !release) return base::pass(std::move(release.error()));
  const auto folder = fs::open_directory_beneath(releases_.get(), name);
  if (!folder) return base::pass(folder.error());
  Measuring measuring;
  if (auto done = fs::walk(folder->get(), measuring); !done) return base::pass(std::move(done.error()));
  return measuring.found;
}

}  // namespace release
