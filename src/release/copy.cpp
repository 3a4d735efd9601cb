// SPDX-License-Identifier: MIT
#include "release/copy.hpp"

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
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/syscalls.hpp"
#include "fs/walk.hpp"

namespace release {
namespace {

using base::ErrorKind;
using base::Result;
using base::UniqueFd;
using fs::InventoryEntry;
using fs::WalkEntry;
using fs::syscalls::retry;

// Files up to this size are held in memory between hashing and writing, larger ones are read a second time
// when no earlier release has them. Of 38,755 files in 2026.9.6 three are larger.
constexpr std::uint64_t held_limit = std::uint64_t{16} * 1024 * 1024;
constexpr std::size_t block_size = std::size_t{256} * 1024;

tl::unexpected<base::Error> refuse(std::string_view path, const std::string& why) {
  return base::fail(ErrorKind::refused, "cannot seal " + fs::shown(path) + ": " + why);
}

tl::unexpected<base::Error> refuse_changed(std::string_view path) {
  return refuse(path, "it changed while it was copied; stop the process that writes to it first");
}

// Names go into the manifest, to terminals and into the journal.
bool is_plain_text(std::string_view text) {
  return base::printable(text, PATH_MAX) == text;
}

// ".." may only lead: after a name that is itself a symlink it would start from wherever that one leads.
// Links of this form cannot leave together either, since each of them ends inside.
bool stays_inside(std::string_view target, std::size_t folder_depth) {
  if (target.empty() || target.front() == '/') return false;
  bool leading = true;
  std::size_t up = 0;
  for (const std::string& name : base::split(target, '/')) {
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      leading = false;
    } else if (!leading || ++up > folder_depth) {
      return false;
    }
  }
  return true;
}

Result<void> write_all(int fd, std::string_view content, std::string_view path) {
  while (!content.empty()) {
    const ssize_t done = retry([&] { return ::write(fd, content.data(), content.size()); });
    if (done < 0) return fs::fail_at(errno, "write", path);
    content.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

class Copier final : public fs::Visitor {
 public:
  Copier(const CopyRequest& request, uid_t source_owner, SealStats& stats)
      : request_(request), source_owner_(source_owner), stats_(stats), target_(request.target_fd) {}

  Result<bool> enter(const WalkEntry& entry) override;
  Result<void> visit(const WalkEntry& entry) override;
  Result<void> leave(int fd, std::string_view path) override;
  Result<void> cannot_open(const WalkEntry& entry, int number) override;

  std::vector<InventoryEntry> sorted() && {
    std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::move(entries_);
  }

 private:
  struct Source {
    UniqueFd fd;
    struct stat status = {};
  };

  Result<void> admit(const WalkEntry& entry);
  // In the release.
  [[nodiscard]] std::string path_of(const WalkEntry& entry) const {
    return request_.place.empty() ? std::string(entry.path) : base::concat({request_.place, "/", entry.path});
  }
  [[nodiscard]] bool is_left_out(const WalkEntry& entry) const {
    return request_.without_modules && entry.path == "node_modules";
  }
  Result<Source> open_source(const WalkEntry& entry) const;
  Result<void> copy_file(const WalkEntry& entry);
  Result<void> copy_symlink(const WalkEntry& entry);
  // `take` gets each block; refused when the file has more or fewer bytes than `source.status` says.
  template <class Take>
  Result<void> read(const Source& source, std::string_view path, Take take);
  Result<std::string> write(const WalkEntry& entry, const Source& source, const std::string* held);
  [[nodiscard]] bool wanted_by_size(const InventoryEntry& entry) const;
  Result<bool> link_equal(const WalkEntry& entry, const Source& source, InventoryEntry& made);
  bool link_sealed(const WalkEntry& entry, const InventoryEntry& content) const;

  const CopyRequest& request_;
  const uid_t source_owner_;
  SealStats& stats_;
  std::uint64_t seen_ = 0, bytes_ = 0;
  std::vector<InventoryEntry> entries_;
  struct Made {
    UniqueFd fd;
    int parent;
  };
  std::vector<Made> made_;  // the folders of the draft on the way to `target_`
  int target_;
  std::string block_ = std::string(block_size, '\0');
  std::string held_;
};

Result<void> Copier::admit(const WalkEntry& entry) {
  if (++seen_ > request_.limits.entries) {
    return refuse(entry.path, "the tree has more than " + std::to_string(request_.limits.entries) +
                                  " entries, which is too many for OpenClaw");
  }
  if (!is_plain_text(entry.path)) return refuse(entry.path, "its name is not printable UTF-8 text");
  return {};
}

Result<bool> Copier::enter(const WalkEntry& entry) {
  if (is_left_out(entry)) return false;
  if (auto admitted = admit(entry); !admitted) return base::pass(std::move(admitted.error()));
  if (made_.size() >= request_.limits.depth) {
    return refuse(entry.path, "more than " + std::to_string(request_.limits.depth) + " folders deep");
  }
  if (::mkdirat(target_, entry.name, 0700) != 0) {
    if (errno == EEXIST) return refuse_changed(entry.path);  // listed twice
    return fs::fail_at(errno, "make directory", entry.path);
  }
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd made(retry([&] { return ::openat(target_, entry.name, flags); }));
  if (!made) return fs::fail_at(errno, "open directory", entry.path);
  const int parent = std::exchange(target_, made.get());
  made_.push_back(Made{std::move(made), parent});
  return true;
}

Result<void> Copier::leave(int /*fd*/, std::string_view path) {
  if (made_.empty()) return {};
  if (::fchmod(target_, 0555) != 0) return fs::fail_at(errno, "seal", path);
  target_ = made_.back().parent;
  made_.pop_back();
  return {};
}

Result<void> Copier::cannot_open(const WalkEntry& entry, int number) {
  if (number == ENOTDIR || number == ELOOP || number == ENOENT) return refuse_changed(entry.path);
  return Visitor::cannot_open(entry, number);
}

Result<void> Copier::visit(const WalkEntry& entry) {
  if (is_left_out(entry)) return {};
  if (auto admitted = admit(entry); !admitted) return admitted;
  if (entry.type == DT_LNK) return copy_symlink(entry);
  if (entry.type != DT_REG) return fs::fail_special("seal", entry);
  if (auto copied = copy_file(entry); !copied) return copied;
  ++stats_.files;
  if (request_.progress) request_.progress(stats_.files);
  return {};
}

Result<void> Copier::copy_symlink(const WalkEntry& entry) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(entry.dir_fd, entry.name, target.data(), target.size() - 1);
  if (length < 0 && (errno == EINVAL || errno == ENOENT)) return refuse_changed(entry.path);
  if (length < 0) return fs::fail_at(errno, "read the symlink", entry.path);
  InventoryEntry made;
  made.path = path_of(entry);
  made.type = InventoryEntry::Type::symlink;
  made.size = static_cast<std::uint64_t>(length);
  made.content.assign(target.data(), static_cast<std::size_t>(length));
  if (!is_plain_text(made.content) || !stays_inside(made.content, made_.size())) {
    return refuse(entry.path, "it is a symlink to " + fs::shown(made.content) +
                                  ", which may point outside of the package");
  }
  if (::symlinkat(made.content.c_str(), target_, entry.name) != 0) {
    if (errno == EEXIST) return refuse_changed(entry.path);
    return fs::fail_at(errno, "make the symlink", entry.path);
  }
  entries_.push_back(std::move(made));
  return {};
}

Result<Copier::Source> Copier::open_source(const WalkEntry& entry) const {
  // O_NONBLOCK: neither a FIFO nor a lease of another process may block us.
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Source source;
  source.fd.reset(retry([&] { return ::openat(entry.dir_fd, entry.name, flags); }));
  if (!source.fd && (errno == ELOOP || errno == ENOENT)) return refuse_changed(entry.path);
  if (!source.fd) return fs::fail_at(errno, "open", entry.path);
  if (::fstat(source.fd.get(), &source.status) != 0) return fs::fail_at(errno, "stat", entry.path);
  if (!S_ISREG(source.status.st_mode)) return refuse_changed(entry.path);
  // Without fs.protected_hardlinks any user can give /etc/shadow a second name; sealed, all could read it.
  if (source.status.st_uid != source_owner_ && (source.status.st_mode & S_IROTH) == 0) {
    return refuse(entry.path, "it belongs to another user than the package and is not readable by all users");
  }
  return source;
}

template <class Take>
Result<void> Copier::read(const Source& source, std::string_view path, Take take) {
  const auto size = static_cast<std::uint64_t>(source.status.st_size);
  for (std::uint64_t offset = 0;;) {
    const ssize_t got = retry(
        [&] { return ::pread(source.fd.get(), block_.data(), block_.size(), static_cast<off_t>(offset)); });
    if (got < 0) return fs::fail_at(errno, "read", path);
    offset += static_cast<std::uint64_t>(got);
    if (offset > size || (got == 0 && offset < size)) return refuse_changed(path);
    if (got == 0) return {};
    if (auto taken = take(std::string_view(block_).substr(0, static_cast<std::size_t>(got))); !taken)
      return taken;
  }
}

bool Copier::wanted_by_size(const InventoryEntry& entry) const {
  const auto* files = request_.sealed != nullptr ? request_.sealed->at(entry.path) : nullptr;
  return files != nullptr && std::any_of(files->begin(), files->end(), [&](const SealedFiles::File& file) {
           return file.size == entry.size && file.executable == entry.executable;
         });
}

// A file of the name that has these bytes in the draft, as an inode of an earlier release. That inode is read
// again: what has rotted on disk must not live on in every release that follows.
bool Copier::link_sealed(const WalkEntry& entry, const InventoryEntry& content) const {
  for (const SealedFiles::File& file : *request_.sealed->at(content.path)) {
    if (file.sha256 != content.content || file.executable != content.executable) continue;
    const std::string path = file.release + "/" + content.path;
    const auto fd = fs::open_beneath(request_.releases_fd, path, O_RDONLY | O_NONBLOCK);
    if (!fd) continue;
    struct stat status = {};
    if (::fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const mode_t mode = content.executable ? 0555 : 0444;
    if ((status.st_mode & fs::permission_bits) != mode || status.st_uid != ::geteuid()) continue;
    if (base::sha256_hex_of_file(fd->get()).value_or("") != content.content) continue;
    // Refused (EMLINK, a file system without links): the file gets an inode of its own.
    if (fs::syscalls::link(request_.releases_fd, path.c_str(), target_, entry.name) == 0) return true;
  }
  return false;
}

// Answers the hash of what was written.
Result<std::string> Copier::write(const WalkEntry& entry, const Source& source, const std::string* held) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const UniqueFd file(retry([&] { return ::openat(target_, entry.name, flags, 0600); }));
  if (!file && errno == EEXIST) return refuse_changed(entry.path);
  if (!file) return fs::fail_at(errno, "create", entry.path);
  base::Digest digest;
  const auto put = [&](std::string_view block) -> Result<void> {
    digest.bytes(block);
    stats_.bytes_written += block.size();
    return write_all(file.get(), block, entry.path);
  };
  if (auto done = held != nullptr ? put(*held) : read(source, entry.path, put); !done) {
    return base::pass(std::move(done.error()));
  }
  // Some caches of compiled code go by it.
  const struct timespec times[] = {{0, UTIME_OMIT}, source.status.st_mtim};
  if (::futimens(file.get(), times) != 0) return fs::fail_at(errno, "set the time of", entry.path);
  const bool executable = (source.status.st_mode & 0111U) != 0;
  if (::fchmod(file.get(), executable ? 0555 : 0444) != 0) return fs::fail_at(errno, "seal", entry.path);
  return digest.hex();
}

Result<void> Copier::copy_file(const WalkEntry& entry) {
  auto source = open_source(entry);
  if (!source) return base::pass(std::move(source.error()));
  InventoryEntry made;
  made.path = path_of(entry);
  made.executable = (source->status.st_mode & 0111U) != 0;
  made.size = static_cast<std::uint64_t>(source->status.st_size);
  if (made.size > request_.limits.bytes - bytes_) {
    return refuse(entry.path, "the tree has more than " + base::human_bytes(request_.limits.bytes) +
                                  ", which is too large for OpenClaw");
  }
  bytes_ += made.size;

  const bool comparable = wanted_by_size(made);
  if (comparable) {
    auto linked = link_equal(entry, *source, made);
    if (!linked) return base::pass(std::move(linked.error()));
    if (*linked) {
      ++stats_.shared;
      entries_.push_back(std::move(made));
      return {};
    }
  }
  // What was held is what was hashed; what was not is read and hashed again, since it may have changed.
  const bool held = comparable && made.size <= held_limit;
  auto written = write(entry, *source, held ? &held_ : nullptr);
  if (!written) return base::pass(std::move(written.error()));
  made.content = std::move(*written);
  entries_.push_back(std::move(made));
  return {};
}

// Reads the source into `held_` where it fits, and gives `made` its hash. True: the draft has an earlier
// release's file with it.
Result<bool> Copier::link_equal(const WalkEntry& entry, const Source& source, InventoryEntry& made) {
  held_.clear();
  base::Digest digest;
  auto done = read(source, entry.path, [&](std::string_view block) -> Result<void> {
    digest.bytes(block);
    if (made.size <= held_limit) held_.append(block);
    return {};
  });
  if (!done) return base::pass(std::move(done.error()));
  made.content = digest.hex();
  return link_sealed(entry, made);
}

// Makes it, and what is on the way, and adds them to `folders`, outer ones first.
Result<UniqueFd> open_place(int target_fd, const std::string& path, std::vector<std::string>& folders) {
  if (path.empty()) return fs::open_directory_beneath(target_fd, ".");
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    std::string folder = path.substr(0, slash);
    if (::mkdirat(target_fd, folder.c_str(), 0700) == 0) {
      folders.push_back(std::move(folder));
    } else if (errno != EEXIST) {
      return fs::fail_at(errno, "make directory", folder);
    }
  }
  if (::mkdirat(target_fd, path.c_str(), 0700) != 0) return fs::fail_at(errno, "make directory", path);
  folders.push_back(path);
  return fs::open_directory_beneath(target_fd, path);
}

}  // namespace

void SealedFiles::add(const std::string& release, const Manifest& manifest) {
  for (const InventoryEntry& entry : manifest.entries) {
    if (entry.type != InventoryEntry::Type::file) continue;
    auto& files = files_[entry.path];
    // Several releases share one inode of it; one that is another inode is a second choice.
    const auto same = [&](const File& file) {
      return file.sha256 == entry.content && file.executable == entry.executable;
    };
    if (std::none_of(files.begin(), files.end(), same)) {
      files.push_back({release, entry.content, entry.size, entry.executable});
    }
  }
}

const std::vector<SealedFiles::File>* SealedFiles::at(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

Result<std::vector<InventoryEntry>> copy_sealed(const CopyRequest& request, SealStats& stats) {
  struct stat root = {};
  if (::fstat(request.source_fd, &root) != 0) return base::fail_errno(errno, "cannot stat the package");
  Copier copier(request, root.st_uid, stats);
  if (auto done = fs::walk(request.source_fd, copier); !done) return base::pass(std::move(done.error()));
  return std::move(copier).sorted();
}

Result<std::vector<InventoryEntry>> copy_sealed_parts(const std::vector<Part>& parts,
                                                      const CopyRequest& request, SealStats& stats) {
  std::vector<InventoryEntry> all;
  std::vector<std::string> folders;  // in which parts are, not yet sealed
  CopyRequest of_part = request;
  of_part.without_modules = true;
  for (const Part& part : parts) {
    auto source = open_part(part);
    if (!source) return base::pass(std::move(source.error()));
    auto target = open_place(request.target_fd, part.path, folders);
    if (!target) return base::pass(std::move(target.error()));
    of_part.source_fd = source->get();
    of_part.target_fd = target->get();
    of_part.place = part.path;
    auto entries = copy_sealed(of_part, stats);
    if (!entries) return base::pass(std::move(entries.error()), part.folder);
    of_part.limits.entries -= std::min<std::uint64_t>(of_part.limits.entries, entries->size());
    for (InventoryEntry& entry : *entries) {
      of_part.limits.bytes -= std::min(of_part.limits.bytes, entry.size);
      all.push_back(std::move(entry));
    }
  }
  // Inner ones first.
  std::reverse(folders.begin(), folders.end());
  for (const std::string& folder : folders) {
    const auto fd = fs::open_directory_beneath(request.target_fd, folder);
    if (!fd) return base::pass(fd.error());
    if (::fchmod(fd->get(), 0555) != 0) return fs::fail_at(errno, "seal", folder);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return all;
}

}  // namespace release
