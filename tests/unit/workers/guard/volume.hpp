// SPDX-License-Identifier: MIT
// A volume on which one image follows the other, and a start on it that is killed.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/recording_notifier.hpp"
#include "workers/guard/guard.hpp"
#include "workers/guard/kept.hpp"
#include "workers/guard/record.hpp"
#include "workers/state/restore.hpp"
#include "workers/support/openclaw_state.hpp"

namespace workers_tests {

using config::StateRule;
using workers::guard::Guarded;
using workers::guard::Guarding;

// An image: its version, and the newest schema that it supports. Its "node" is a shell.
struct Image {
  std::string version;
  int schema;
  std::string doctor = "exit 0";  // commands of a shell, in the state
};
inline const Image older{"2026.9.5", 18}, newer{"2026.9.6", 23};

struct Volume {
  explicit Volume(const std::string& where = test_support::TemporaryDirectory::fast_place()) : state(where) {}

  Guarding guarding(const Image& image, StateRule rule = StateRule::automatic) {
    // The command is database preflight FILE --json. The schema is in the four bytes at offset 60 of the
    // file.
    write_doctor(image.doctor);
    package.write("openclaw.mjs", "found=$(od -An -tu1 -j63 -N1 \"$3\" | tr -d ' ')\nknown=" +
                                      std::to_string(image.schema) + R"(
status=exact
[ "$found" -le "$known" ] || status=incompatible
[ "$found" -ge "$known" ] || status=migration-required
printf '{"schema":"openclaw.state-schema-preflight.v1","targetVersion":%s,"foundVersion":%s,"status":"%s"}\n' \
  "$known" "$found" "$status"
)");
    const base::Environment unit = {{"PATH", "/usr/bin:/bin"}, {"HOME", state.folder.path()}};
    return {.place = state.place(),
            .environment = openclaw::gateway_environment(unit, ""),
            .package = package.path(),
            .version = image.version,
            .node = node,
            .rule = rule,
            .migrates = migrates,
            .host = "container-" + image.version};
  }

  base::Result<Guarded> start(const Image& image, StateRule rule = StateRule::automatic) {
    return workers::guard::guard_state(guarding(image, rule), notifier);
  }

  void write_doctor(const std::string& commands) const {
    package.write("dist/index.js", "[ \"$*\" = 'doctor --non-interactive --fix' ] || exit 64\ncd " +
                                       state.place().state + " || exit 65\n" + commands + "\n");
  }
  [[nodiscard]] int runs_of_the_doctor() const {
    return state.folder.exists("ran") ? static_cast<int>(state.folder.read("ran").size() / 4) : 0;
  }

  // The effects of the image's OpenClaw on the databases after its start.
  void run(const Image& image, const std::string& text) const {
    Database(state.folder.path(OpenClawState::main_database))
        .run("UPDATE entries SET text='" + text + "'; PRAGMA user_version=" + std::to_string(image.schema));
  }
  void start_and_run(const Image& image, const std::string& text) {
    const auto guarded = start(image);
    ASSERT_TRUE(guarded) << guarded.error().message;
    run(image, text);
  }

  [[nodiscard]] std::string text() const { return state.ask("SELECT text FROM entries"); }
  [[nodiscard]] std::string schema() const { return state.ask("PRAGMA user_version"); }
  [[nodiscard]] std::string recorded(const char* member) const {
    return nlohmann::json::parse(state.folder.read("state-guard/record.json")).value(member, "");
  }
  [[nodiscard]] std::vector<std::string> changed_by() const {
    return nlohmann::json::parse(state.folder.read("state-guard/record.json"))
        .value("changed_by", std::vector<std::string>{});
  }
  [[nodiscard]] std::string reported(const char* member) const {
    return nlohmann::json::parse(state.folder.read("state-guard/report.json")).value(member, "");
  }
  [[nodiscard]] std::vector<std::string> snapshots() const {
    std::vector<std::string> names;
    const auto kept = workers::guard::list_kept(state.place());
    EXPECT_TRUE(kept);
    if (kept) {
      for (const auto& one : *kept) names.push_back(one.name);
    }
    return names;
  }

  OpenClawState state;
  test_support::TemporaryDirectory package{test_support::TemporaryDirectory::fast_place()};
  test_support::RecordingNotifier notifier;
  std::string node = "/bin/sh";
  bool migrates = false;
};

inline int steps_left = 0;
inline void die_at_the_last_step() {
  if (steps_left-- == 0) ::_exit(9);
}

// Returns whether it was killed before its end.
inline bool start_and_die(Volume& volume, const Image& image, int steps) {
  const pid_t child = ::fork();
  if (child == 0) {
    steps_left = steps;
    workers::guard::guarding_step_for_tests = die_at_the_last_step;
    workers::guard::keeping_step_for_tests = die_at_the_last_step;
    workers::state::restore_step_for_tests = die_at_the_last_step;
    ::_exit(volume.start(image) ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 1) << "it failed at step " << steps;
  return WIFEXITED(status) && WEXITSTATUS(status) == 9;
}

}  // namespace workers_tests
