// SPDX-License-Identifier: MIT
// Opening, listing and sealing. Pointers, checking and removal are in pointers.cpp, verification.cpp and
// retention.cpp.
#include "release/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"
#include "release/copy.hpp"
#include "release/manifest.hpp"
#include "release/names.hpp"

namespace release {
namespace {

using base::ErrorKind;
using base::Result;
using base::UniqueFd;

// What others can write, they could make us link, rename or remove by.
Result<void> require_ours(int fd, const std::string& path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return fs::fail_at(errno, "stat", path);
  if (status.st_uid == ::geteuid() && (status.st_mode & 0022U) == 0) return {};
  if (status.st_uid == 0 && (status.st_mode & 0022U) == 0) {
    return base::fail(ErrorKind::refused, fs::shown(path) + " belongs to root; use sudo");
  }
  return base::fail(ErrorKind::refused, fs::shown(path) +
                                            " is writable for other users; change its owner, and remove the "
                                            "write access of group and others (chmod go-w)");
}

// Whatever the umask of the unit: the gateway's user must reach its release.
Result<UniqueFd> open_releases(int state_fd) {
  if (::mkdirat(state_fd, names::folder, 0755) == 0) {
    if (auto changed = fs::change_mode_tolerantly(state_fd, names::folder, 0755); !changed) {
      return base::pass(std::move(changed.error()));
    }
    if (auto synced = fs::sync_directory(state_fd); !synced) return base::pass(std::move(synced.error()));
  } else if (errno != EEXIST) {
    return fs::fail_at(errno, "make directory", names::folder);
  }
  return fs::open_directory_beneath(state_fd, names::folder);
}

// A folder in releases/ that is removed with all it contains unless it became a release.
class Draft {
 public:
  Draft(int releases_fd, std::string name) : releases_fd_(releases_fd), name_(std::move(name)) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    // What cannot be removed now is a draft still, and swept.
    if (!name_.empty()) static_cast<void>(fs::remove_tree(releases_fd_, name_));
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  void published() { name_.clear(); }

 private:
  int releases_fd_;
  std::string name_;
};

// Of the digest in a name. Eight digits distinguish the releases of one version; only where a user has
// searched for two trees with the same eight is there need for more.
constexpr std::array<std::size_t, 3> digest_lengths = {8, 16, 64};

struct Place {
  std::string name;
  bool taken = false;  // by a release of this content, complete or damaged
};

Place place_for(int releases_fd, const std::string& version, const std::string& digest) {
  Place place;
  for (const std::size_t length : digest_lengths) {
    place.name = version + "-" + digest.substr(0, length);
    place.taken = fs::exists_beneath(releases_fd, place.name);
    if (!place.taken) return place;
    const auto manifest = read_manifest(releases_fd, place.name);
    // An unreadable manifest belongs to a damaged release, which is replaced.
    if (!manifest || fs::inventory_digest(manifest->entries) == digest) return place;
  }
  return place;
}

Result<void> require_version(const Description& description) {
  const auto version = openclaw::Version::parse(description.version);
  if (version && version->text() == description.version) return {};
  return base::fail(ErrorKind::bad_input, fs::shown(description.version) + " is not a version of OpenClaw");
}

std::string version_of_name(const std::string& name) {
  const std::size_t hyphen = name.rfind('-');
  return name.substr(0, hyphen);
}

bool precedes(const Release& left, const Release& right) {
  const auto left_version = openclaw::Version::parse(left.description.version);
  const auto right_version = openclaw::Version::parse(right.description.version);
  if (left_version.has_value() != right_version.has_value()) return right_version.has_value();
  if (left_version && *left_version != *right_version) return *left_version < *right_version;
  const auto key = [](const Release& release) {
    return std::tie(release.description.made_by, release.description.made_at, release.name);
  };
  return key(left) < key(right);
}

}  // namespace

Result<Store> Store::open(const std::string& state_directory, const std::string& links) {
  Store store;
  store.path_ = state_directory;
  store.links_path_ = links.empty() ? state_directory : links;
  for (const auto& [path, place] :
       {std::pair{&store.path_, &store.updater_}, std::pair{&store.links_path_, &store.directory_}}) {
    auto directory = fs::open_directory(*path);
    if (!directory) return base::pass(std::move(directory.error()));
    if (auto ours = require_ours(directory->get(), *path); !ours) return base::pass(std::move(ours.error()));
    *place = std::move(*directory);
  }
  auto releases = open_releases(store.updater_.get());
  if (!releases) return base::pass(std::move(releases.error()), state_directory);
  const std::string path = state_directory + "/" + names::folder;
  if (auto ours = require_ours(releases->get(), path); !ours) return base::pass(std::move(ours.error()));
  store.releases_ = std::move(*releases);
  // Relative, so that the whole can be looked at from where it is mounted elsewhere.
  const std::string beneath =
      store.links_path_.substr(std::min(store.path_.size(), store.links_path_.size()));
  for (const char c : beneath) store.target_prefix_ += c == '/' ? "../" : "";
  store.target_prefix_ += base::concat({names::folder, "/"});
  return store;
}

Result<void> Store::use() const {
  if (use_) return {};
  auto use = use_store(updater_.get());
  if (!use) return base::pass(std::move(use.error()));
  use_ = std::move(*use);
  return {};
}

Result<bool> Store::alone(const std::function<Result<void>()>& work) const {
  std::optional<SharedUse> own;
  if (!use_) {
    auto use = use_store(updater_.get());
    if (!use) return base::pass(std::move(use.error()));
    own = std::move(*use);
  }
  SharedUse& mine = use_ ? *use_ : *own;
  auto exclusive = mine.become_exclusive();
  if (!exclusive || !*exclusive) return exclusive;
  auto done = work();
  mine.become_shared();
  if (!done) return base::pass(std::move(done.error()));
  return true;
}

Result<std::vector<Release>> Store::list() const {
  const auto entries = fs::list_directory(releases_.get());
  if (!entries) return base::pass(entries.error());
  std::vector<Release> found;
  for (const auto& entry : *entries) {
    if (entry.type != fs::DirectoryEntry::Type::directory) continue;
    if (!names::is_release_name(entry.name)) continue;
    Release release{entry.name, path_ + "/" + names::folder + "/" + entry.name, {}};
    auto description = read_description(releases_.get(), entry.name);
    // An imported release whose manifest could not be read now is still an imported one.
    if (!description && !fs::is_answer(description.error())) return base::pass(description.error());
    release.description =
        std::move(description).value_or(Description{version_of_name(entry.name), "", "", "", ""});
    found.push_back(std::move(release));
  }
  std::sort(found.begin(), found.end(), precedes);
  return found;
}

Result<Release> Store::find(const std::string& name) const {
  auto all = list();
  if (!all) return base::pass(std::move(all.error()));
  std::vector<std::string> names;
  for (Release& release : *all) {
    if (release.name == name) return std::move(release);
    names.push_back(release.name);
  }
  return base::fail(ErrorKind::not_found, "there is no release " + fs::shown(name) +
                                              (names.empty() ? std::string(": none is sealed yet")
                                                             : "; there is " + base::join(names, ", ")));
}

Result<Release> Store::seal(int source_fd, const Description& description,
                            const std::function<void(std::uint64_t files)>& progress,
                            SealStats* stats) const {
  SealStats counted;
  auto release = seal_copy(description, [&](CopyRequest& request) {
    request.source_fd = source_fd;
    request.progress = progress;
    return copy_sealed(request, counted);
  });
  if (release && stats != nullptr) *stats = counted;
  return release;
}

Result<Release> Store::seal_stated(int source_fd, const Description& description, const std::string& digest,
                                   const std::function<void(std::uint64_t files)>& progress) const {
  SealStats counted;
  const auto copy = [&](CopyRequest& request) {
    request.source_fd = source_fd;
    request.progress = progress;
    return copy_sealed(request, counted);
  };
  return seal_copy(description, copy, digest);
}

Result<Release> Store::seal(const std::vector<Part>& parts, const Description& description,
                            const std::function<void(std::uint64_t files)>& progress) const {
  SealStats counted;
  return seal_copy(description, [&](CopyRequest& request) {
    request.progress = progress;
    return copy_sealed_parts(parts, request, counted);
  });
}

Result<Release> Store::seal_copy(const Description& description, const Copy& copy,
                                 const std::string& stated) const {
  if (auto valid = require_version(description); !valid) return base::pass(std::move(valid.error()));
  if (auto used = use(); !used) return base::pass(std::move(used.error()));
  auto earlier = list();
  if (!earlier) return base::pass(earlier.error());
  std::reverse(earlier->begin(), earlier->end());
  SealedFiles sealed;
  for (const Release& release : *earlier) {
    // One whose manifest is damaged shares nothing; `verify` reports it.
    if (const auto manifest = read_manifest(releases_.get(), release.name))
      sealed.add(release.name, *manifest);
  }

  auto draft_name = fs::make_temporary_directory(releases_.get(), names::draft_prefix);
  if (!draft_name) return base::pass(std::move(draft_name.error()));
  Draft draft(releases_.get(), std::move(*draft_name));
  const auto target = fs::open_directory_beneath(releases_.get(), draft.name());
  if (!target) return base::pass(target.error());

  CopyRequest request;
  request.target_fd = target->get();
  request.releases_fd = releases_.get();
  request.sealed = &sealed;
  auto entries = copy(request);
  if (!entries) return base::pass(std::move(entries.error()));

  const auto publishing = begin_publishing(updater_.get());
  if (!publishing) return base::pass(publishing.error());
  const Manifest manifest{description, std::move(*entries)};
  const std::string digest = fs::inventory_digest(manifest.entries);
  if (!stated.empty() && digest != stated) {
    return base::fail(ErrorKind::integrity,
                      "its files are not those that were exported: their digest differs from the stated one");
  }
  const auto [name, taken] = place_for(releases_.get(), description.version, digest);
  if (taken && verify(name)) return find(name);

  // A rename within one folder needs no write permission on what is renamed, so the top is sealed before it.
  if (::fchmod(target->get(), 0555) != 0) return fs::fail_at(errno, "seal", draft.name());
  if (auto done = fs::sync_file_system(target->get()); !done) return base::pass(std::move(done.error()));
  if (auto done = write_manifest(releases_.get(), name, manifest); !done)
    return base::pass(std::move(done.error()));
  if (auto done = fs::publish(releases_.get(), draft.name(), name); !done)
    return base::pass(std::move(done.error()));
  draft.published();
  return find(name);
}

}  // namespace release
