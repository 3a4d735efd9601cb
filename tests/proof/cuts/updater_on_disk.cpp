// SPDX-License-Identifier: MIT
// One step of the updater on the files in a folder, for the proof that a power cut at any time leaves them
// usable:
//
//   updater-on-disk ACTION FOLDER
//
// Exit status 0: it went as it has to. "look" and "recover" print what they find.
#include <sys/mman.h>

#include <cstdio>
#include <functional>
#include <iostream>
#include <map>

#include "machine_on_disk.hpp"
#include "update/release_transfer.hpp"
#include "update/snapshots.hpp"
#include "update/standing.hpp"

namespace {

using cuts::announce;
using cuts::Machine;
using nlohmann::json;
using update_tests::new_version;
using update_tests::old_version;
using update_tests::Scene;
using Pointer = release::Store::Pointer;

bool is(const std::string& outcome, const std::string& expected, const update::Context& context) {
  if (outcome == expected) return true;
  std::cerr << "the outcome is " << outcome << " instead of " << expected << ": " << context.reason << "\n";
  return false;
}

bool done(const base::Result<void>& result, const std::string& effect) {
  if (!result) {
    std::cerr << effect << ": " << result.error().message << "\n";
    return false;
  }
  announce(effect);
  return true;
}

std::string release_of(const Scene& scene, const std::string& version) {
  const auto all = scene.store->list();
  for (const auto& release : all ? *all : std::vector<release::Release>{}) {
    if (release.description.version == version) return release.name;
  }
  return version;
}

bool furnish(const std::string& folder) {
  const Scene scene(Scene::With::running_gateway, folder);
  return true;
}

// --- releases

bool seal(const std::string& folder) {
  Machine machine(folder);
  return !machine.scene.seal(new_version).empty();
}

bool point(const std::string& folder) {
  Machine machine(folder);
  const auto& store = *machine.scene.store;
  const std::string old_release = release_of(machine.scene, old_version);
  const std::string new_release = release_of(machine.scene, new_version);
  return done(store.point(Pointer::previous, old_release), "previous " + old_release) &&
         done(store.point(Pointer::current, new_release), "current " + new_release) &&
         done(store.remove_pointer(Pointer::previous), "previous none");
}

bool furnish_many(const std::string& folder) {
  Machine machine(folder);
  for (const char* version : {"2026.7.1", "2026.7.2", "2026.7.3"}) machine.scene.seal(version);
  return true;
}

bool prune(const std::string& folder) {
  Machine machine(folder);
  const auto pruned = machine.scene.store->prune(1, {});
  if (!pruned) std::cerr << pruned.error().message << "\n";
  return pruned.has_value();
}

bool sweep(const std::string& folder) {
  Machine machine(folder);
  return machine.scene.store->sweep().has_value();
}

bool import(const std::string& folder) {
  Scene elsewhere;
  const std::string name = elsewhere.seal(new_version, "sha512-new");
  Machine machine(folder);
  Scene& here = machine.scene;
  here.workers.answers["openclaw-finish unpack"] = [&](const json&,
                                                       const update::Watching&) -> base::Result<json> {
    update_tests::plant_package(here.root, "fetch/" + here.workers.transaction + ".unpack/package",
                                new_version);
    return json{{"format", 1},
                {"name", name},
                {"version", new_version},
                {"digest", elsewhere.store->digest(name).value_or("")},
                {"integrity", "sha512-new"},
                {"node", "v24.16.0"},
                {"files", 5},
                {"bytes", 500}};
  };
  const base::UniqueFd archive(::memfd_create("archive", MFD_CLOEXEC));
  const auto imported = update::import_release(here.setup(), {archive.get(), 0, ""});
  if (!imported) std::cerr << imported.error().message << "\n";
  return imported.has_value();
}

// --- updates

bool update_to(const std::string& folder, const std::string& expected, bool breaks = false) {
  Machine machine(folder);
  if (breaks) machine.scene.never_ready.insert(new_version);
  machine.scene.start_gateway();
  return is(machine.scene.update(), expected, machine.scene.context);
}

bool return_to_old(const std::string& folder) {
  Machine machine(folder);
  machine.scene.start_gateway();
  return is(machine.scene.return_to(old_version), "updated", machine.scene.context);
}

// Whatever else is open, or done already.
bool update_again(const std::string& folder) {
  Machine machine(folder);
  machine.scene.start_gateway();
  const std::string outcome = machine.scene.update();
  return outcome == "up-to-date" || is(outcome, "updated", machine.scene.context);
}

bool snapshot(const std::string& folder) {
  Machine machine(folder);
  machine.scene.start_gateway();
  const auto created = update::create_snapshot(machine.scene.setup(), false);
  if (!created) {
    std::cerr << created.error().message << "\n";
    return false;
  }
  announce("created " + created->record.name);
  return true;
}

bool remove_snapshots(const std::string& folder) {
  Machine machine(folder);
  json there = json::array();
  const auto names = update::recorded_snapshots(machine.scene.state_fd());
  for (const std::string& name : names ? *names : std::vector<std::string>{}) {
    there.push_back({{"name", name}, {"digest", "d1"}, {"bytes", 1}, {"files", 1}});
  }
  machine.scene.workers.answer("openclaw-state list", {{"snapshots", there}});
  for (const json& each : there) {
    const std::string name = each["name"];
    if (!done(update::remove_snapshot(machine.scene.setup(), name), "removed " + name)) return false;
  }
  return names.has_value();
}

bool stand(const std::string& folder) {
  const Machine machine(folder);
  const int state = machine.scene.state_fd();
  return done(update::set_hold(state, {"a party"}), "hold a party") &&
         done(update::set_pin(state, old_version), std::string("pin ") + old_version) &&
         done(update::quarantine(state, new_version, "it fails"), "quarantine it fails") &&
         done(update::remove_hold(state), "hold none") && done(update::remove_pin(state), "pin none") &&
         done(update::release_from_quarantine(state, new_version), "quarantine none");
}

// --- what is there

json releases_of(const Scene& scene) {
  json releases = json::object();
  const auto all = scene.store->list();
  for (const auto& release : all ? *all : std::vector<release::Release>{}) {
    const auto verified = scene.store->verify(release.name);
    releases[release.name] = verified ? "ok" : verified.error().message;
  }
  return releases;
}

// By the name of the transaction, the states that its journal has.
json journals_of(const Scene& scene) {
  json journals = json::object();
  const update::Journal journal(scene.state_fd());
  const auto ids = journal.transactions();
  for (const std::string& id : ids ? *ids : std::vector<std::string>{}) {
    json states = json::array();
    const auto history = journal.read(id);
    if (history) {
      for (const auto& record : history->records) states.push_back(update::row_of(record.state).name);
    } else {
      states.push_back("unreadable: " + history.error().message);
    }
    journals[id] = states;
  }
  return journals;
}

json seen_in(const Scene& scene) {
  const int state = scene.state_fd();
  const auto hold = update::hold_of(state);
  const auto pin = update::pinned_version(state);
  const auto open = update::Journal(state).open_transaction();
  return {{"current", scene.current()},
          {"previous", scene.previous().empty() ? "none" : scene.previous()},
          {"open", open && *open ? **open : ""},
          {"releases", releases_of(scene)},
          {"journals", journals_of(scene)},
          {"snapshots", update::recorded_snapshots(state).value_or(std::vector<std::string>{"unreadable"})},
          {"hold", hold ? hold->reason : "none"},
          {"pin", !pin ? pin.error().message : pin->value_or("none")},
          {"quarantine", update::quarantine_reason(state, new_version).value_or("none")}};
}

bool look(const std::string& folder) {
  const Machine machine(folder);
  std::cout << seen_in(machine.scene).dump() << std::endl;
  return true;
}

// As after a boot: before the gateway starts, and once more when it has.
bool recover(const std::string& folder, bool breaks = false) {
  Machine machine(folder);
  Scene& scene = machine.scene;
  if (breaks) scene.never_ready.insert(new_version);
  const update::Setup setup = machine.setup_of_next_boot();
  const auto at_boot = update::recover(setup, update::Occasion::boot);
  auto& gateway = scene.manager.unit(update_tests::gateway);
  const std::string started = at_boot ? gateway.on_start(gateway) : "not started";
  const auto recovered = update::recover(setup, update::Occasion::death);
  json seen = seen_in(scene);
  seen["at_boot"] = at_boot ? "" : at_boot.error().message;
  seen["started"] = started;
  seen["problem"] = recovered ? "" : recovered.error().message;
  seen["outcome"] = recovered && recovered->outcome ? update::row_of(*recovered->outcome).name
                    : recovered && recovered->open  ? "unfinished"
                                                    : "nothing";
  seen["reason"] = recovered ? recovered->context.reason : "";
  seen["running"] = scene.is_running() ? scene.running_version : "";
  std::cout << seen.dump() << std::endl;
  return at_boot && recovered;
}

const std::map<std::string, std::function<bool(const std::string& folder)>> actions = {
    {"furnish", furnish},
    {"furnish-many", furnish_many},
    {"furnish-installation",
     [](const std::string& folder) {
       cuts::furnish_installation(folder);
       return true;
     }},
    {"seal", seal},
    {"point", point},
    {"prune", prune},
    {"sweep", sweep},
    {"import", import},
    {"update", [](const std::string& folder) { return update_to(folder, "updated"); }},
    {"update-broken", [](const std::string& folder) { return update_to(folder, "rolled-back", true); }},
    {"update-again", update_again},
    {"return", return_to_old},
    {"snapshot", snapshot},
    {"remove-snapshots", remove_snapshots},
    {"stand", stand},
    {"adopt", cuts::adopt},
    {"give-back", cuts::give_back},
    {"look", look},
    {"recover", [](const std::string& folder) { return recover(folder); }},
    {"recover-broken", [](const std::string& folder) { return recover(folder, true); }},
};

}  // namespace

int main(int argc, char** argv) {
  const auto action = argc == 3 ? actions.find(argv[1]) : actions.end();
  if (action == actions.end()) {
    std::cerr << "usage: updater-on-disk ACTION FOLDER; the actions are:\n";
    for (const auto& [name, function] : actions) std::cerr << "  " << name << "\n";
    return 64;
  }
  const bool good = action->second(argv[2]);
  // What the fixtures of the unit tests complain about.
  return good && !testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed() ? 0 : 1;
}
