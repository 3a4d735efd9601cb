// What workers can be asked to do: one row each, with what it is asked.
#pragma once

#include <span>

#include "contract/requests.hpp"
#include "contract/task.hpp"

namespace contract {

template <class RequestType>
struct TaskOf : TaskRow {
  using Request = RequestType;
};

// What runs in openclaw-stage@, openclaw-validate@ and openclaw-migrate@.service is openclaw-state, too; the
// units differ in what they may.
namespace tasks {
inline constexpr TaskOf<FetchRequest> finish{{"openclaw-finish", "fetch"}};  // the instance is the fetch's
inline constexpr TaskOf<ResolveRequest> resolve{{"openclaw-fetch", "resolve"}};
inline constexpr TaskOf<FetchRequest> fetch{{"openclaw-fetch", "fetch"}};
inline constexpr TaskOf<StageRequest> stage{{"openclaw-stage", "stage"}};
inline constexpr TaskOf<ReleaseRequest> validate{{"openclaw-validate", "validate"}};
inline constexpr TaskOf<CanaryRequest> canary{{"openclaw-canary", "boot"}};
inline constexpr TaskOf<BaselineRequest> baseline{{"openclaw-probe", "baseline"}};
inline constexpr TaskOf<GateRequest> gate{{"openclaw-probe", "gate"}};
inline constexpr TaskOf<FindRequest> find{{"openclaw-probe", "find"}};
inline constexpr TaskOf<PortRequest> port{{"openclaw-probe", "port"}};
inline constexpr TaskOf<SnapshotRequest> snapshot{{"openclaw-state", "snapshot"}};
inline constexpr TaskOf<SnapshotRequest> settle{{"openclaw-state", "settle", /*waits=*/true}};
inline constexpr TaskOf<RestoreRequest> restore{{"openclaw-state", "restore"}};
inline constexpr TaskOf<StateRequest> schemas{{"openclaw-state", "schemas"}};
inline constexpr TaskOf<DiscardRequest> discard{{"openclaw-state", "discard"}};
inline constexpr TaskOf<OwnerRequest> owner{{"openclaw-state", "owner"}};
inline constexpr TaskOf<StateRequest> request{{"openclaw-state", "request"}};
inline constexpr TaskOf<ReleaseRequest> migrate{{"openclaw-migrate", "migrate"}};
}  // namespace tasks

// All of them; that of openclaw-finish ahead of the fetch, in whose folder it works.
[[nodiscard]] std::span<const TaskRow* const> all_tasks();

}  // namespace contract
