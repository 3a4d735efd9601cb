// SPDX-License-Identifier: MIT
#include "workers/fetch/finish_package.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/json.hpp"
#include "base/redaction.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/walk.hpp"
#include "npm/blame.hpp"
#include "npm/environment.hpp"
#include "npm/toolchain.hpp"
#include "openclaw/package.hpp"
#include "process/run.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;

constexpr const char* postinstall_script = "scripts/postinstall-bundled-plugins.mjs";

// None of this worker's own variables, and none that makes the script do more than finish this tree: no npm
// that downloads (2026.4.14 would), no migration of plugin records (2026.4.26-5.27; there are none in this
// HOME), no compile cache to find and delete.
base::Environment environment_of(const FetchContext& context, const Finishing& finishing) {
  npm::Toolchain toolchain = context.toolchain;
  toolchain.node = finishing.node;
  return {{"HOME", finishing.home},
          {"TMPDIR", finishing.home},
          {"PATH", npm::client_path(toolchain)},
          {"LANG", "C.UTF-8"},
          {"CI", "1"},
          {"NO_COLOR", "1"},
          {"DO_NOT_TRACK", "1"},
          {"NODE_DISABLE_COMPILE_CACHE", "1"},
          {"npm_config_offline", "true"},
          {"OPENCLAW_DISABLE_PLUGIN_REGISTRY_MIGRATION", "1"},
          {"OPENCLAW_NO_AUTO_UPDATE", "1"},
          {"OPENCLAW_NO_RESPAWN", "1"}};
}

Result<std::string> run_node(const FetchContext& context, const Finishing& finishing,
                             const std::vector<std::string>& arguments, const std::string& what) {
  process::Command command{{finishing.node}, environment_of(context, finishing), finishing.package_root};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  process::Watch watch;
  watch.stall_timeout = std::chrono::seconds{120};
  auto outcome = process::run(command, watch);
  if (!outcome) return base::pass(outcome.error(), what);
  if (outcome->exit_status == 0 && !outcome->stalled) return std::move(outcome->output);
  const std::string end = outcome->stalled
                              ? "made no progress"
                              : "failed (exit status " + std::to_string(outcome->exit_status) + ")";
  const bool full = outcome->output.find("ENOSPC: no space left on device") != std::string::npos;
  return tl::make_unexpected(
      base::Error{full ? ErrorKind::system : ErrorKind::unavailable, full ? ENOSPC : 0,
                  base::concat({what, " ", end, ". It said: ", npm::last_words(outcome->said(), 1500)})});
}

// Whether this version has one; `unavailable` if it must have one that is unknown here.
Result<bool> has_postinstall(int root_fd, const std::string& version) {
  if (fs::may_exist_beneath(root_fd, postinstall_script)) return true;
  const auto text = fs::read_file(root_fd, "package.json");
  if (!text) return base::pass(text.error());
  const auto manifest = base::parse_json(*text, "package.json");
  if (!manifest) return base::pass(manifest.error());
  const std::string script = base::text_at(*manifest, "scripts.postinstall");
  if (script.empty()) return false;
  return base::fail(
      ErrorKind::unavailable,
      base::concat({"OpenClaw ", version, " completes its installation with \"", base::printable(script, 200),
                    "\", which is unknown to this version; a newer openclaw-systemd may support it"}));
}

class Opener final : public fs::Visitor {
 public:
  Result<bool> enter(const fs::WalkEntry& entry) override {
    if (auto set = set_mode(entry, 0755); !set) return base::pass(set.error());
    return true;
  }
  Result<void> visit(const fs::WalkEntry& entry) override {
    ++size.files;
    if (entry.type == DT_LNK) return {};
    if (entry.type != DT_REG) return fs::fail_special("keep", entry);
    struct stat status {};
    if (::fstatat(entry.dir_fd, entry.name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return fs::fail_at(errno, "examine", entry.path);
    }
    size.bytes += static_cast<std::uint64_t>(status.st_size);
    const mode_t mode = (status.st_mode & 0111U) != 0 ? 0755 : 0644;
    if ((status.st_mode & 07777U) == mode) return {};
    return set_mode(entry, mode);
  }

  TreeSize size;

 private:
  // The tree is this worker's own, and no process is left that could replace a path by a link.
  static Result<void> set_mode(const fs::WalkEntry& entry, mode_t mode) {
    if (::fchmodat(entry.dir_fd, entry.name, mode, 0) == 0) return {};
    return fs::fail_at(errno, "change the mode of", entry.path);
  }
};

}  // namespace

Result<void> finish_package(const FetchContext& context, const Finishing& finishing) {
  const auto root = fs::open_directory(finishing.package_root);
  if (!root) return base::pass(root.error());
  const auto script = has_postinstall(root->get(), finishing.version);
  if (!script) return base::pass(script.error());
  if (*script) {
    context.notifier.status("running OpenClaw's postinstall");
    const auto done = run_node(context, finishing, {postinstall_script}, "OpenClaw's postinstall");
    if (!done) return base::pass(done.error());
  }
  for (const char* mark : openclaw::lifecycle_marks) {
    if (!fs::may_exist_beneath(root->get(), mark)) continue;
    return base::fail(ErrorKind::integrity,
                      base::concat({"OpenClaw's postinstall succeeded but left ", mark,
                                    ": every command of this package would refuse to run"}));
  }
  context.notifier.status("asking OpenClaw for its version");
  const auto said = run_node(context, finishing, {"openclaw.mjs", "--version"}, "`openclaw --version`");
  if (!said) return base::pass(said.error());
  for (const std::string& line : base::split(*said, '\n')) {
    for (const std::string& word : base::split(line, ' ')) {
      if (word == finishing.version) return {};
    }
  }
  return base::fail(ErrorKind::integrity,
                    base::concat({"`openclaw --version` should print ", finishing.version, " but prints: ",
                                  npm::last_words(base::Redaction{}.applied_to_lines(*said), 300)}));
}

Result<TreeSize> open_to_readers(const std::string& package_root) {
  const auto root = fs::open_directory(package_root);
  if (!root) return base::pass(root.error());
  if (::fchmod(root->get(), 0755) != 0) return fs::fail_at(errno, "change the mode of", package_root);
  Opener opener;
  if (auto walked = fs::walk(root->get(), opener); !walked) return base::pass(walked.error(), package_root);
  return opener.size;
}

}  // namespace workers
