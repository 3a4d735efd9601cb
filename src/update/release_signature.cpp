// SPDX-License-Identifier: MIT
#include "update/release_signature.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/failure.hpp"
#include "process/run.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using base::UniqueFd;

Result<std::string> find_ssh_keygen() {
  constexpr std::array<const char*, 4> places{"/usr/bin/ssh-keygen", "/bin/ssh-keygen",
                                              "/usr/local/bin/ssh-keygen",
                                              "/run/current-system/sw/bin/ssh-keygen"};
  for (const char* const place : places) {
    if (::access(place, X_OK) == 0) return place;
  }
  return base::fail(ErrorKind::unavailable,
                    "ssh-keygen, which verifies signatures, is not installed; install openssh-client");
}

// The content of a file, through a pipe and with its checksum: what is verified is what was read here, even
// if the file changes meanwhile.
class HashedContent {
 public:
  explicit HashedContent(int file) : file_(file) {}
  HashedContent(const HashedContent&) = delete;
  HashedContent& operator=(const HashedContent&) = delete;
  ~HashedContent() { static_cast<void>(finish()); }

  Result<void> begin() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::fail_errno(errno, "cannot make a pipe");
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
    // The caller handles signals; a pipe without a reader must result in an errno.
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    thread_ = std::thread([this] { write_all_of_it(); });
    pthread_sigmask(SIG_SETMASK, &former, nullptr);
    return {};
  }
  [[nodiscard]] int reader() const { return reader_.get(); }
  // To be called when the process that reads has ended. The checksum; empty if not all was written.
  std::string finish() {
    reader_.reset();
    if (thread_.joinable()) thread_.join();
    return sha256_;
  }
  // Why the content could not be read, once finished; 0: it could.
  [[nodiscard]] int failure() const { return failure_; }

 private:
  void write_all_of_it() {
    base::Digest digest;
    std::string buffer(std::size_t{256} * 1024, '\0');
    for (std::uint64_t offset = 0;;) {
      const ssize_t size = ::pread(file_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) failure_ = errno;
      if (size == 0) sha256_ = digest.hex();
      if (size <= 0) break;
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
      digest.bytes(bytes);
      if (!write_in_parts(bytes)) break;
      offset += static_cast<std::uint64_t>(size);
    }
    writer_.reset();
  }
  [[nodiscard]] bool write_in_parts(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(writer_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  int file_;
  UniqueFd reader_, writer_;
  // Both belong to the thread until it is joined.
  std::string sha256_;
  int failure_ = 0;
  std::thread thread_;
};

process::Command ssh_keygen(const std::string& program, const std::vector<std::string>& arguments) {
  process::Command command;
  command.arguments = {program, "-Y"};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.environment = {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C"}};
  command.directory = ".";  // paths are as they were typed
  return command;
}

Result<void> require_files(const std::string& archive, const std::string& signature,
                           const std::string& allowed) {
  if (::access(allowed.c_str(), R_OK) != 0) {
    return base::pass(base::fail_errno(errno, "cannot read " + fs::shown(allowed)).value(),
                      "import-key= in [update] names the keys whose signatures are accepted");
  }
  if (::access(signature.c_str(), R_OK) == 0) return {};
  if (errno != ENOENT) return fs::fail_at(errno, "read", signature);
  constexpr const char* remedy =
      ", which import-key= in [update] requires; sign the archive with ssh-keygen -Y sign -f KEY -n ";
  return base::fail(ErrorKind::refused, base::concat({"there is no signature ", fs::shown(signature), remedy,
                                                      signature_namespace, " ", fs::shown(archive)}));
}

// The first name of the owner of the key in the list.
Result<std::string> signer_of(const std::string& program, const std::string& signature,
                              const std::string& allowed) {
  const auto outcome =
      process::run(ssh_keygen(program, {"find-principals", "-s", signature, "-f", allowed}), {});
  if (!outcome) return base::pass(outcome.error());
  const std::string_view output = base::trim(outcome->output);
  std::string name(output.substr(0, output.find_first_of("\n,")));
  if (outcome->exit_status == 0 && !outcome->stalled && !name.empty()) return name;
  return base::fail(
      ErrorKind::refused,
      base::concat({fs::shown(signature), " is not a signature of a key in ", fs::shown(allowed),
                    " (import-key= in [update]): ", base::printable(base::trim(outcome->said()), 300)}));
}

}  // namespace

Result<VerifiedSignature> verify_signature(const std::string& archive, int file, const std::string& allowed) {
  const std::string signature = archive + ".sig";
  if (auto there = require_files(archive, signature, allowed); !there) return base::pass(there.error());
  const auto program = find_ssh_keygen();
  if (!program) return base::pass(program.error());
  auto signer = signer_of(*program, signature, allowed);
  if (!signer) return base::pass(signer.error());
  HashedContent content(file);
  if (auto begun = content.begin(); !begun) return base::pass(begun.error());
  process::Command command = ssh_keygen(
      *program, {"verify", "-n", signature_namespace, "-I", *signer, "-f", allowed, "-s", signature});
  command.standard_input = content.reader();
  const auto outcome = process::run(command, {});
  std::string sha256 = content.finish();
  if (!outcome) return base::pass(outcome.error());
  if (content.failure() != 0) return fs::fail_at(content.failure(), "read", archive);
  if (outcome->exit_status == 0 && !outcome->stalled && !sha256.empty())
    return VerifiedSignature{std::move(*signer), std::move(sha256)};
  constexpr const char* why =
      " does not fit the archive: it was changed after it was signed, or something else was signed (";
  return base::fail(ErrorKind::integrity,
                    base::concat({"the signature ", fs::shown(signature), why,
                                  base::printable(base::trim(outcome->said()), 300), ")"}));
}

}  // namespace update
