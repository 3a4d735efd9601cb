// SPDX-License-Identifier: MIT
#include "fs/outward_links.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/draft.hpp"
#include "fs/failure.hpp"
#include "fs/syscalls.hpp"
#include "fs/walk.hpp"

namespace fs {
namespace {

using base::ErrorKind;

// -1 and errno as readlinkat.
std::optional<std::string> read_link(int dir_fd, const char* name) {
  // Not zeroed: there are thousands of links.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlinkat(dir_fd, name, target.data(), target.size());
  if (length < 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

// Resolved as text from the folder `start` (components); nothing when ".." leads above the root.
std::optional<std::vector<std::string>> normalised(std::vector<std::string> start, std::string_view path) {
  for (std::string& name : base::split(path, '/')) {
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      start.push_back(std::move(name));
    } else if (start.empty()) {
      return std::nullopt;
    } else {
      start.pop_back();
    }
  }
  return start;
}

// ".." at the top of the file system stays there, as in the kernel.
std::vector<std::string> normalised_absolute(std::string_view path) {
  std::vector<std::string> components;
  for (std::string& name : base::split(path, '/')) {
    if (name.empty() || name == ".") continue;
    if (name != "..")
      components.push_back(std::move(name));
    else if (!components.empty())
      components.pop_back();
  }
  return components;
}

class LinkJudge final : public Visitor {
 public:
  LinkJudge(int root_fd, const std::string& root_path, const std::function<bool(std::string_view)>& prune)
      : root_fd_(root_fd), prune_(prune) {
    roots_.push_back(normalised_absolute(root_path));
    // systemd's /var/lib/openclaw may be a link to private/openclaw, and Node writes absolute targets
    // resolved: the root has two names then, and a link by either is inward.
    const std::string self = "/proc/self/fd/" + std::to_string(root_fd);
    if (const auto real = read_link(AT_FDCWD, self.c_str()); real && real->starts_with('/')) {
      roots_.push_back(normalised_absolute(*real));
    }
  }

  std::vector<OutwardLink> sorted() && {
    std::sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::move(found_);
  }

  base::Result<bool> enter(const WalkEntry& entry) override { return !prune_ || !prune_(entry.path); }

  base::Result<void> visit(const WalkEntry& entry) override {
    if (entry.type != DT_LNK) return {};
    const auto target = read_link(entry.dir_fd, entry.name);
    if (!target) {
      if (errno == ENOENT || errno == EINVAL) return {};  // gone, or no link any more: the tree is in use
      return fail_at(errno, "read the symlink", entry.path);
    }
    if (!leads_out(entry, *target)) return {};
    OutwardLink link;
    link.path = entry.path;
    link.target = *target;
    struct stat status = {};
    if (::fstatat(entry.dir_fd, entry.name, &status, AT_NO_AUTOMOUNT) == 0) {
      link.is_directory = S_ISDIR(status.st_mode);
    } else {
      link.dangling = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
      // A link to a folder is replaced by one, and a link to a file is removed: which it is has to be known.
      if (!link.dangling && errno != EACCES) return fail_at(errno, "follow the symlink", entry.path);
    }
    found_.push_back(std::move(link));
    return {};
  }

  base::Result<void> cannot_open(const WalkEntry& entry, int number) override {
    if (number == ENOENT) return {};
    if (number != ENOTDIR && number != ELOOP) return Visitor::cannot_open(entry, number);
    WalkEntry swapped = entry;  // a link since it was listed
    swapped.type = DT_LNK;
    return visit(swapped);
  }

 private:
  [[nodiscard]] bool leads_out(const WalkEntry& entry, const std::string& target) const {
    if (target.starts_with('/')) return absolute_leads_out(target);
    const std::size_t slash = entry.path.rfind('/');
    const std::string_view folder = slash == std::string_view::npos ? "" : entry.path.substr(0, slash);
    return !normalised(*normalised({}, folder), target);
  }

  [[nodiscard]] bool absolute_leads_out(const std::string& target) const {
    const std::vector<std::string> components = normalised_absolute(target);
    for (const std::vector<std::string>& root : roots_) {
      if (components.size() < root.size() || !std::equal(root.begin(), root.end(), components.begin()))
        continue;
      const std::vector<std::string> rest(components.begin() + static_cast<std::ptrdiff_t>(root.size()),
                                          components.end());
      if (rest.empty()) return false;
      const auto status = stat_beneath(root_fd_, base::join(rest, "/"));
      // Through another link, that link decides. But a target that does not exist is a leftover of another
      // root.
      return !status && status.error().number == ENOENT;
    }
    return true;
  }

  int root_fd_;
  std::vector<std::vector<std::string>> roots_;
  const std::function<bool(std::string_view)>& prune_;
  std::vector<OutwardLink> found_;
};

tl::unexpected<base::Error> fail_changed(const OutwardLink& link) {
  return base::fail(ErrorKind::busy, "cannot replace the symlink " + shown(link.path) +
                                         ": another process has changed it meanwhile");
}

bool still_is(int dir_fd, const std::string& name, const OutwardLink& link) {
  return read_link(dir_fd, name.c_str()) == link.target;
}

base::Result<void> unlink_link(const Parent& parent, const OutwardLink& link) {
  // unlinkat without AT_REMOVEDIR cannot remove a directory that has taken the link's place since the check.
  if (::unlinkat(parent.fd, parent.name.c_str(), 0) == 0) return {};
  if (errno == ENOENT || errno == EISDIR) return fail_changed(link);
  return fail_at(errno, "remove the symlink", link.path);
}

// The empty directory `fresh` takes the link's place, and the link that of `fresh`.
base::Result<void> swap_in(const Parent& parent, const std::string& fresh, const OutwardLink& link) {
  const char* name = parent.name.c_str();
  if (syscalls::exchange(parent.fd, fresh.c_str(), name) != 0) {
    if (errno == ENOENT) return fail_changed(link);
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
      return fail_at(errno, "replace the symlink", link.path);
    }
    if (auto done = unlink_link(parent, link); !done) return done;
    if (::renameat(parent.fd, fresh.c_str(), parent.fd, name) == 0) return {};
    return fail_at(errno, "put a directory in the place of", link.path);
  }
  if (still_is(parent.fd, fresh, link)) {
    if (::unlinkat(parent.fd, fresh.c_str(), 0) == 0 || errno == ENOENT) return {};
    return fail_at(errno, "remove the symlink", link.path);
  }
  // Another process created an entry there between the check and the exchange: it is moved back unchanged.
  if (syscalls::exchange(parent.fd, fresh.c_str(), name) != 0) {
    return fail_at(ErrorKind::busy, errno,
                   "put back the entry that another process has created, now at " + shown(fresh) + ", to",
                   link.path);
  }
  return fail_changed(link);
}

// Under the name that a run which was killed used as well: an empty folder that it has left there is taken.
base::Result<std::string> make_fresh_directory(const Parent& parent) {
  std::string usual = draft_name(parent.name);
  static_cast<void>(::unlinkat(parent.fd, usual.c_str(), AT_REMOVEDIR));
  if (::mkdirat(parent.fd, usual.c_str(), 0755) == 0) return usual;
  return make_temporary_directory(
      parent.fd, base::concat({".", std::string_view(parent.name).substr(0, 200), "."}), 0755);
}

// Its name is a draft's, and what the draft was for is there: a run that was killed has exchanged the two,
// and the link is what it would have removed. A folder in its place would stay for good.
bool is_left_by_killed_run(const Parent& parent) {
  constexpr std::string_view suffix = ".draft";
  const std::string_view name = parent.name;
  if (!name.starts_with('.') || !name.ends_with(suffix) || name.size() <= 1 + suffix.size()) return false;
  const std::string replaced(name.substr(1, name.size() - 1 - suffix.size()));
  struct stat status = {};
  return ::fstatat(parent.fd, replaced.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

base::Result<void> replace_one(const Parent& parent, const OutwardLink& link) {
  if (!still_is(parent.fd, parent.name, link)) return fail_changed(link);
  if (!link.is_directory || is_left_by_killed_run(parent)) return unlink_link(parent, link);
  auto fresh = make_fresh_directory(parent);
  if (!fresh) return base::pass(std::move(fresh.error()), shown(link.path));
  auto done = swap_in(parent, *fresh, link);
  // This removes only an empty directory, so no entry that another process has created can be lost.
  if (!done) static_cast<void>(::unlinkat(parent.fd, fresh->c_str(), AT_REMOVEDIR));
  return done;
}

std::string_view folder_of(const OutwardLink& link) {
  const std::size_t slash = link.path.rfind('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(link.path).substr(0, slash);
}

class Replacement {
 public:
  Replacement(int root_fd, const std::vector<OutwardLink>& links) : root_fd_(root_fd) {
    for (const OutwardLink& link : links) links_.push_back(&link);
    std::stable_sort(links_.begin(), links_.end(),
                     [](const auto* a, const auto* b) { return folder_of(*a) < folder_of(*b); });
    form_batches();
  }

  base::Result<void> run() {
    std::vector<std::thread> others;
    const std::size_t workers = std::min(most_workers, batches_.size());
    try {
      while (others.size() + 1 < workers) others.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // Where no more threads are allowed (TasksMax=), it takes longer.
    }
    work();
    for (std::thread& other : others) other.join();
    if (failure_) return base::pass(std::move(*failure_));
    return {};
  }

 private:
  using Batch = std::span<const OutwardLink* const>;  // of one folder

  // For the time that a batch takes, its folder stays open, wherever it is moved meanwhile; and less than
  // this is not worth a thread.
  static constexpr std::size_t largest_batch = 32;
  // Not for more processors: the removal of a name can wait for the disk, most of all where freed blocks are
  // discarded at once (mount option discard), and these waits then go side by side.
  static constexpr std::size_t most_workers = 4;

  void form_batches() {
    const Batch all(links_);
    for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
      const std::string_view folder = folder_of(*all[begin]);
      while (end < all.size() && end - begin < largest_batch && folder_of(*all[end]) == folder) ++end;
      batches_.push_back(all.subspan(begin, end - begin));
    }
  }

  // Takes one batch after the other, until none is left or one has failed.
  void work() {
    while (!failed_) {
      const std::size_t index = next_++;
      if (index >= batches_.size()) return;
      if (auto done = replace(batches_[index]); !done) note(std::move(done.error()));
    }
  }

  base::Result<void> replace(Batch batch) {
    auto parent = open_parent_beneath(root_fd_, batch.front()->path);
    if (!parent) return base::pass(std::move(parent.error()));
    for (const OutwardLink* link : batch) {
      if (failed_) return {};
      parent->name = link->path.substr(link->path.rfind('/') + 1);  // npos + 1 is 0
      if (!is_safe_relative(parent->name)) return fail_at(ErrorKind::refused, EXDEV, "use", link->path);
      if (auto done = replace_one(*parent, *link); !done) return done;
    }
    return {};
  }

  void note(base::Error error) {
    const std::lock_guard guard(failure_lock_);
    if (!failure_) failure_ = std::move(error);
    failed_ = true;
  }

  int root_fd_;
  std::vector<const OutwardLink*> links_;
  std::vector<Batch> batches_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex failure_lock_;
  std::optional<base::Error> failure_;
};

}  // namespace

base::Result<std::vector<OutwardLink>> find_outward_links(
    int root_fd, const std::string& root_path, const std::function<bool(std::string_view path)>& prune) {
  LinkJudge judge(root_fd, root_path, prune);
  if (auto done = walk(root_fd, judge); !done) return base::pass(std::move(done.error()));
  return std::move(judge).sorted();
}

base::Result<void> replace_outward_links(int root_fd, const std::vector<OutwardLink>& links) {
  return Replacement(root_fd, links).run();
}

}  // namespace fs
