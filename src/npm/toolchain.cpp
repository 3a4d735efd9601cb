// SPDX-License-Identifier: MIT
#include "npm/toolchain.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "npm/npmrc.hpp"

namespace npm {
namespace {

using base::ErrorKind;
using base::Result;

// What systemd gives to services (`systemd-path search-binaries-default`).
constexpr std::string_view default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Where npm's own files lie, seen from the directory of the Node that brought them: a prefix (tarball,
// NodeSource, nvm), or flat (the Windows layout, some images). Debian's npm package belongs to no Node in
// particular.
constexpr std::string_view npm_beside_node[] = {"../lib/node_modules/npm", "node_modules/npm"};
constexpr std::string_view npm_of_debian = "/usr/share/nodejs/npm";

// What the disk does not answer is not absent: another Node or npm would be taken in its place.
Result<bool> is_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return S_ISREG(status.st_mode);
  auto failure = fs::fail_at(errno, "look for", path);
  if (fs::is_answer(failure.value())) return false;
  return failure;
}

Result<bool> is_executable(const std::string& path) {
  const auto file = is_file(path);
  if (!file || !*file) return file;
  return ::access(path.c_str(), X_OK) == 0;
}

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : path;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

void add_once(std::vector<std::string>& list, std::string value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

std::vector<std::string> directories_of(const std::string& path) {
  std::vector<std::string> directories;
  for (const std::string_view part : {std::string_view(path), default_path}) {
    for (const std::string& directory : base::split(part, ':')) {
      // A relative or empty entry means the current directory: nothing of ours is to be found by chance.
      if (directory.starts_with('/')) add_once(directories, directory);
    }
  }
  return directories;
}

// Some files of a client's name would download the client, of an arbitrary version: corepack's shims,
// scripts of a few lines that load corepack; and what pnpm 12 puts in place of its binary until its install
// script ran, an sh script without "#!".
bool is_placeholder(const std::string& path) {
  const std::string real = resolved(path);
  if (real.find("/corepack/") != std::string::npos) return true;
  struct stat status {};
  constexpr off_t longest_shim = 8192;  // everything longer is a program
  if (::stat(real.c_str(), &status) != 0 || status.st_size > longest_shim) return false;
  const auto text = fs::read_trusted_file(real);
  return text && (!text->starts_with("#!") || text->find("corepack") != std::string::npos);
}

Result<std::optional<std::string>> find_executable(const std::vector<std::string>& directories,
                                                   std::string_view name) {
  for (const std::string& directory : directories) {
    const std::string candidate = directory + "/" + std::string(name);
    const auto found = is_executable(candidate);
    if (!found) return base::pass(found.error());
    if (*found && !is_placeholder(candidate)) return candidate;
  }
  return std::nullopt;
}

base::Result<std::string> find_node_in(const std::string& preferred,
                                       const std::vector<std::string>& directories) {
  if (!preferred.empty()) {
    const auto found = is_executable(preferred);
    if (!found) return base::pass(found.error());
    if (preferred.starts_with('/') && *found) return preferred;
    // It may be there, and be hidden from a worker by its ProtectHome=.
    if (preferred.starts_with("/home/") || preferred.starts_with("/root/")) {
      return base::fail(
          ErrorKind::not_found,
          preferred +
              " is not an executable file that is visible here; correct [gateway] node=, or, if it "
              "exists, see Node or npm in a home directory in openclaw-workers(8)");
    }
    return base::fail(ErrorKind::not_found, preferred +
                                                " is not an executable file given by an absolute path; "
                                                "correct [gateway] node=");
  }
  for (const std::string& directory : directories) {
    std::string candidate = directory + "/node";
    const auto found = is_executable(candidate);
    if (!found) return base::pass(found.error());
    if (*found) return candidate;
  }
  return base::fail(ErrorKind::not_found,
                    "no node in " + base::join(directories, ", ") +
                        "; set the gateway's Node with [gateway] node= (version managers "
                        "install it where services do not find it)");
}

// The folder of npm itself, real: npm finds its own files relative to the script's real path anyway.
Result<std::optional<std::string>> find_npm_folder(const std::vector<std::string>& node_directories) {
  std::vector<std::string> candidates;
  for (const std::string& directory : node_directories) {
    for (const std::string_view tail : npm_beside_node)
      candidates.push_back(directory + "/" + std::string(tail));
  }
  candidates.emplace_back(npm_of_debian);
  for (const std::string& candidate : candidates) {
    const auto found = is_file(candidate + "/bin/npm-cli.js");
    if (!found) return base::pass(found.error());
    if (*found) return resolved(candidate);
  }
  return std::nullopt;
}

// As npm decides: a distribution's built-in npmrc may name the file or the prefix (Debian:
// globalconfig=/etc/npmrc); otherwise it is <prefix>/etc/npmrc, the prefix being where the real node is.
std::string find_global_config(const std::optional<std::string>& npm_folder, const std::string& node) {
  std::string prefix = parent_of(parent_of(resolved(node)));
  if (npm_folder) {
    if (const auto builtin = fs::read_trusted_file(*npm_folder + "/npmrc")) {
      const Npmrc settings = parse_npmrc(*builtin);
      if (const auto* file = settings.find("globalconfig")) return *file;
      if (const auto* other = settings.find("prefix")) prefix = *other;
    }
  }
  return (prefix == "/" ? "" : prefix) + "/etc/npmrc";
}

}  // namespace

base::Result<Toolchain> find_toolchain(const std::string& preferred_node, const std::string& path) {
  const std::vector<std::string> on_path = directories_of(path);
  auto node = find_node_in(preferred_node, on_path);
  if (!node) return base::pass(node.error());
  Toolchain toolchain;
  toolchain.node = *node;
  // /usr/local/bin/node may be a link into a version's folder: npm and pnpm can be beside either.
  std::vector<std::string> beside = {parent_of(*node)};
  add_once(beside, parent_of(resolved(*node)));
  toolchain.searched = beside;
  for (const std::string& directory : on_path) add_once(toolchain.searched, directory);

  const auto npm_folder = find_npm_folder(beside);
  if (!npm_folder) return base::pass(npm_folder.error());
  if (*npm_folder) toolchain.npm_cli = **npm_folder + "/bin/npm-cli.js";
  for (const auto& [name, client] :
       {std::pair{"npm", &toolchain.npm}, {"pnpm", &toolchain.pnpm}, {"bun", &toolchain.bun}}) {
    if (client == &toolchain.npm && *npm_folder) continue;
    auto found = find_executable(toolchain.searched, name);
    if (!found) return base::pass(found.error());
    *client = std::move(*found);
  }
  toolchain.global_config = find_global_config(*npm_folder, *node);
  return toolchain;
}

base::Result<std::string> find_node(const std::string& preferred_node, const std::string& path) {
  return find_node_in(preferred_node, directories_of(path));
}

std::string client_path(const Toolchain& toolchain) {
  return parent_of(toolchain.node) + ":" + std::string(default_path);
}

}  // namespace npm
