// SPDX-License-Identifier: MIT
// A host with a gateway's unit that is to be adopted: its files, its service manager, its /proc, and the
// folders of the updater.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/adoption/course.hpp"
#include "update/support/scene.hpp"

namespace update_tests {

class Host : public testing::Test {
 protected:
  using Words = std::vector<std::string>;
  static constexpr const char* unit = "claw.service";
  static constexpr const char* version = "2026.8.1";

  Host() {
    etc.mkdir("system");
    etc.mkdir("helpers.ini.d");
    auto& claw = manager.add(unit);
    claw.status.fragment_path = etc.write("system/claw.service", "[Service]\nUser=nobody\n");
    claw.definition.user = "nobody";
    claw.definition.type = "simple";
    claw.definition.environment_keys = {"HOME"};
    claw.definition.locations = {{"HOME", "/home/claw"}};
    claw.definition.path = root.path("bin");
    auto opened = release::Store::open(state.path());
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) store.emplace(std::move(*opened));
  }

  bus::ServiceDefinition& definition() { return manager.unit(unit).definition; }

  // Writes a package to that place, with the content of its tarball.
  std::string package(const std::string& folder) {
    plant_package(root, folder, version);
    root.write(folder + "/openclaw.mjs", "#!/usr/bin/env node\nimport './dist/entry.js';", 0755);
    return root.path(folder);
  }
  std::string node(const std::string& path) { return root.write(path, elf, 0755); }
  std::string program(const std::string& path) { return root.write(path, elf, 0755); }

  // The unit's main process. OpenClaw changes its title, which removes all arguments.
  struct Process {
    std::string program;
    Words arguments = {"openclaw-gateway", "", ""};
    Words environment;
    std::string maps;
  };
  void runs_as(const Process& process, int pid = 42, int parent = 1) {
    const std::string folder = "proc/" + std::to_string(pid) + "/";
    auto& status = manager.unit(unit).status;
    status.active_state = "active";
    status.control_group = "/system.slice/claw.service";
    if (parent == 1) status.main_pid = pid;
    root.write(folder + "cgroup", "0::/system.slice/claw.service\n");
    root.write(folder + "cmdline", ended(process.arguments));
    root.write(folder + "environ", ended(process.environment));
    root.write(folder + "maps", process.maps);
    root.write(folder + "status", "Name:\tx\nPPid:\t" + std::to_string(parent) + "\n");
    root.symlink(process.program, folder + "exe");
    root.symlink("/", folder + "cwd");
  }

  update::AdoptionSite site() {
    update::AdoptionPlaces places;
    places.units = etc.path("system");
    places.settings = etc.path("helpers.ini.d");
    places.current = current();
    return {state.fd(), *store, manager, places, {}};
  }
  std::string current() const { return state.path("current"); }

  base::Result<update::Adopting> look(const std::string& package_root = "") {
    return update::look_before_adoption(site(), {}, state.path(),
                                        {.unit = unit,
                                         .package_root = package_root,
                                         .proc = root.path("proc"),
                                         .free_space = [this](int) -> base::Result<fs::Space> {
                                           return fs::Space{free_bytes, 1'000'000};
                                         }});
  }
  std::string refusal(const std::string& package_root = "") {
    const auto adopting = look(package_root);
    EXPECT_FALSE(adopting) << base::join(adopting ? adopting->plan.command : Words(), " ");
    return adopting ? "" : adopting.error().message;
  }
  Words notes() {
    const auto adopting = look();
    EXPECT_TRUE(adopting) << adopting.error().message;
    return adopting ? adopting->plan.notes : Words();
  }

  // Expects that the unit can be adopted, starts that command afterwards, and is as before after the
  // reversal.
  void expect_adopted(const Words& command) {
    auto adopting = look();
    ASSERT_TRUE(adopting) << adopting.error().message;
    EXPECT_EQ(adopting->plan.command, command);
    const auto done = update::carry_out_adoption(site(), {etc.path("helpers.ini"), 1, {}}, *adopting);
    ASSERT_TRUE(done) << done.error().message;
    adopted = adopting->release;
    expect_release();
    const auto record = update::read_adoption(state.fd());
    ASSERT_TRUE(record && *record);
    const auto undone = update::undo_adoption(site(), **record);
    ASSERT_TRUE(undone) << undone.error().message;
    EXPECT_THAT(etc.names("system"), testing::Contains(std::string(unit)));
    EXPECT_FALSE(etc.exists("system/claw.service.d/50-openclaw-update.conf"));
    EXPECT_FALSE(state.is_symlink("current"));
  }
  // Additional expectations about the release; for tests of such packages.
  virtual void expect_release() {}

  static constexpr const char* elf =
      "\x7f"
      "ELF";
  test_support::TemporaryDirectory etc{test_support::TemporaryDirectory::fast_place()},
      state{test_support::TemporaryDirectory::fast_place()}, root;
  bus_tests::FakeServiceManager manager;
  std::optional<release::Store> store;
  std::uint64_t free_bytes = 100'000'000'000;  // where releases are
  std::string adopted;                         // name of the release

 private:
  static std::string ended(const Words& words) {
    std::string text;
    for (const std::string& word : words) text += word + '\0';
    return text;
  }
};

}  // namespace update_tests
