// SPDX-License-Identifier: MIT
#include "update/release_transfer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/share_done.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "fs/beneath.hpp"
#include "fs/list.hpp"
#include "update/asked_release.hpp"
#include "update/gateway.hpp"
#include "update/transaction_id.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::uint64_t spare_room = std::uint64_t{64} * 1024 * 1024;
constexpr const char* origin_of_imports = "import";

Context context_of_transfer(const Setup& setup) {
  Context context;
  context.id = new_task_id(setup.now_ms(), setup.gateway);
  context.unit = setup.settings.gateway.unit;
  return context;
}

// The unpacked tree and its sealed copy exist at the same time, usually on one file system.
Result<void> require_room(const Setup& setup, std::uint64_t bytes) {
  const auto largest = static_cast<std::uint64_t>(contract::largest_release_archive);
  if (bytes > largest) {
    return base::fail(
        ErrorKind::refused,
        base::concat({"the archive has ", base::human_bytes(bytes),
                      ", which is more than any OpenClaw has; it is not one of ", "openclaw-update export"}));
  }
  if (bytes == 0) return {};
  const std::uint64_t needed = 2 * bytes + spare_room;
  for (const std::string& path : {setup.state_directory, setup.fetch_directory}) {
    const auto folder = fs::open_directory(path);
    if (!folder) continue;  // the worker creates its folder at its start
    const auto space = setup.free_space(folder->get());
    if (!space) return base::pass(space.error());
    if (space->bytes >= needed) continue;
    return base::fail(
        ErrorKind::refused,
        base::concat({path, " has ", base::human_bytes(space->bytes), " free, the import needs ",
                      base::human_bytes(needed), "; make room (openclaw-update prune) and try again"}));
  }
  return {};
}

bool has_release(const Setup& setup, const std::string& digest) {
  const auto releases = setup.releases.list();
  return releases && std::any_of(releases->begin(), releases->end(), [&](const release::Release& release) {
           return setup.releases.digest(release.name).value_or("") == digest;
         });
}

release::Description description_of(const Setup& setup, const Context& context,
                                    const contract::ArchivedRelease& archived) {
  release::Description description;
  description.version = archived.version;
  description.integrity = archived.integrity;
  description.client = archived.client;
  description.node = archived.node;
  description.made_at = base::rfc3339(setup.now_ms());
  description.made_by = context.id;
  description.origin = origin_of_imports;
  return description;
}

// A worker has written it, so it is checked here as well.
Result<void> require_record(const contract::ArchivedRelease& archived) {
  constexpr std::size_t digits = 64;
  const bool is_digest = archived.digest.size() == digits &&
                         archived.digest.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (is_digest && archived.format == contract::release_archive_format) return {};
  return base::fail(ErrorKind::integrity, "the record of the archive has no valid digest");
}

Result<release::Release> seal_unpacked(const Setup& setup, const Context& context,
                                       const contract::ReleaseUnpacked& unpacked) {
  const auto folder = fs::open_directory(setup.fetch_directory);
  if (!folder) return base::pass(folder.error());
  const contract::Task task(contract::tasks::unpack_release, context.id);
  const auto package = fs::open_directory_beneath(
      folder->get(), base::concat({task.instance(), "/", contract::release_content_folder}));
  if (!package) return base::pass(package.error(), "the unpacked release");
  const std::int64_t began = setup.now_ms();
  const auto all = static_cast<std::uint64_t>(std::max<std::int64_t>(unpacked.size.files, 0));
  const auto tell = [&](std::uint64_t files) {
    const std::chrono::milliseconds elapsed{setup.now_ms() - began};
    const std::string share = base::share_done(files, all, elapsed);
    setup.observer.says(
        base::concat({"sealing, ", std::to_string(files), " files", share.empty() ? "" : ", ", share}));
  };
  return setup.releases.seal_stated(package->get(), description_of(setup, context, unpacked.archived),
                                    unpacked.archived.digest, tell);
}

Result<ImportedRelease> import_with(const Setup& setup, const Context& context,
                                    const ReleaseArchive& archive) {
  Transfer transfer{.direction = Transfer::Direction::to_worker, .file = archive.file};
  const auto unpacked =
      run_transfer(setup, context, contract::tasks::unpack_release,
                   {.pipe = {}, .bytes = static_cast<std::int64_t>(archive.bytes)}, transfer);
  if (!unpacked) return base::pass(unpacked.error());
  if (!archive.sha256.empty() && transfer.sha256 != archive.sha256) {
    return base::fail(
        ErrorKind::integrity,
        "the archive was changed after its signature was verified; copy it to a folder in which "
        "only root can write, and import it again");
  }
  if (auto valid = require_record(unpacked->archived); !valid) return base::pass(valid.error());
  const bool was_there = has_release(setup, unpacked->archived.digest);
  auto release = seal_unpacked(setup, context, *unpacked);
  if (!release) return base::pass(release.error());
  return ImportedRelease{std::move(*release), unpacked->archived.digest, unpacked->size.files, was_there};
}

}  // namespace

// The lock of the gateway is held, so no transfer of this gateway is at work.
void clean_former_transfers(const Setup& setup) {
  const auto folder = fs::open_directory(setup.fetch_directory);
  if (!folder) return;
  const auto entries = fs::list_directory(folder->get());
  if (!entries) return;
  for (const auto& entry : *entries) {
    const auto instance = contract::parse_instance(entry.name);
    if (!instance || contract::gateway_of(instance->transaction) != setup.gateway) continue;
    for (const contract::TaskRow* const row :
         {static_cast<const contract::TaskRow*>(&contract::tasks::pack_release),
          static_cast<const contract::TaskRow*>(&contract::tasks::unpack_release)}) {
      if (row->action == instance->action) setup.workers.clean({*row, instance->transaction});
    }
  }
}

Result<ExportedRelease> export_release(const Setup& setup, const std::string& named, int file) {
  const auto name = release_to_return_to(setup.releases, named);
  if (!name) return base::pass(name.error());
  auto release = setup.releases.find(*name);
  if (!release) return base::pass(release.error());
  clean_former_transfers(setup);
  setup.observer.says("comparing the release with its manifest");
  if (auto whole = setup.releases.verify(*name); !whole) return base::pass(whole.error());
  auto digest = setup.releases.digest(*name);
  if (!digest) return base::pass(digest.error());
  const release::Description& description = release->description;
  const Context context = context_of_transfer(setup);
  Transfer transfer{.direction = Transfer::Direction::from_worker, .file = file};
  const auto packed = run_transfer(setup, context, contract::tasks::pack_release,
                                   {.pipe = {},
                                    .package = release->path,
                                    .release = {.format = contract::release_archive_format,
                                                .name = *name,
                                                .version = description.version,
                                                .digest = *digest,
                                                .integrity = description.integrity,
                                                .client = description.client,
                                                .node = description.node,
                                                .made_at = description.made_at}},
                                   transfer);
  setup.workers.clean({contract::tasks::pack_release, context.id});
  if (!packed) return base::pass(packed.error());
  return ExportedRelease{std::move(*release), std::move(*digest), transfer.bytes, transfer.sha256};
}

Result<ImportedRelease> import_release(const Setup& setup, const ReleaseArchive& archive) {
  clean_former_transfers(setup);
  if (auto room = require_room(setup, archive.bytes); !room) return base::pass(room.error());
  const Context context = context_of_transfer(setup);
  auto imported = import_with(setup, context, archive);
  setup.workers.clean({contract::tasks::unpack_release, context.id});
  return imported;
}

}  // namespace update
