// SPDX-License-Identifier: MIT
#include "workers/state/request.hpp"

#include <cerrno>
#include <cstdio>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;

// A fixed name, so that the next request removes what a killed run has left here.
constexpr const char* taken_name = ".update-request.taken";

}  // namespace

Result<std::string> take_update_request(const std::string& state_directory) {
  const auto folder = fs::open_directory(state_directory);
  if (!folder) return base::pass(folder.error());
  if (auto gone = fs::remove_tree(folder->get(), taken_name); !gone) return base::pass(gone.error());
  if (::renameat(folder->get(), update_request_file, folder->get(), taken_name) != 0) {
    const std::string path = base::concat({state_directory, "/", update_request_file});
    if (errno == ENOENT) return base::fail(ErrorKind::not_found, "there is no " + path);
    return base::fail_errno(errno, "cannot take " + path);
  }
  const auto text = fs::read_file(folder->get(), taken_name, longest_update_request);
  if (auto gone = fs::remove_tree(folder->get(), taken_name); !gone) return base::pass(gone.error());
  // After a power cut, nobody is asked twice for one update.
  if (auto synced = fs::sync_directory(folder->get()); !synced) return base::pass(synced.error());
  if (!text) {
    return base::fail(
        ErrorKind::refused,
        base::concat({"the request for an update must be a file of at most ",
                      std::to_string(longest_update_request), " bytes: ", text.error().message}));
  }
  return std::string(base::trim(base::printable(*text, longest_update_request)));
}

}  // namespace workers::state
