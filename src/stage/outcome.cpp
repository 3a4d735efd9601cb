// SPDX-License-Identifier: MIT
#include "stage/outcome.hpp"

#include <algorithm>

namespace stage {

std::string_view word(PluginStatus status) {
  switch (status) {
    case PluginStatus::not_needed:
      return "not needed";
    case PluginStatus::present:
      return "present";
    case PluginStatus::missing:
      return "missing";
    case PluginStatus::staged:
      return "staged";
    case PluginStatus::repaired:
      return "repaired";
    case PluginStatus::failed:
      return "failed";
  }
  return "failed";
}

std::string_view word(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::stale_link:
      return "stale-link";
    case Finding::Kind::lock_reclaimed:
      return "lock-reclaimed";
    case Finding::Kind::lock_held:
      return "lock-held";
    case Finding::Kind::half_finished:
      return "half-finished";
    case Finding::Kind::peer_link:
      return "peer-link";
    case Finding::Kind::skew:
      return "skew";
    case Finding::Kind::stage_directory:
      return "stage-directory";
    case Finding::Kind::owned_root:
      return "owned-root";
    case Finding::Kind::note:
      return "note";
  }
  return "note";
}

std::size_t Outcome::count(PluginStatus status) const {
  return static_cast<std::size_t>(std::count_if(plugins.begin(), plugins.end(),
                                                [&](const PluginRow& row) { return row.status == status; }));
}

bool Outcome::complete() const {
  return !failure && count(PluginStatus::missing) == 0 && count(PluginStatus::failed) == 0;
}

}  // namespace stage
