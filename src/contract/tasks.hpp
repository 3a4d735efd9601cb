// SPDX-License-Identifier: MIT
// What workers can be asked to do: one row each, with what it is asked and what it answers.
#pragma once

#include <span>

#include "contract/requests.hpp"
#include "contract/results.hpp"
#include "contract/task.hpp"

namespace contract {

template <class RequestType, class AnswerType>
struct TaskOf : TaskRow {
  using Request = RequestType;
  // json: the caller also keeps it unchanged, and reads it as a GatewayReport, CanaryBooted or
  // StateMigrated.
  using Answer = AnswerType;
};

// What runs in openclaw-stage@, openclaw-validate@ and openclaw-migrate@.service is openclaw-state, too; the
// units differ in what they may.
namespace tasks {
inline constexpr TaskOf<FetchRequest, FinishedPackage> finish{
    {"openclaw-finish", "fetch", /*waits=*/false, /*of_gateway=*/false}};  // the instance is the fetch's
inline constexpr TaskOf<ResolveRequest, ResolvedVersion> resolve{
    {"openclaw-fetch", "resolve", /*waits=*/false, /*of_gateway=*/false}};
inline constexpr TaskOf<FetchRequest, FetchedPackage> fetch{
    {"openclaw-fetch", "fetch", /*waits=*/false, /*of_gateway=*/false}};
inline constexpr TaskOf<StageRequest, ReleaseStaged> stage{{"openclaw-stage", "stage"}};
inline constexpr TaskOf<ReleaseRequest, ReleaseValidated> validate{{"openclaw-validate", "validate"}};
inline constexpr TaskOf<CanaryRequest, nlohmann::json> canary{{"openclaw-canary", "boot"}};
inline constexpr TaskOf<BaselineRequest, nlohmann::json> baseline{{"openclaw-probe", "baseline"}};
inline constexpr TaskOf<GateRequest, nlohmann::json> gate{{"openclaw-probe", "gate"}};
inline constexpr TaskOf<FindRequest, FoundGateway> find{{"openclaw-probe", "find"}};
inline constexpr TaskOf<PortRequest, PortTaken> port{{"openclaw-probe", "port"}};
inline constexpr TaskOf<SnapshotRequest, SnapshotTaken> snapshot{{"openclaw-state", "snapshot"}};
inline constexpr TaskOf<SnapshotRequest, SnapshotTaken> settle{{"openclaw-state", "settle", /*waits=*/true}};
inline constexpr TaskOf<RestoreRequest, StateRestored> restore{{"openclaw-state", "restore"}};
inline constexpr TaskOf<StateRequest, SchemasFound> schemas{{"openclaw-state", "schemas"}};
inline constexpr TaskOf<DiscardRequest, SnapshotsDiscarded> discard{{"openclaw-state", "discard"}};
inline constexpr TaskOf<StateRequest, SnapshotsFound> list{{"openclaw-state", "list"}};
inline constexpr TaskOf<RestoreRequest, SnapshotTaken> verify{{"openclaw-state", "verify"}};
inline constexpr TaskOf<ExportRequest, SnapshotTaken> pack{{"openclaw-state", "export"}};
inline constexpr TaskOf<ImportRequest, SnapshotImported> unpack{{"openclaw-state", "import"}};
inline constexpr TaskOf<StateRequest, RoomFound> room{{"openclaw-state", "room"}};
inline constexpr TaskOf<OwnerRequest, StateOwner> owner{{"openclaw-state", "owner"}};
inline constexpr TaskOf<StateRequest, UpdateWanted> request{{"openclaw-state", "request"}};
inline constexpr TaskOf<ReleaseRequest, nlohmann::json> migrate{{"openclaw-migrate", "migrate"}};
// Of an archive, which strangers may have made: this worker has no token of a registry.
inline constexpr TaskOf<PackRequest, FinishedPackage> pack_release{
    {"openclaw-finish", "pack", /*waits=*/false, /*of_gateway=*/false}};
inline constexpr TaskOf<UnpackRequest, ReleaseUnpacked> unpack_release{
    {"openclaw-finish", "unpack", /*waits=*/false, /*of_gateway=*/false}};
// Of no transaction: for an adoption, and as the user whose number the instance is.
inline constexpr TaskOf<UserUnitRequest, UserUnitFound> user_unit{
    {"openclaw-user-unit", "serve", /*waits=*/false, /*of_gateway=*/false, /*by_user=*/true}};
}  // namespace tasks

// Whether the program runs as a gateway's user (TaskRow::of_gateway). What runs as openclaw-state in units of
// other names is no row by its own name, and does.
[[nodiscard]] bool is_of_gateway(std::string_view program);

// All that an update asks for; that of openclaw-finish ahead of the fetch, in whose folder it works.
[[nodiscard]] std::span<const TaskRow* const> all_tasks();

}  // namespace contract
