// SPDX-License-Identifier: MIT
// The archives of `openclaw-update import` (workers/fetch/release_archive.hpp, workers/state/archive.hpp),
// which tar(1) unpacks: each input starts a process.
#include "workers/fetch/release_archive.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "contract/results.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "support/recording_notifier.hpp"
#include "workers/state/archive.hpp"

using target::require;

namespace {

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path))
    names.push_back(entry.path().filename());
  return names;
}

void fuzz_release(const target::Folder& folder) {
  test_support::RecordingNotifier notifier;
  const workers::FetchContext context{notifier, {}, {}, folder.path("in/state"), {}};
  const auto unpacked = workers::unpack_release(context, {{"pipe", folder.path("archive")}, {"bytes", 0}});
  if (unpacked) {
    const auto answer = contract::read_leniently<contract::ReleaseUnpacked>(*unpacked);
    require(answer.archived.format == contract::release_archive_format,
            "what is unpacked has a format that is known");
    require(names_in(folder.path("in/state")) == std::vector<std::string>{"package"},
            "a package is what there is");
  } else {
    require(names_in(folder.path("in/state")).empty(), "nothing is left of what is refused");
  }
  folder.remove("in/state/package");
}

void fuzz_snapshot(const target::Folder& folder) {
  test_support::RecordingNotifier notifier;
  const workers::state::Place place{folder.path("in/gateway"), folder.path("in/gateway/state"),
                                    folder.path("in/gateway/state/openclaw.json")};
  const auto unpacked = workers::state::unpack_snapshot(place, "t1", folder.path("archive"), 0, notifier);
  if (!unpacked) {
    require(names_in(folder.path("in/gateway/snapshots")).empty(), "nothing is left of what is refused");
  }
  folder.remove("in/gateway/snapshots/t1");
}

}  // namespace

void fuzz(std::string_view input) {
  static const target::Folder folder;
  folder.write("archive", input);
  folder.write("beside", "untouched");
  folder.write("in/beside", "untouched");
  for (const char* name : {"in/state", "in/gateway", "in/gateway/state", "in/gateway/snapshots"}) {
    (void)::mkdir(folder.path(name).c_str(), 0755);
  }
  fuzz_release(folder);
  fuzz_snapshot(folder);
  require(names_in(folder.path()).size() == 3 && names_in(folder.path("in")).size() == 3,
          "nothing is written beside the folder of an archive");
  require(std::filesystem::file_size(folder.path("beside")) == 9 &&
              std::filesystem::file_size(folder.path("in/beside")) == 9,
          "what lies beside is as it was");
}
