// SPDX-License-Identifier: MIT
#include "update/adoption/home_copy.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/stamp.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "fs/walk.hpp"
#include "update/adoption/refusal.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using base::UniqueFd;

// The worker units write to this folder beside the state; when their user changes, systemd assigns it to the
// new one.
constexpr const char* workers_cache = "/var/cache/openclaw";

void tell(const TellStep& says, std::initializer_list<std::string_view> parts) {
  if (says) says(base::concat(parts));
}

std::string draft_prefix(const MovedHome& moved) {
  return base::concat({".", moved.user, "."});
}

std::string folder_of_copies(const MovedHome& moved) {
  return moved.place.substr(0, moved.place.rfind('/'));
}

// --- the content of the home

struct Extent {
  std::string digest;  // over the stat data of all files
  std::uint64_t bytes = 0, inodes = 0;
};

class Measurer final : public fs::Visitor {
 public:
  explicit Measurer(const MovedHome& moved) : moved_(moved) {}

  Result<bool> enter(const fs::WalkEntry& entry) override { return is_carried(moved_, entry.path); }
  Result<void> visit(const fs::WalkEntry& entry) override {
    struct stat status = {};
    if (!is_carried(moved_, entry.path)) return {};
    if (::fstatat(entry.dir_fd, entry.name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return fs::fail_at(errno, "stat", entry.path);
    }
    add(entry.path, status);
    return {};
  }
  Result<void> leave(int fd, std::string_view path) override {
    // Folders on the way to an item change whenever root does anything.
    if (!is_within_item(path)) return {};
    struct stat status = {};
    if (::fstat(fd, &status) != 0) return fs::fail_at(errno, "stat", path);
    add(path, status);
    return {};
  }
  Extent extent() && {
    extent_.digest = digest_.hex();
    return std::move(extent_);
  }

 private:
  bool is_within_item(std::string_view path) const {
    for (const std::string& item : moved_.items) {
      if (path == item || (path.starts_with(item) && path.substr(item.size()).starts_with('/'))) return true;
    }
    return false;
  }
  void add(std::string_view path, const struct stat& status) {
    digest_.field(path);
    digest_.field(fs::stamp_of(status));
    extent_.bytes += static_cast<std::uint64_t>(status.st_blocks) * 512U;
    ++extent_.inodes;
  }

  const MovedHome& moved_;
  base::Digest digest_;
  Extent extent_;
};

Result<Extent> measure(const MovedHome& moved, int home_fd) {
  Measurer measurer(moved);
  if (auto done = fs::walk(home_fd, measurer); !done) return base::pass(done.error(), moved.home);
  return std::move(measurer).extent();
}

// --- the folder of the copies

// Owned by root, so that only root can rename what is in it.
Result<UniqueFd> open_folder_of_copies(const MovedHome& moved) {
  const std::string path = folder_of_copies(moved);
  const bool is_new = ::mkdir(path.c_str(), 0755) == 0;
  if (!is_new && errno != EEXIST) return base::fail_errno(errno, "cannot make " + path);
  auto folder = fs::open_directory(path);
  if (!folder) return folder;
  if (is_new && ::fchmod(folder->get(), 0755) != 0)
    return base::fail_errno(errno, "cannot set the mode of " + path);
  if (is_new) {
    if (auto synced = fs::sync_parent(path); !synced) return base::pass(synced.error());
  }
  struct stat status = {};
  if (::fstat(folder->get(), &status) != 0) return base::fail_errno(errno, "cannot stat " + path);
  if (status.st_uid == ::geteuid() && (status.st_mode & 0022U) == 0) return folder;
  return refuse(
      {path, " must belong to root, and no other user may write to it; chown root: it, and chmod 755"});
}

Result<void> remove_drafts(int copies_fd, const MovedHome& moved) {
  const auto entries = fs::list_directory(copies_fd);
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (!entry.name.starts_with(draft_prefix(moved))) continue;
    if (auto gone = fs::remove_tree(copies_fd, entry.name); !gone) return gone;
  }
  return {};
}

Result<Account> account_of(const MovedHome& moved, Accounts& accounts, const TellStep& says) {
  auto account = accounts.find(moved.user);
  if (!account) return base::pass(account.error());
  if (!*account && moved.makes_account) {
    if (auto made = accounts.make(moved.user, moved.place); !made) return base::pass(made.error());
    tell(says, {"created the user ", moved.user});
    account = accounts.find(moved.user);
    if (!account) return base::pass(account.error());
  }
  if (*account) return **account;
  return base::fail(ErrorKind::not_found, "the user " + moved.user + " no longer exists; adopt again");
}

Result<void> fill(int home_fd, int draft_fd, const MovedHome& moved, const Account& account,
                  const TellStep& says) {
  const auto before = measure(moved, home_fd);
  if (!before) return base::pass(before.error());
  fs::CloneOptions options;
  options.sharing = fs::Sharing::reflink;
  options.owner = fs::Owner{account.user, account.group};
  options.skip = [&](std::string_view path, bool /*is_directory*/) { return !is_carried(moved, path); };
  options.special = [&](std::string_view path) {
    tell(says, {"left out ", path, ", a socket, pipe or device, which its program creates again"});
  };
  const auto copied = fs::clone_tree(home_fd, draft_fd, options);
  if (!copied) return base::pass(copied.error(), moved.home);
  // Independent of the mode of root's home: only its user may enter the copy.
  if (::fchmod(draft_fd, 0700) != 0) return base::fail_errno(errno, "cannot set the mode of the copy");
  const auto after = measure(moved, home_fd);
  if (!after) return base::pass(after.error());
  if (after->digest == before->digest) return {};
  return base::fail(
      ErrorKind::busy,
      base::concat({"another process wrote to ", base::join(moved.items, ", "), " in ", moved.home,
                    " while it was copied; stop this process (openclaw on a command line, a timer), and ",
                    "repeat the command"}));
}

// --- the return

std::string free_name(int copies_fd, const MovedHome& moved) {
  std::string name = moved.user + ".kept";
  for (unsigned number = 2; fs::exists_beneath(copies_fd, name); ++number) {
    name = base::concat({moved.user, ".kept-", std::to_string(number)});
  }
  return name;
}

// The content is not changed; only root can access it.
Result<void> take_for_root(int folder_fd, const std::string& name) {
  const auto opened = fs::open_directory_beneath(folder_fd, name);
  if (!opened) return base::pass(opened.error());
  if (::fchown(opened->get(), ::geteuid(), ::getegid()) != 0 || ::fchmod(opened->get(), 0700) != 0) {
    return fs::fail_at(errno, "take over for root", name);
  }
  // The number of a removed user may be given to another one.
  return fs::sync_directory(opened->get());
}

Result<std::string> keep_copy(int copies_fd, const MovedHome& moved) {
  if (auto taken = take_for_root(copies_fd, moved.user); !taken) return base::pass(taken.error());
  const std::string name = free_name(copies_fd, moved);
  if (::renameat(copies_fd, moved.user.c_str(), copies_fd, name.c_str()) != 0) {
    return fs::fail_at(errno, "set aside", moved.place);
  }
  if (auto done = fs::sync_directory(copies_fd); !done) return base::pass(done.error());
  return base::concat({folder_of_copies(moved), "/", name});
}

// Removes the user's files from it; see workers_cache.
Result<void> take_cache_for_root(const Account& account) {
  struct stat status = {};
  if (::lstat(workers_cache, &status) != 0 || status.st_uid != account.user) return {};
  const auto above = fs::open_directory("/var/cache");
  if (!above) return base::pass(above.error());
  return take_for_root(above->get(), "openclaw");
}

Result<void> give_account_back(const MovedHome& moved, Accounts& accounts, const TellStep& says,
                               HomeGivenBack& given) {
  const auto account = accounts.find(moved.user);
  if (!account) return base::pass(account.error());
  if (!moved.makes_account || !*account) return {};
  const bool as_made = (*account)->home == moved.place;
  auto used = as_made ? accounts.used_by(**account) : Result<std::string>("its home directory was changed");
  if (!used) return base::pass(used.error());
  given.user_kept = std::move(*used);
  if (!given.user_kept.empty()) return {};
  if (auto taken = take_cache_for_root(**account); !taken) return taken;
  if (auto gone = accounts.remove(moved.user); !gone) {
    given.user_kept = gone.error().message;
    return {};
  }
  given.user_is_gone = true;
  tell(says, {"removed the user ", moved.user});
  return {};
}

}  // namespace

Result<void> require_room_for_copy(const MovedHome& moved) {
  const auto home = fs::open_directory(moved.home);
  if (!home) return base::pass(home.error());
  const auto needed = measure(moved, home->get());
  if (!needed) return base::pass(needed.error());
  // The folder of the copies may not exist.
  const std::string folder = folder_of_copies(moved);
  const auto above = fs::open_directory(folder.substr(0, folder.rfind('/')));
  if (!above) return base::pass(above.error());
  const auto free = fs::free_space(above->get());
  if (!free) return base::pass(free.error());
  constexpr std::uint64_t reserve = std::uint64_t{64} * 1024 * 1024;
  if (needed->bytes + reserve <= free->bytes && needed->inodes <= free->inodes) return {};
  return refuse({"the copy of ", base::join(moved.items, ", "), " in ", moved.home, " needs ",
                 base::human_bytes(needed->bytes), " and ", base::count(needed->inodes, "inode", "inodes"),
                 ", and the file system of ", folder, " has ", base::human_bytes(free->bytes), " and ",
                 base::count(free->inodes, "inode", "inodes"),
                 "; make room there, and the same command again"});
}

Result<void> copy_home(const MovedHome& moved, Accounts& accounts, const TellStep& says) {
  const auto account = account_of(moved, accounts, says);
  if (!account) return base::pass(account.error());
  const auto home = fs::open_directory(moved.home);
  if (!home) return base::pass(home.error());
  const auto copies = open_folder_of_copies(moved);
  if (!copies) return base::pass(copies.error());
  if (auto gone = remove_drafts(copies->get(), moved); !gone) return gone;
  const auto draft = fs::make_temporary_directory(copies->get(), draft_prefix(moved));
  if (!draft) return base::pass(draft.error());
  // The copy is filled inside a folder of root: its owner gets access when it is complete.
  const auto outer = fs::open_directory_beneath(copies->get(), *draft);
  if (!outer) return base::pass(outer.error());
  const auto inner = fs::make_directories_beneath(outer->get(), "home", 0700);
  if (!inner) return base::pass(inner.error());
  tell(says, {"began to copy ", moved.home});
  if (auto done = fill(home->get(), inner->get(), moved, *account, says); !done) return done;
  if (auto done = fs::sync_file_system(copies->get()); !done) return done;
  tell(says, {"copied ", moved.home});
  if (::renameat(outer->get(), "home", copies->get(), moved.user.c_str()) != 0) {
    return fs::fail_at(errno, "make", moved.place);
  }
  if (auto done = fs::sync_directory(copies->get()); !done) return done;
  tell(says, {"made ", moved.place});
  return remove_drafts(copies->get(), moved);
}

Result<HomeGivenBack> give_home_back(const MovedHome& moved, Accounts& accounts, const TellStep& says) {
  HomeGivenBack given;
  if (const auto copies = fs::open_directory(folder_of_copies(moved)); copies) {
    if (auto gone = remove_drafts(copies->get(), moved); !gone) return base::pass(gone.error());
    const bool is_there = fs::may_exist_beneath(copies->get(), moved.user);
    if (is_there && moved.served) {
      auto kept = keep_copy(copies->get(), moved);
      if (!kept) return base::pass(kept.error());
      given.kept = std::move(*kept);
      tell(says, {"set aside ", moved.place, " as ", given.kept});
    } else if (is_there) {
      if (auto gone = fs::remove_tree(copies->get(), moved.user); !gone) return base::pass(gone.error());
      // It has the secrets of root's home, and nothing would know of it any more.
      if (auto synced = fs::sync_directory(copies->get()); !synced) return base::pass(synced.error());
      tell(says, {"removed ", moved.place});
    }
    static_cast<void>(::rmdir(folder_of_copies(moved).c_str()));  // fails if there are other copies
  } else if (copies.error().kind != ErrorKind::not_found) {
    return base::pass(copies.error());
  }
  if (auto done = give_account_back(moved, accounts, says, given); !done) return base::pass(done.error());
  return given;
}

}  // namespace update
