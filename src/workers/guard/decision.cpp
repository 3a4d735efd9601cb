// SPDX-License-Identifier: MIT
#include "workers/guard/decision.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "openclaw/version.hpp"

namespace workers::guard {
namespace {

using config::StateRule;

// Why the image's OpenClaw cannot use the present state; empty: there is no evidence that it cannot.
std::string obstacle_of(const Look& look) {
  if (look.reads == Reads::not_at_all) {
    return base::concat(
        {"OpenClaw ", look.image, " cannot read the databases, whose schema is newer than what it knows"});
  }
  // Databases that it could read do not help a version whose credentials, say, are in one that it does not
  // know.
  const auto newer = std::find_if(look.changed_by.begin(), look.changed_by.end(),
                                  [&](const std::string& doctor) { return is_older(look.image, doctor); });
  if (newer != look.changed_by.end()) {
    return base::concat({"the doctor of OpenClaw ", *newer, " has changed or moved files that OpenClaw ",
                         look.image, " had left"});
  }
  // A release without that command: the snapshot that it left is the evidence.
  const bool comes_back =
      look.reads == Reads::nobody_can_tell && look.last && is_older(look.image, *look.last);
  if (comes_back && look.left && has_moved(look.left->schemas, look.schemas)) {
    return base::concat({"OpenClaw ", look.image,
                         " cannot be asked whether it reads the databases, whose schema is not the one that ",
                         "it had left"});
  }
  return {};
}

std::string note_of(const Look& look) {
  const bool is_unsure =
      look.reads == Reads::nobody_can_tell && look.last && is_older(look.image, *look.last);
  if (!is_unsure || look.left) return {};
  return base::concat({"OpenClaw ", look.image,
                       " is older than what last ran here, and cannot be asked whether it reads the ",
                       "databases"});
}

std::string last_image_of(const Look& look) {
  return look.last && !look.last->empty() ? base::concat({"the image of OpenClaw ", *look.last})
                                          : std::string("the image that ran before");
}

Decision without_a_snapshot(const Look& look, std::string reason) {
  const std::string which =
      look.left ? base::concat({", and the snapshot ", look.left->name, " ", look.fault_of_left})
                : base::concat({", and no snapshot of OpenClaw ", look.image, " is kept on this volume"});
  return {.course = Course::refuse,
          .reason = std::move(reason) + which,
          .next_step = base::concat({"start ", last_image_of(look), " or a newer one"})};
}

Decision forbidden(const Look& look, std::string reason) {
  const std::string snapshot =
      look.fitting ? base::concat({", which restores the snapshot ", look.fitting->name}) : "";
  return {.course = Course::refuse,
          .reason = std::move(reason),
          .next_step = base::concat({"the policy refuse does not allow to restore an older state: start ",
                                     last_image_of(look), ", or set --state-policy auto", snapshot})};
}

}  // namespace

bool is_older(const std::string& image, const std::string& last) {
  const auto one = openclaw::Version::parse(image), other = openclaw::Version::parse(last);
  return one && other && *one < *other;
}

bool has_moved(const contract::Schemas& then, const contract::Schemas& now) {
  return std::any_of(then.begin(), then.end(), [&](const auto& database) {
    const auto found = now.find(database.first);
    return found == now.end() || found->second != database.second;
  });
}

Decision decide(const Look& look, StateRule rule) {
  if (!look.has_state) return {.course = Course::begin};
  if (look.last && !look.last->empty() && *look.last == look.image) return {.course = Course::go_on};
  std::string obstacle = obstacle_of(look);
  const bool always = rule == StateRule::restore && look.last && is_older(look.image, *look.last);
  if (always && obstacle.empty() && look.fitting) {
    return {.course = Course::restore, .reason = "the policy is restore"};
  }
  if (obstacle.empty()) return {.course = Course::keep, .reason = note_of(look)};
  switch (rule) {
    case StateRule::keep:
      return {.course = Course::keep,
              .is_unfit = true,
              .reason = obstacle + "; the policy keep starts it nevertheless"};
    case StateRule::refuse:
      return look.fitting ? forbidden(look, std::move(obstacle))
                          : without_a_snapshot(look, std::move(obstacle));
    case StateRule::automatic:
    case StateRule::restore:
      break;
  }
  if (!look.fitting) return without_a_snapshot(look, std::move(obstacle));
  return {.course = Course::restore, .reason = std::move(obstacle)};
}

}  // namespace workers::guard
