// SPDX-License-Identifier: MIT
#include "workers/state/actions.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "fs/room.hpp"
#include "openclaw/gateway_environment.hpp"
#include "workers/state/archive.hpp"
#include "workers/state/migrate.hpp"
#include "workers/state/owner.hpp"
#include "workers/state/request.hpp"
#include "workers/state/restore.hpp"
#include "workers/state/snapshot.hpp"
#include "workers/state/stage.hpp"
#include "workers/state/validate.hpp"

namespace workers::state {
namespace {

using base::Result;
using nlohmann::json;

struct Asked {
  openclaw::GatewayEnvironment environment;
  Place place;
  std::string transaction;
};

// A snapshot of another transaction is never used, whatever the request contains.
Result<Asked> asked_of(const Job& job, const std::string& service_state) {
  const std::string transaction = base::as_text(base::member(job.request, "transaction"));
  if (transaction != job.instance.transaction) {
    return base::fail(base::ErrorKind::bad_input,
                      "the request's \"transaction\" is not the one of the instance " + job.instance.text);
  }
  auto environment = openclaw::gateway_environment(base::current_environment(), service_state);
  // Nothing is done to a state that might be another one.
  if (environment.unknown) return base::pass(*environment.unknown, "looking for the gateway's variables");
  auto place = place_of(service_state, environment.locations);
  return Asked{std::move(environment), std::move(place), transaction};
}

// The request, and the state that it concerns.
template <class Request>
struct Order {
  Request request;
  Asked asked;
};
template <class Request>
Result<Order<Request>> order_of(const Job& job) {
  auto request = request_of<Request>(job);
  if (!request) return base::pass(request.error());
  auto asked = asked_of(job, request->state_directory);
  if (!asked) return base::pass(asked.error());
  return Order<Request>{std::move(*request), std::move(*asked)};
}

std::int64_t number_of(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

contract::SnapshotTaken taken_of(const Snapshot& snapshot) {
  return {.digest = snapshot.inventory.digest(),
          .bytes = number_of(snapshot.inventory.bytes()),
          .files = number_of(snapshot.inventory.entries.size()),
          .copied = number_of(snapshot.copied),
          .schemas = snapshot.inventory.schemas().get<contract::Schemas>(),
          .notes = snapshot.inventory.notes};
}

json result_of(const Snapshot& snapshot) {
  return contract::to_json(taken_of(snapshot));
}

// Copies of databases of many gigabytes on a slow disk take longer than the usual timeout of a unit.
constexpr std::chrono::hours time_for_copies{1};

Result<json> take(const Job& job, Pass pass) {
  job.notifier.extend_timeout(time_for_copies);
  const auto order = order_of<contract::SnapshotRequest>(job);
  if (!order) return base::pass(order.error());
  auto snapshot = take_snapshot(order->asked.place, order->asked.transaction, pass,
                                order->request.transcripts ? Transcripts::included : Transcripts::left_out);
  if (!snapshot) {
    if (snapshot.error().number == ENOSPC) {
      snapshot.error().message += "; with snapshot-state=no in [update] an update goes without it";
    }
    return base::pass(snapshot.error());
  }
  return result_of(*snapshot);
}

Result<json> snapshot(const Job& job) {
  job.notifier.status("copying config, databases and plugin records");
  return take(job, Pass::hot);
}

// No progress reports, because the gateway is down.
Result<json> settle(const Job& job) {
  return take(job, Pass::settle);
}

Result<json> restore(const Job& job) {
  const auto order = order_of<contract::RestoreRequest>(job);
  if (!order) return base::pass(order.error());
  const auto& [request, asked] = *order;
  job.notifier.extend_timeout(time_for_copies);
  job.notifier.status("restoring config, databases and plugin records");
  const std::string& snapshot = request.snapshot.empty() ? asked.transaction : request.snapshot;
  const auto restored = restore_snapshot(asked.place, snapshot, request.digest, asked.transaction,
                                         request.exact ? Extent::all : Extent::by_rule);
  if (!restored) return base::pass(restored.error());
  return contract::to_json(
      contract::StateRestored{restored->restored, restored->set_aside, restored->folder});
}

Result<json> schemas(const Job& job) {
  const auto order = order_of<contract::StateRequest>(job);
  if (!order) return base::pass(order.error());
  auto versions = live_schemas(order->asked.place);
  if (!versions) return base::pass(versions.error());
  return contract::to_json(contract::SchemasFound{versions->get<contract::Schemas>()});
}

Result<json> list(const Job& job) {
  const auto order = order_of<contract::StateRequest>(job);
  if (!order) return base::pass(order.error());
  const auto there = list_snapshots(order->asked.place);
  if (!there) return base::pass(there.error());
  contract::SnapshotsFound found;
  found.snapshots.reserve(there->size());
  for (const SnapshotThere& each : *there) {
    found.snapshots.push_back({each.name, each.digest, number_of(each.bytes), number_of(each.files)});
  }
  return contract::to_json(found);
}

Result<json> verify(const Job& job) {
  const auto order = order_of<contract::RestoreRequest>(job);
  if (!order) return base::pass(order.error());
  const auto& [request, asked] = *order;
  job.notifier.extend_timeout(time_for_copies);
  job.notifier.status("reading the snapshot");
  const std::string& snapshot = request.snapshot.empty() ? asked.transaction : request.snapshot;
  auto inventory = verify_snapshot(asked.place, snapshot, request.digest);
  if (!inventory) return base::pass(inventory.error());
  return result_of(Snapshot{std::move(*inventory)});
}

// The unit's cache is on disk, while its /tmp may be in memory, and databases can be large.
std::string work_folder() {
  for (const char* name : {"CACHE_DIRECTORY", "TMPDIR"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value == '/') return base::split(value, ':').front();
  }
  return "/tmp";
}

Result<json> pack(const Job& job) {
  const auto order = order_of<contract::ExportRequest>(job);
  if (!order) return base::pass(order.error());
  const auto& [request, asked] = *order;
  job.notifier.extend_timeout(time_for_copies);
  job.notifier.status("writing the snapshot to an archive");
  auto inventory = pack_snapshot(asked.place, request.snapshot, request.pipe, work_folder(), job.notifier);
  if (!inventory) return base::pass(inventory.error());
  return result_of(Snapshot{std::move(*inventory)});
}

Result<json> unpack(const Job& job) {
  const auto order = order_of<contract::ImportRequest>(job);
  if (!order) return base::pass(order.error());
  const auto& [request, asked] = *order;
  job.notifier.extend_timeout(time_for_copies);
  job.notifier.status("unpacking the archive");
  auto unpacked = unpack_snapshot(asked.place, asked.transaction, request.pipe,
                                  static_cast<std::uint64_t>(request.bytes), job.notifier);
  if (!unpacked) return base::pass(unpacked.error());
  return contract::to_json(contract::SnapshotImported{std::move(unpacked->archived),
                                                      taken_of(Snapshot{std::move(unpacked->inventory)})});
}

Result<json> discard(const Job& job) {
  const auto order = order_of<contract::DiscardRequest>(job);
  if (!order) return base::pass(order.error());
  auto discarded = discard_snapshots(order->asked.place, order->request.keep);
  if (!discarded) return base::pass(discarded.error());
  return contract::to_json(contract::SnapshotsDiscarded{std::move(*discarded)});
}

Result<json> validate_release(const Job& job) {
  const auto order = order_of<contract::ReleaseRequest>(job);
  if (!order) return base::pass(order.error());
  const auto& [request, asked] = *order;
  const auto validated = validate(
      {asked.place, asked.environment, request.package, request.node, work_folder(), request.snapshot},
      job.notifier);
  if (!validated) return base::pass(validated.error());
  return contract::to_json(*validated);
}

Result<json> migrate_state(const Job& job) {
  const auto order = order_of<contract::ReleaseRequest>(job);
  if (!order) return base::pass(order.error());
  const auto& [request, asked] = *order;
  const auto migrated = migrate(asked.place, asked.environment, {request.package, request.node},
                                asked.place.service_state, job.notifier);
  if (!migrated) return base::pass(migrated.error());
  return contract::to_json(*migrated);
}

Result<json> stage_dependencies(const Job& job) {
  const auto order = order_of<contract::StageRequest>(job);
  if (!order) return base::pass(order.error());
  const auto& [request, asked] = *order;
  // The watchdog names no package for a gateway whose release was not installed by the updater.
  return stage_release(request.package, asked.place.service_state, asked.environment,
                       contract::gateway_of(job.instance.transaction), job.notifier);
}

Result<json> take_request(const Job& job) {
  const auto asked = request_of<contract::StateRequest>(job);
  if (!asked) return base::pass(asked.error());
  auto wanted = take_update_request(asked->state_directory);
  if (!wanted) return base::pass(wanted.error());
  return contract::to_json(contract::UpdateWanted{std::move(*wanted)});
}

// Where OpenClaw writes. Its own copy of a database to read from (2026.9.5) is in the cache. A read-only file
// system, from which a config may come, never has room, and needs none.
std::vector<std::string> written_folders(const Asked& asked) {
  const auto variable = [&](const char* name) {
    const auto found = asked.environment.variables.find(name);
    return found == asked.environment.variables.end() ? std::string() : found->second;
  };
  const std::string temporary = variable("TMPDIR");
  std::vector<std::string> folders = {asked.place.service_state, asked.place.state,
                                      asked.place.config.substr(0, asked.place.config.rfind('/')),
                                      variable("XDG_CACHE_HOME"), temporary.empty() ? "/tmp" : temporary};
  std::erase_if(folders, [](const std::string& folder) { return ::access(folder.c_str(), W_OK) != 0; });
  return folders;
}

Result<json> room(const Job& job) {
  const auto order = order_of<contract::StateRequest>(job);
  if (!order) return base::pass(order.error());
  return contract::to_json(contract::RoomFound{fs::full_file_system(written_folders(order->asked))});
}

Result<json> owner(const Job& job) {
  const auto order = order_of<contract::OwnerRequest>(job);
  if (!order) return base::pass(order.error());
  return show_owner(order->request, order->asked.place);
}

constexpr std::array<Action, 15> table = {{
    {contract::tasks::stage.action, stage_dependencies},
    {contract::tasks::validate.action, validate_release},
    {contract::tasks::snapshot.action, snapshot},
    {contract::tasks::settle.action, settle, contract::tasks::settle.waits},
    {contract::tasks::restore.action, restore},
    {contract::tasks::schemas.action, schemas},
    {contract::tasks::discard.action, discard},
    {contract::tasks::list.action, list},
    {contract::tasks::verify.action, verify},
    {contract::tasks::pack.action, pack},
    {contract::tasks::unpack.action, unpack},
    {contract::tasks::migrate.action, migrate_state},
    {contract::tasks::request.action, take_request},
    {contract::tasks::room.action, room},
    {contract::tasks::owner.action, owner},
}};

}  // namespace

std::span<const Action> actions() {
  return table;
}

}  // namespace workers::state
