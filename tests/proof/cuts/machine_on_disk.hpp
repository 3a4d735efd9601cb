// SPDX-License-Identifier: MIT
// The updater's part of a machine, in a folder that outlasts the process: real journals, releases and unit
// files, with a simulated gateway and simulated workers. What it causes outside of the disk is announced by a
// call that changes nothing, so that the recorder puts it into the order of the calls.
#pragma once

#include <unistd.h>

#include <string>

#include "update/support/scene.hpp"

namespace cuts {

inline void announce(const std::string& effect) {
  ::unlink(("/effect/" + effect).c_str());
}

// As a machine after a boot: the gateway does not run yet.
class Machine {
 public:
  explicit Machine(const std::string& folder) : scene(update_tests::Scene::With::nothing_installed, folder) {
    scene.workers.before = [](const std::string& name) { announce("worker " + name); };
    scene.observer.on_entered = [](const std::string& state) { announce("record " + state); };
    auto& unit = scene.manager.unit(update_tests::gateway);
    unit.on_start = [start = unit.on_start](bus_tests::FakeUnit& started) {
      announce("start");
      return start(started);
    };
    unit.on_stop = [](bus_tests::FakeUnit& stopped) {
      announce("stop");
      stopped.rest();
      return "done";
    };
  }

  // Those of another process, and of another boot, have to differ.
  update::Setup setup_of_next_boot() {
    bus_tests::FakeUnit other;
    constexpr int many = 1000;
    for (int i = 0; i < many; ++i) other.run();
    update::Setup setup = scene.setup();
    setup.moment = [this] { return base::Moment{"next-boot", scene.since_boot += std::chrono::seconds(1)}; };
    return setup;
  }

  update_tests::Scene scene;
};

// Each answers whether it went as it has to.
bool adopt(const std::string& folder);
bool give_back(const std::string& folder);
void furnish_installation(const std::string& folder);

}  // namespace cuts
