// SPDX-License-Identifier: MIT
#include "stage/closure_plan.hpp"

#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "openclaw/dependency_plan.hpp"

namespace stage {
namespace {

using lock::LockVerdict;
using Kind = Action::Kind;
using Actions = std::vector<Action>;

std::string verb(bool mended, const char* done, const char* infinitive) {
  return mended ? done : std::string("would ") + infinitive;
}

void tell(const std::string& identity, Finding finding, const ClosureTried& tried, Actions& actions) {
  if (!tried.told.contains(identity)) actions.push_back({Kind::tell, identity, "", "", {std::move(finding)}});
}

void clear(const Leftovers& root, const ClosureTried& tried, Actions& actions) {
  for (const auto& [name, verdict] : root.locks) {
    const std::string path = root.root + "/" + name;
    Finding finding = finding_of_lock(path, verdict, false);
    if (verdict.state == LockVerdict::State::held) {
      tell(path, std::move(finding), tried, actions);
    } else if (!tried.locks.contains(path)) {
      actions.push_back({Kind::reclaim_lock, root.root, name, "", {std::move(finding)}});
    }
  }
  for (const std::string& name : root.half_finished) {
    const std::string path = root.root + "/" + name;
    if (tried.half_finished.contains(path)) continue;
    actions.push_back(
        {Kind::remove_half_finished, root.root, name, "", {finding_of_half_finished(path, false)}});
  }
  if (root.links.empty() || tried.roots.contains(root.root)) return;
  Action links{Kind::replace_links, root.root};
  for (const auto& link : root.links) links.proposals.push_back(finding_of_link(root.root, link, false));
  actions.push_back(std::move(links));
}

// In this case, 4.29 and 4.30 compute several plans in one start, and compare each of them with the one
// manifest.
void tell_of_contested_plan(const Situation& situation, const ClosureTried& tried, Actions& actions) {
  if (situation.era->completeness != openclaw::Completeness::exact_manifest) return;
  if (!openclaw::plan_is_contested(situation.config)) return;
  tell("tools.web",
       {Finding::Kind::note, false, "tools.web",
        "with web search or fetch configured, OpenClaw " + situation.package.version_text +
            " compares two different plans with one manifest and installs by itself once "
            "more at each start; 2026.5.2 and later do not"},
       tried, actions);
}

void keep(const ClosureObservation& seen, Actions& actions) {
  if (seen.sealed) actions.push_back({Kind::keep_modules, *seen.sealed});
  if (!seen.manifest_right) actions.push_back({Kind::correct_manifest});
}

void provide(const Request& request, const ClosureObservation& seen, const ClosureTried& tried,
             Actions& actions) {
  if (!tried.provided.empty()) {
    actions.push_back({Kind::materialise, tried.provided});
  } else if (seen.sealed && !tried.damaged) {
    if (request.thorough) actions.push_back({Kind::verify_closure, *seen.sealed});
    actions.push_back({Kind::materialise, *seen.sealed});
  } else if (seen.in_vain) {
    actions.push_back({Kind::leave_closure});
  } else {
    actions.push_back({Kind::fetch_closure});
  }
}

}  // namespace

std::vector<Action> plan_closure(const Situation& situation, const Request& request,
                                 const ClosureObservation& seen, const ClosureTried& tried) {
  Actions actions;
  for (const Leftovers& root : seen.roots) clear(root, tried, actions);
  for (const Finding& finding : seen.needs.findings) {
    tell(finding.subject + ": " + finding.message, finding, tried, actions);
  }
  tell_of_contested_plan(situation, tried, actions);
  if (seen.needs.closure.empty() || tried.done) return actions;
  // If the store cannot be read, the sweep fails with the reason.
  const bool sweep = seen.store_unreadable || !seen.left_behind.empty();
  if (sweep && !tried.swept) actions.push_back({Kind::sweep_store, situation.state});
  if (seen.modules_right && !request.thorough && tried.provided.empty()) {
    keep(seen, actions);
  } else {
    provide(request, seen, tried, actions);
  }
  return actions;
}

Finding finding_of_lock(const std::string& path, const LockVerdict& verdict, bool mended) {
  const std::string age = base::human_duration(verdict.age_ms);
  if (verdict.state == LockVerdict::State::held) {
    return {Finding::Kind::lock_held, false, path,
            "left a lock of " + age + ": " + verdict.reason +
                "; if that process is not OpenClaw's, stop it or remove the lock"};
  }
  return {Finding::Kind::lock_reclaimed, mended, path,
          verb(mended, "removed", "remove") + " a lock of " + age + ": " + verdict.reason};
}

Finding finding_of_half_finished(const std::string& path, bool mended) {
  return {Finding::Kind::half_finished, mended, path,
          verb(mended, "removed", "remove") + " leftovers of an interrupted run"};
}

Finding finding_of_link(const std::string& root, const fs::OutwardLink& link, bool mended) {
  return {Finding::Kind::stale_link, mended, root + "/" + link.path,
          verb(mended, "replaced", "replace") + " a link that points outside of the root, to " +
              base::printable(link.target, 256)};
}

}  // namespace stage
