// SPDX-License-Identifier: MIT
#include "update/releases_in_use.hpp"

#include <cerrno>

#include "fs/beneath.hpp"
#include "update/compatibility.hpp"
#include "update/gateway_places.hpp"
#include "update/journal.hpp"

namespace update {
namespace {

using base::Result;

// Returns whether there is one.
Result<bool> add_linked(const GatewayPlaces& places, std::vector<std::string>& used) {
  const auto store = release::Store::open(places.updater, places.state);
  if (!store) return base::pass(store.error());
  bool any = false;
  for (const auto pointer : {release::Store::Pointer::current, release::Store::Pointer::previous}) {
    auto name = store->target(pointer);
    if (!name) return base::pass(name.error());
    if (!*name) continue;
    used.push_back(**name);
    any = true;
  }
  return any;
}

Result<bool> add_of_open_update(const Journal& journal, std::vector<std::string>& used) {
  const auto open = journal.open_transaction();
  if (!open) return base::pass(open.error());
  if (!*open) return false;
  const auto history = journal.read(**open);
  if (!history) return base::pass(history.error());
  const Context* const context = history->context();
  if (context == nullptr) return true;
  used.push_back(context->from.release);
  used.push_back(context->to.release);
  return true;
}

Result<void> add_of(const GatewayPlaces& places, std::vector<std::string>& used) {
  const auto linked = add_linked(places, used);
  if (!linked) return base::pass(linked.error());
  const auto state = fs::open_directory(places.state);
  if (!state) return base::pass(state.error());
  const Journal journal(state->get());
  const auto open = add_of_open_update(journal, used);
  if (!open) return base::pass(open.error());
  // After adopt --undo, a gateway still has a history, but it starts none of these releases.
  if (!*linked && !*open && !places.name.empty()) return {};
  for (auto release : {release_that_runs(journal), rehearsed_release(journal)}) {
    if (!release) return base::pass(release.error());
    used.push_back(std::move(*release));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> releases_in_use(const std::string& updater) {
  const auto all = all_places(updater);
  if (!all) return base::pass(all.error());
  std::vector<std::string> used;
  for (const GatewayPlaces& places : *all) {
    if (auto added = add_of(places, used); !added) return base::pass(added.error());
  }
  return used;
}

Result<std::vector<std::string>> prune_unused(const release::Store& releases, unsigned keep) {
  const auto used = releases_in_use(releases.path());
  if (!used) return base::pass(used.error(), "nothing is pruned");
  return releases.prune(keep, *used);
}

}  // namespace update
