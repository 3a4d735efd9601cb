// SPDX-License-Identifier: MIT
// Archives that are made of hostile trees, and hostile archives: the tree, put into one by tar.
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/text.hpp"
#include "contract/release_archive.hpp"
#include "contract/requests.hpp"
#include "fs/beneath.hpp"
#include "support/recording_notifier.hpp"
#include "trees/operations.hpp"
#include "trees/state_ground.hpp"
#include "workers/fetch/context.hpp"
#include "workers/fetch/finish_package.hpp"
#include "workers/fetch/published.hpp"
#include "workers/fetch/release_archive.hpp"
#include "workers/fetch/tarball.hpp"
#include "workers/fetch/workplace.hpp"
#include "workers/state/archive.hpp"

namespace trees {
namespace {

using base::Result;

constexpr const char* release = "2026.9.6-1f3a9c2e";

// Appends the tree to the archive under another name; what tar cannot read is left out. Not for long: a file
// that changes, or has no end, is no reason to wait.
void add_to_archive(const Plot& plot, const std::string& name) {
  const std::string base = plot.tree.substr(plot.tree.rfind('/') + 1);
  run_program({"timeout", "20", "tar", "--append", "--file=" + plot.path("archive.tar"), "--sparse",
               "--one-file-system", "--format=gnu",
               base::concat({"--transform=flags=r;s|^", base, "|", name, "|"}),
               "--directory=" + plot.tree.substr(0, plot.tree.rfind('/')), "--", base});
  (void)!::chown(plot.path("archive.tar").c_str(), plot.owner, plot.owner);
}

// --- snapshots

void beside_snapshot(Plot& plot) {
  make_state(plot);
  take_snapshot_before(plot);
  plot.tree = plot.path(base::concat({"state/snapshots/", transaction, "/files/more"}));
}

Result<void> pack_snapshot(const Plot& plot) {
  const auto place = place_of_state(plot);
  const auto folder = workers::state::open_snapshot(place, transaction, false);
  if (!folder) return base::pass(folder.error());
  const auto inventory = workers::state::read_inventory(folder->get());
  if (!inventory) return base::pass(inventory.error());
  contract::ArchivedSnapshot archived;
  archived.format = contract::archive_format;
  archived.name = transaction;
  archived.digest = inventory->digest();
  test_support::RecordingNotifier notifier;
  return just(workers::state::pack_snapshot(place, archived, plot.path("work/archive.tar"), plot.path("work"),
                                            notifier));
}

// An archive that was exported, with the tree as one of its folders.
void as_part_of_snapshot(Plot& plot) {
  make_state(plot);
  take_snapshot_before(plot);
  const Answer packed = run_confined(As::lesser, [&] { return pack_snapshot(plot); });
  require(packed.kind == Answer::Kind::done, "pack a snapshot: " + packed.message);
  require(::rename(plot.path("work/archive.tar").c_str(), plot.path("archive.tar").c_str()) == 0,
          "archive.tar");
  make_folder(plot.path("ground"), plot.owner);
  plot.tree = plot.path("ground/tree");
  plot.entry = "entry.json";
}

void add_to_snapshot(const Plot& plot) {
  add_to_archive(plot, base::concat({transaction, "/files/state/settings"}));
}

Result<void> unpack_snapshot(const Plot& plot) {
  test_support::RecordingNotifier notifier;
  return just(workers::state::unpack_snapshot(place_of_state(plot), "imported", plot.path("archive.tar"), 0,
                                              notifier));
}

std::string nothing_is_imported(const Plot& plot) {
  return is_there(plot.path("state/snapshots/imported/files")) ? "" : "it was done, and there is no snapshot";
}

// --- releases

workers::FetchContext context(const Plot& plot, systemd::Notifier& notifier) {
  return {notifier, {}, {}, plot.path("fetch"), plot.path("fetch")};
}

void as_package_in_archive(Plot& plot) {
  make_folder(plot.path("fetch"), plot.owner);
  make_folder(plot.path("ground"), plot.owner);
  make_file(plot.path("openclaw-release.json"),
            base::concat({R"({"format":1,"name":")", release, R"(","version":"2026.9.6","digest":")",
                          std::string(64, 'd'), "\"}\n"}),
            0);
  plot.tree = plot.path("ground/tree");
}

void make_release_archive(const Plot& plot) {
  const bool made = run_program({"tar", "--create", "--file=" + plot.path("archive.tar"), "--format=gnu",
                                 base::concat({"--transform=s|^|", release, "/|"}),
                                 "--directory=" + plot.root, "openclaw-release.json"});
  require(made, "make an archive");
  add_to_archive(plot, base::concat({release, "/", contract::release_content_folder}));
}

Result<void> unpack_release(const Plot& plot) {
  test_support::RecordingNotifier notifier;
  const nlohmann::json request = {{"pipe", plot.path("archive.tar")}, {"bytes", 0}};
  return just(workers::unpack_release(context(plot, notifier), request));
}

void as_tarball(Plot& plot) {
  make_folder(plot.path("target"), plot.owner);
  make_folder(plot.path("ground"), plot.owner);
  plot.tree = plot.path("ground/tree");
}

void make_tarball(const Plot& plot) {
  add_to_archive(plot, "package");
  run_program({"timeout", "20", "gzip", "--fast", plot.path("archive.tar")});
  // An empty one, where tar has found nothing.
  if (!is_there(plot.path("archive.tar.gz"))) make_file(plot.path("archive.tar.gz"), "", plot.owner);
}

Result<void> unpack_tarball(const Plot& plot) {
  return workers::unpack_tarball(plot.path("archive.tar.gz"), plot.path("target"));
}

// --- what the fetch worker does with a package after scripts have run in it

void as_package(Plot& plot) {
  make_folder(plot.path("fetch"), plot.owner);
  plot.tree = plot.path("fetch/package");
}

Result<void> open_to_readers(const Plot& plot) {
  return just(workers::open_to_readers(plot.tree));
}

Result<void> compare_with_published(const Plot& plot) {
  const auto published = workers::published_files(plot.tree);
  if (!published) return base::pass(published.error());
  return workers::verify_as_published(*published, plot.tree);
}

void as_left_work(Plot& plot) {
  make_folder(plot.path("fetch"), plot.owner);
  plot.tree = plot.path("fetch/work");
}

Result<void> make_workplace(const Plot& plot) {
  test_support::RecordingNotifier notifier;
  return just(workers::Workplace::make(context(plot, notifier), {"home", "cache"}));
}

}  // namespace

std::vector<Operation> operations_on_archives() {
  return {
      {"the export of a snapshot", As::lesser, beside_snapshot, pack_snapshot},
      {"the import of a snapshot", As::lesser, as_part_of_snapshot, unpack_snapshot, add_to_snapshot,
       nothing_is_imported},
      {"the import of a release", As::lesser, as_package_in_archive, unpack_release, make_release_archive},
      {"the unpacking of a tarball", As::lesser, as_tarball, unpack_tarball, make_tarball},
      {"the opening of a package to readers", As::lesser, as_package, open_to_readers},
      {"the comparison of a package with what was published", As::lesser, as_package, compare_with_published},
      {"the removal of what a fetch has left", As::lesser, as_left_work, make_workplace},
  };
}

}  // namespace trees
