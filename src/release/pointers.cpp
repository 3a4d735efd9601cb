// SPDX-License-Identifier: MIT
// current and previous: one symlink each, replaced by rename.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/draft.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"
#include "release/manifest.hpp"
#include "release/names.hpp"
#include "release/store.hpp"

namespace release {
namespace {

using base::ErrorKind;
using base::Result;

const char* name_of(Store::Pointer pointer) {
  return pointer == Store::Pointer::current ? "current" : "previous";
}

tl::unexpected<base::Error> unusable(const std::string& path, const std::string& prefix,
                                     const std::string& why) {
  return base::fail(
      ErrorKind::integrity,
      base::concat({path, " ", why, "; point it to a release that openclaw-update status lists: ln -sfn ",
                    prefix, "NAME ", path}));
}

// Nothing when there is no such link.
Result<std::optional<std::string>> read_pointer(int directory_fd, const char* name, const std::string& path,
                                                const std::string& prefix) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(directory_fd, name, target.data(), target.size());
  if (length >= 0) return std::optional(std::string(target.data(), static_cast<std::size_t>(length)));
  if (errno == ENOENT) return std::optional<std::string>();
  if (errno == EINVAL) return unusable(path, prefix, "is not a symlink");
  return fs::fail_at(errno, "read the symlink", path);
}

}  // namespace

Result<std::optional<std::string>> Store::target(Pointer pointer) const {
  const std::string path = links_path_ + "/" + name_of(pointer);
  const std::string& prefix = target_prefix_;
  auto link = read_pointer(directory_.get(), name_of(pointer), path, prefix);
  if (!link || !*link) return link;
  std::string name = **link;
  if (!name.starts_with(prefix))
    return unusable(path, prefix, "points to " + fs::shown(name) + ", which is not a release on this host");
  name.erase(0, prefix.size());
  if (!names::is_release_name(name)) {
    return unusable(path, prefix, "points to " + fs::shown(name) + ", which is not the name of a release");
  }
  const auto status = fs::stat_beneath(releases_.get(), name);
  if (!status && !fs::is_absent(status.error()))
    return base::pass(status.error(), base::concat({path, " points to ", name}));
  if (!status || !S_ISDIR(status->st_mode))
    return unusable(path, prefix, "points to " + name + ", which does not exist");
  return std::optional(name);
}

Result<void> Store::point(Pointer pointer, const std::string& name, Durability durability) const {
  if (auto found = find(name); !found) return base::pass(std::move(found.error()));
  if (auto readable = read_description(releases_.get(), name); !readable) {
    return base::pass(std::move(readable.error()));
  }
  const char* const link = name_of(pointer);
  // A file or folder of this name is not ours: rename would replace a file without any message.
  const auto taken = fs::stat_beneath(directory_.get(), link);
  if (taken && !S_ISLNK(taken->st_mode)) {
    return base::fail(ErrorKind::refused, links_path_ + "/" + link + " is not a symlink; move it away first");
  }
  const std::string path = base::concat({links_path_, "/", link});
  if (auto done = fs::replace_link(directory_.get(), target_prefix_ + name, link, path); !done) return done;
  return durability == Durability::now ? sync() : Result<void>{};
}

Result<void> Store::sync() const {
  return fs::sync_directory(directory_.get());
}

Result<void> Store::remove_pointer(Pointer pointer) const {
  const char* const link = name_of(pointer);
  if (::unlinkat(directory_.get(), link, 0) != 0 && errno != ENOENT) {
    return fs::fail_at(errno, "remove", links_path_ + "/" + link);
  }
  return fs::sync_directory(directory_.get());
}

}  // namespace release
