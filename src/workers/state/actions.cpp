#include "workers/state/actions.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "base/text.hpp"
#include "openclaw/gateway_environment.hpp"
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

struct Asked {
  openclaw::GatewayEnvironment environment;
  Place place;
  std::string transaction;
};

// The snapshot of another transaction is none of ours, whatever the request says.
Result<Asked> asked_of(const Job& job) {
  const auto service_state = path_member(job.request, "state_directory");
  if (!service_state) return base::pass(service_state.error());
  const auto transaction = text_member(job.request, "transaction");
  if (!transaction) return base::pass(transaction.error());
  if (*transaction != job.instance.transaction) {
    return base::fail(base::ErrorKind::bad_input,
                      "the request's \"transaction\" is not the one of the instance " + job.instance.text);
  }
  auto environment = openclaw::gateway_environment(base::current_environment(), *service_state);
  auto place = place_of(*service_state, environment.locations);
  return Asked{std::move(environment), std::move(place), *transaction};
}

json result_of(const Snapshot& snapshot) {
  return {{"digest", snapshot.inventory.digest()},      {"bytes", snapshot.inventory.bytes()},
          {"files", snapshot.inventory.entries.size()}, {"copied", snapshot.copied},
          {"schemas", snapshot.inventory.schemas()},    {"notes", snapshot.inventory.notes}};
}

// Databases of many gigabytes on a slow disk are copied for longer than a unit's usual time.
constexpr std::chrono::hours time_for_copies{1};

Result<json> take(const Job& job, Pass pass) {
  job.notifier.extend_timeout(time_for_copies);
  const auto asked = asked_of(job);
  if (!asked) return base::pass(asked.error());
  const auto transcripts = flag_member_or(job.request, "transcripts", false);
  if (!transcripts) return base::pass(transcripts.error());
  const auto snapshot = take_snapshot(asked->place, asked->transaction, pass,
                                      *transcripts ? Transcripts::included : Transcripts::left_out);
  if (!snapshot) return base::pass(snapshot.error());
  return result_of(*snapshot);
}

Result<json> snapshot(const Job& job) {
  job.notifier.status("copying config, databases and plugin records");
  return take(job, Pass::hot);
}

// No words on the way: the gateway is down.
Result<json> settle(const Job& job) {
  return take(job, Pass::settle);
}

Result<json> restore(const Job& job) {
  const auto asked = asked_of(job);
  if (!asked) return base::pass(asked.error());
  const auto digest = text_member_or(job.request, "digest", "");
  if (!digest) return base::pass(digest.error());
  job.notifier.extend_timeout(time_for_copies);
  job.notifier.status("putting config, databases and plugin records back");
  const auto snapshot = text_member_or(job.request, "snapshot", asked->transaction);
  if (!snapshot) return base::pass(snapshot.error());
  const auto restored = restore_snapshot(asked->place, *snapshot, *digest, asked->transaction);
  if (!restored) return base::pass(restored.error());
  return json{
      {"restored", restored->restored}, {"set_aside", restored->set_aside}, {"folder", restored->folder}};
}

Result<json> schemas(const Job& job) {
  const auto asked = asked_of(job);
  if (!asked) return base::pass(asked.error());
  auto versions = live_schemas(asked->place);
  if (!versions) return base::pass(versions.error());
  return json{{"schemas", std::move(*versions)}};
}

Result<json> discard(const Job& job) {
  const auto asked = asked_of(job);
  if (!asked) return base::pass(asked.error());
  const auto keep = texts_member(job.request, "keep");
  if (!keep) return base::pass(keep.error());
  auto discarded = discard_snapshots(asked->place, *keep);
  if (!discarded) return base::pass(discarded.error());
  return json{{"discarded", std::move(*discarded)}};
}

// The unit's cache is on a disk, its /tmp may be memory, and databases can be large.
std::string work_folder() {
  for (const char* name : {"CACHE_DIRECTORY", "TMPDIR"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value == '/') return base::split(value, ':').front();
  }
  return "/tmp";
}

Result<json> validate_release(const Job& job) {
  const auto asked = asked_of(job);
  if (!asked) return base::pass(asked.error());
  const auto package = path_member(job.request, "package");
  if (!package) return base::pass(package.error());
  const auto node = path_member(job.request, "node");
  if (!node) return base::pass(node.error());
  return validate({asked->place, asked->environment, *package, *node, work_folder()}, job.notifier);
}

Result<json> migrate_state(const Job& job) {
  const auto asked = asked_of(job);
  if (!asked) return base::pass(asked.error());
  const auto package = path_member(job.request, "package");
  if (!package) return base::pass(package.error());
  const auto node = path_member(job.request, "node");
  if (!node) return base::pass(node.error());
  return migrate(asked->place, asked->environment, {*package, *node}, job.notifier);
}

Result<json> stage_dependencies(const Job& job) {
  const auto asked = asked_of(job);
  if (!asked) return base::pass(asked.error());
  // Without one, the package that is installed: the watchdog also heals what no updater has put there.
  const bool named = job.request.contains("package");
  const auto package = named ? path_member(job.request, "package") : base::Result<std::string>("");
  if (!package) return base::pass(package.error());
  return stage_release(*package, asked->place.service_state, asked->environment, job.notifier);
}

Result<json> request(const Job& job) {
  const auto service_state = path_member(job.request, "state_directory");
  if (!service_state) return base::pass(service_state.error());
  auto wanted = take_update_request(*service_state);
  if (!wanted) return base::pass(wanted.error());
  return json{{"wanted", std::move(*wanted)}};
}

Result<json> owner(const Job& job) {
  const auto asked = asked_of(job);
  if (!asked) return base::pass(asked.error());
  return show_owner(job, asked->place);
}

constexpr std::array<Action, 10> table = {{
    {"stage", stage_dependencies},
    {"validate", validate_release},
    {"snapshot", snapshot},
    {"settle", settle, /*waits=*/true},
    {"restore", restore},
    {"schemas", schemas},
    {"discard", discard},
    {"migrate", migrate_state},
    {"request", request},
    {"owner", owner},
}};

}  // namespace

std::span<const Action> actions() {
  return table;
}

}  // namespace workers::state
