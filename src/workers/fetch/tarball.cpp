// SPDX-License-Identifier: MIT
#include "workers/fetch/tarball.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/walk.hpp"
#include "workers/fetch/base64.hpp"
#include "workers/tar.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;

std::optional<std::string> hex_of_base64(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto bytes = bytes_of_base64(text);
  if (!bytes) return std::nullopt;
  std::string hex;
  for (const char byte : *bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += digits[value >> 4U];
    hex += digits[value & 15U];
  }
  return hex;
}

Result<std::string> sha512_of_file(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return base::fail_errno(errno, "cannot open " + path);
  base::Digest digest(base::Digest::Algorithm::sha512);
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail_errno(errno, "cannot read " + path);
    if (size == 0) return digest.hex();
    digest.bytes({buffer.data(), static_cast<std::size_t>(size)});
  }
}

// npm ignores links when it unpacks, so no working package depends on one.
class OnlyFilesAndFolders final : public fs::Visitor {
 public:
  Result<void> visit(const fs::WalkEntry& entry) override {
    if (entry.type == DT_REG) return {};
    return base::fail(ErrorKind::integrity, "the tarball contains " + fs::shown(entry.path) +
                                                ", which is neither a file nor a folder");
  }
};

}  // namespace

Result<std::string> sha512_of_integrity(std::string_view integrity) {
  constexpr std::string_view prefix = "sha512-";
  constexpr std::size_t hex_digits = 128;
  for (const std::string& one : base::split(integrity, ' ')) {
    if (!one.starts_with(prefix)) continue;
    const auto hex = hex_of_base64(std::string_view(one).substr(prefix.size()));
    if (hex && hex->size() == hex_digits) return *hex;
  }
  return base::fail(ErrorKind::bad_input, base::concat({"'", base::printable(integrity, 200),
                                                        "' is not a sha512 integrity of a registry"}));
}

Result<void> verify_tarball(const std::string& path, std::string_view integrity) {
  const auto promised = sha512_of_integrity(integrity);
  if (!promised) return base::pass(promised.error());
  const auto real = sha512_of_file(path);
  if (!real) return base::pass(real.error());
  if (*real == *promised) return {};
  return base::fail(
      ErrorKind::integrity,
      base::concat({path.substr(path.rfind('/') + 1), " does not match the registry: its sha512 is ",
                    real->substr(0, 16), "... instead of ", promised->substr(0, 16),
                    "...; a proxy or mirror may have changed it. ",
                    "Try again, and examine the registry if this persists"}));
}

Result<void> unpack_tarball(const std::string& path, const std::string& folder,
                            const std::vector<std::string>& patterns) {
  std::vector<std::string> arguments = {"--extract",
                                        "--gzip",
                                        "--file=" + path,
                                        "--directory=.",
                                        "--strip-components=1",
                                        "--no-same-owner",
                                        "--no-same-permissions"};
  if (!patterns.empty()) arguments.emplace_back("--wildcards");
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), patterns.begin(), patterns.end());
  const Tar tar{.arguments = std::move(arguments), .directory = folder, .does = "unpack " + path};
  if (auto done = run_tar(tar, {}); !done) return done;
  const auto root = fs::open_directory(folder);
  if (!root) return base::pass(root.error());
  OnlyFilesAndFolders check;
  return fs::walk(root->get(), check);
}

}  // namespace workers
