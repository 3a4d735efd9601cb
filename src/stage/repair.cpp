#include "stage/repair.hpp"

#include <sys/stat.h>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/list.hpp"
#include "fs/outward_links.hpp"
#include "fs/tree.hpp"
#include "lock/owner_lock.hpp"

namespace stage {
namespace {

using base::Result;

struct LockName {
  const char* name;
  bool openclaw::Leftovers::*taken;
};
constexpr LockName lock_names[] = {
    {".openclaw-runtime-deps.lock", &openclaw::Leftovers::dependency_lock},
    {".openclaw-runtime-mirror.lock", &openclaw::Leftovers::mirror_lock},
};

// Folders that a process which died has left in a root, by name prefix, ours and OpenClaw's.
constexpr const char* half_finished_prefixes[] = {
    ".openclaw-systemd-",
    ".openclaw-runtime-deps-copy-",
    ".openclaw-write-probe-",
    ".openclaw-install-stage",
};

class Repair {
 public:
  Repair(std::string root, int root_fd, const openclaw::Era& era, const openclaw::Package& package,
         bool apply)
      : root_(std::move(root)), root_fd_(root_fd), era_(era), package_(package), apply_(apply) {}

  Result<std::vector<Finding>> run() {
    if (const auto done = locks(); !done) return base::pass(done.error(), "repairing " + root_);
    // With a living owner in the root, anything that looks half-finished may be its work.
    if (!somebody_is_at_work_) {
      if (const auto done = half_finished(); !done) return base::pass(done.error(), "repairing " + root_);
    }
    if (const auto done = links(); !done) return base::pass(done.error(), "repairing " + root_);
    return std::move(findings_);
  }

 private:
  Result<void> locks() {
    for (const auto& [name, taken] : lock_names) {
      // A lock that this era does not know does no harm, but another version sharing the root would wait for
      // it.
      if (!(era_.leftovers.*taken) && !fs::exists_beneath(root_fd_, name)) continue;
      const auto verdict = apply_ ? lock::reclaim(root_fd_, name) : lock::examine(root_fd_, name);
      if (!verdict) return base::pass(verdict.error());
      note_lock(name, *verdict);
    }
    return {};
  }

  void note_lock(const char* name, const lock::LockVerdict& verdict) {
    const std::string path = root_ + "/" + name;
    const std::string age = base::human_duration(verdict.age_ms);
    if (verdict.state == lock::LockVerdict::State::gone) {
      findings_.push_back(
          {Finding::Kind::lock_reclaimed, apply_, path,
           std::string(apply_ ? "removed" : "would remove") + " a lock of " + age + ": " + verdict.reason});
    } else if (verdict.state == lock::LockVerdict::State::held) {
      somebody_is_at_work_ = true;
      findings_.push_back({Finding::Kind::lock_held, false, path,
                           "left a lock of " + age + ": " + verdict.reason +
                               "; if that process is not OpenClaw's, stop it or remove the lock"});
    }
  }

  Result<void> half_finished() {
    const auto entries = fs::list_directory(root_fd_);
    if (!entries) return base::pass(entries.error());
    for (const auto& entry : *entries) {
      for (const char* prefix : half_finished_prefixes) {
        if (!entry.name.starts_with(prefix)) continue;
        if (apply_) {
          if (const auto removed = fs::remove_tree(root_fd_, entry.name); !removed) return removed;
        }
        findings_.push_back(
            {Finding::Kind::half_finished, apply_, root_ + "/" + entry.name,
             std::string(apply_ ? "removed" : "would remove") + " what a run that died has left"});
      }
    }
    return {};
  }

  // Deep inside node_modules nothing can be outward: closures hold no links. What OpenClaw itself may have
  // put there are links for whole packages, at the top and in scopes (layered stage directories, 4.26).
  [[nodiscard]] static bool below_packages(std::string_view path) {
    constexpr std::string_view modules = "node_modules/";
    if (!path.starts_with(modules)) return false;
    return path[modules.size()] != '@' || path.find('/', modules.size()) != std::string_view::npos;
  }

  // 4.22-4.26 mirror dist by links into the very package that runs: those are the mirror, not damage.
  [[nodiscard]] bool is_own_mirror(const fs::OutwardLink& link) const {
    return era_.leftovers.mirror_links_expected && !link.dangling &&
           link.target.starts_with(package_.root + "/");
  }

  Result<void> links() {
    auto outward = fs::find_outward_links(root_fd_, root_, below_packages);
    if (!outward) return base::pass(outward.error());
    std::erase_if(*outward, [this](const auto& link) { return is_own_mirror(link); });
    if (apply_) {
      if (const auto replaced = fs::replace_outward_links(root_fd_, *outward); !replaced) return replaced;
    }
    for (const auto& link : *outward) {
      findings_.push_back({Finding::Kind::stale_link, apply_, root_ + "/" + link.path,
                           std::string(apply_ ? "replaced" : "would replace") +
                               " a link that leads out of the root, to " +
                               base::printable(link.target, 256)});
    }
    return {};
  }

  std::string root_;
  int root_fd_;
  const openclaw::Era& era_;
  const openclaw::Package& package_;
  bool apply_;
  bool somebody_is_at_work_ = false;
  std::vector<Finding> findings_;
};

}  // namespace

Result<std::vector<Finding>> repair_root(const std::string& root, const openclaw::Era& era,
                                         const openclaw::Package& package, bool apply) {
  struct stat status {};
  if (::lstat(root.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::vector<Finding>{};
    return base::fail_errno(errno, "looking at " + root);
  }
  const auto slash = root.rfind('/');
  const auto base_fd = fs::open_directory(root.substr(0, slash));
  if (!base_fd) return base::pass(base_fd.error());
  // The root itself must be a real folder: a link here would make every repair happen somewhere else.
  const auto root_fd = fs::open_directory_beneath(base_fd->get(), root.substr(slash + 1));
  if (!root_fd) {
    return base::pass(root_fd.error(),
                      root + " is not a folder of its own; move it away, it will be staged again");
  }
  return Repair(root, root_fd->get(), era, package, apply).run();
}

}  // namespace stage
