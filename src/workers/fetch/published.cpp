// SPDX-License-Identifier: MIT
#include "workers/fetch/published.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <unordered_set>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "openclaw/package.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr std::string_view dist = "dist/";
constexpr const char* path_list = "dist/postinstall-inventory.json";

// The files in OpenClaw's own list; nothing if the package has no list (before 2026.4.15).
class OwnList {
 public:
  static Result<OwnList> read(int root_fd) {
    OwnList own;
    if (!fs::may_exist_beneath(root_fd, path_list)) return own;
    const auto text = fs::read_file(root_fd, path_list);
    if (!text) return base::pass(text.error());
    const auto list = base::parse_json(*text, path_list);
    if (!list) return base::pass(list.error());
    own.names_.emplace();
    for (const json& path : *list) {
      if (path.is_string()) own.names_->insert(path.get<std::string>());
    }
    return own;
  }
  // No list names the lists themselves.
  [[nodiscard]] bool leaves_to_postinstall(const std::string& path) const {
    return names_ && path.starts_with(dist) && path != path_list && !names_->contains(path);
  }

 private:
  std::optional<std::unordered_set<std::string>> names_;
};

bool is_lifecycle_mark(const std::string& path) {
  const auto& marks = openclaw::lifecycle_marks;
  return std::find(marks.begin(), marks.end(), path) != marks.end();
}

// Packages have no links, but the npm of a release does.
Result<std::string> difference_of_link(int root_fd, const fs::InventoryEntry& was) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(root_fd, was.path.c_str(), target.data(), target.size());
  if (length < 0 && errno == EINVAL) return "is no longer a link";
  if (length < 0 && (errno == ENOENT || errno == ENOTDIR)) return "is missing";
  if (length < 0) return fs::fail_at(errno, "read the link", was.path);
  const bool is_same = std::string_view(target.data(), static_cast<std::size_t>(length)) == was.content;
  return is_same ? "" : "is another link";
}

// Empty if the file is unchanged.
Result<std::string> difference(int root_fd, const fs::InventoryEntry& was) {
  if (was.type == fs::InventoryEntry::Type::symlink) return difference_of_link(root_fd, was);
  const auto file = fs::open_beneath(root_fd, was.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat status {};
  // A disk that fails is no fault of the package.
  if (!file && !fs::is_absent(file.error())) return base::pass(file.error());
  if (!file || ::fstat(file->get(), &status) != 0) return "is missing";
  if (!S_ISREG(status.st_mode)) return "is no longer a file";
  if (static_cast<std::uint64_t>(status.st_size) != was.size) return "has another size";
  const auto content = base::sha256_hex_of_file(file->get());
  if (!content) return base::pass(content.error(), fs::shown(was.path));
  return *content == was.content ? "" : "has another content";
}

}  // namespace

Result<PublishedFiles> published_files(const std::string& package_root) {
  const auto root = fs::open_directory(package_root);
  if (!root) return base::pass(root.error());
  return fs::take_inventory(root->get(), "node_modules");
}

Result<void> verify_as_published(const PublishedFiles& published, const std::string& package_root) {
  const auto root = fs::open_directory(package_root);
  if (!root) return base::pass(root.error());
  const auto own = OwnList::read(root->get());
  if (!own) return base::pass(own.error());
  for (const fs::InventoryEntry& file : published) {
    if (is_lifecycle_mark(file.path) || own->leaves_to_postinstall(file.path)) continue;
    const auto how = difference(root->get(), file);
    if (!how) return base::pass(how.error());
    if (how->empty()) continue;
    return base::fail(
        ErrorKind::integrity,
        base::concat(
            {fs::shown(file.path), " ", *how,
             " after scripts ran in the package: install scripts and OpenClaw's postinstall must leave ",
             "its files as they were published; try again"}));
  }
  return {};
}

}  // namespace workers
