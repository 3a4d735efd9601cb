// SPDX-License-Identifier: MIT
// A machine with a gateway that runs 2026.8.1, a registry that has 2026.8.2, and an updater: real files and
// real releases, but no bus, no workers and no clock.
//
// The simulated gateway behaves like a real one: it runs the release that `current` pointed to at its start,
// and a start of a running gateway changes nothing.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fs/tree.hpp"
#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/support/fake_workers.hpp"
#include "update/updater.hpp"

namespace update_tests {

inline constexpr const char* old_version = "2026.8.1";
inline constexpr const char* new_version = "2026.8.2";
inline constexpr const char* gateway = "openclaw-gateway.service";

// All files that validate_package requires for these versions.
inline void plant_package(const test_support::TemporaryDirectory& tree, const std::string& folder,
                          const std::string& version) {
  const auto at = [&](const std::string& name) { return folder + "/" + name; };
  tree.write(at("package.json"), R"({"name":"openclaw","version":")" + version + "\"}");
  tree.write(at("openclaw.mjs"), "import './dist/entry.js';", 0755);
  tree.write(at("dist/entry.js"), "import './index.js';");
  tree.write(at("dist/index.js"), "export {};");
  tree.write(at("dist/postinstall-inventory.json"), R"(["dist/entry.js","dist/index.js"])");
}

class Scene {
 public:
  enum class With { running_gateway, stopped_gateway, nothing_installed };

  // `existing`: a folder for the machine's files, as another process may have left them; empty: a new one.
  explicit Scene(With with = With::running_gateway, const std::string& existing = {})
      : root(existing.empty()
                 ? test_support::TemporaryDirectory(test_support::TemporaryDirectory::fast_place())
                 : test_support::TemporaryDirectory(test_support::TemporaryDirectory::Existing{existing})) {
    root.mkdir("state");
    root.mkdir("fetch");
    state_fd_ = base::UniqueFd(::open(state_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto opened = release::Store::open(state_path());
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) store.emplace(std::move(*opened));
    if (with != With::nothing_installed) install(old_version);
    define_gateway();
    script_workers();
    if (with == With::running_gateway) start_gateway();
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  // Returns an outcome, or "error: …".
  std::string update(const std::string& wanted = "latest", bool force = false) {
    context = update::Context{};
    context.id = new_id();
    context.unit = gateway;
    context.asked.wanted = wanted;
    context.asked.requested_by = "test";
    context.asked.force = force;
    context.asked.rehearses = rehearses_;
    context.asked.restores = restores_;
    context.to.release = returning_to_;
    const auto outcome = update::run_update(setup(), context);
    return outcome ? std::string(update::row_of(*outcome).name) : "error: " + outcome.error().message;
  }
  std::string new_id() {
    const auto id = update::Journal(state_fd_.get()).new_id(now_ms);
    EXPECT_TRUE(id) << id.error().message;
    return id.value_or("");
  }
  std::string rehearse(const std::string& wanted = "latest", bool force = false) {
    rehearses_ = true;
    const std::string outcome = update(wanted, force);
    rehearses_ = false;
    return outcome;
  }
  std::string restore(const std::string& snapshot) {
    restores_ = snapshot;
    const std::string outcome = update();
    restores_.clear();
    return outcome;
  }
  bool restore_until_killed_in(const std::string& snapshot, const std::string& state) {
    restores_ = snapshot;
    const bool died = dies_in(state, [&] { update(); });
    restores_.clear();
    return died;
  }
  bool rehearse_until_killed_in(const std::string& state) {
    rehearses_ = true;
    const bool died = dies_in(state, [&] { update(); });
    rehearses_ = false;
    return died;
  }
  // A rollback on demand to the sealed release of that version.
  std::string return_to(const std::string& version, bool force = false) {
    const auto releases = store->list();
    for (const auto& release : releases ? *releases : std::vector<release::Release>{}) {
      if (release.description.version == version) returning_to_ = release.name;
    }
    const std::string outcome = update("", force);
    returning_to_.clear();
    return outcome;
  }
  // The updater is killed as soon as the record of `state` is on disk. False: it did not reach that state.
  bool update_until_killed_in(const std::string& state) {
    return dies_in(state, [&] { update(); });
  }
  bool return_until_killed_in(const std::string& version, const std::string& state) {
    return dies_in(state, [&] { return_to(version); });
  }
  bool recover_until_killed_in(const std::string& state) {
    return dies_in(state, [&] { recover(); });
  }
  // Returns the outcome, "nothing" or "error: …".
  std::string recover(update::Occasion occasion = update::Occasion::death) {
    const auto recovered = update::recover(setup(), occasion);
    if (!recovered) return "error: " + recovered.error().message;
    if (recovered->open) context = recovered->context;
    if (!recovered->outcome) return recovered->open ? "unfinished" : "nothing";
    return std::string(update::row_of(*recovered->outcome).name);
  }
  // A power failure ends everything, but the disk is kept.
  void power_cut() {
    auto& unit = manager.unit(gateway);
    unit.rest();
    unit.status.invocation_id.clear();
    unit.status.restarts = 0;
    running_version.clear();
  }

  update::Setup setup() {
    return {.settings = settings,
            .state_directory = state_path(),
            .fetch_directory = root.path("fetch"),
            .gateway_directory = "/var/lib/openclaw",
            .unit_files = root.path("units"),
            .manager = manager,
            .workers = workers,
            .releases = *store,
            .observer = observer,
            .state_fd = state_fd_.get(),
            .now_ms = [this] { return now_ms += 1000; },
            .moment =
                [this] {
                  return base::Moment{"this-boot", since_boot += std::chrono::seconds(1)};
                },
            .free_space = [this](int) -> base::Result<fs::Space> { return space; },
            .capacity = [this] { return capacity; }};
  }

  void start_gateway() {
    auto& unit = manager.unit(gateway);
    EXPECT_EQ(unit.on_start(unit), "done");
  }
  // Seals a release and makes it the current one; returns its name.
  std::string install(const std::string& version) {
    const std::string name = seal(version);
    EXPECT_TRUE(store->point(release::Store::Pointer::current, name));
    return name;
  }
  std::string seal(const std::string& version, const std::string& integrity = "sha512-old") {
    const test_support::TemporaryDirectory package(test_support::TemporaryDirectory::fast_place());
    plant_package(package, "package", version);
    const base::UniqueFd fd(::open(package.path("package").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto release = store->seal(fd.get(), {version, integrity, "bun 1.4.5", "v24.16.0", "x"}, {});
    EXPECT_TRUE(release) << release.error().message;
    return release ? release->name : "";
  }

  // What an operator would check. Versions; "" if there is none.
  [[nodiscard]] std::string current() const { return version_at("state/current"); }
  [[nodiscard]] std::string previous() const { return version_at("state/previous"); }
  [[nodiscard]] bool is_running() { return manager.unit(gateway).status.active_state == "active"; }
  [[nodiscard]] bool is_open() const { return root.exists("state/open"); }
  [[nodiscard]] bool is_quarantined() const {
    return root.exists(std::string("state/quarantine/") + new_version);
  }
  // The states in the transaction's journal, as read from disk.
  [[nodiscard]] std::vector<std::string> recorded() const {
    std::vector<std::string> names;
    const auto history = update::Journal(state_fd_.get()).read(context.id);
    if (!history) return names;
    for (const auto& record : history->records) names.emplace_back(update::row_of(record.state).name);
    return names;
  }
  [[nodiscard]] std::string journal_path() const { return "state/transactions/" + context.id + "/journal"; }
  [[nodiscard]] std::string state_path() const { return root.path("state"); }
  [[nodiscard]] int state_fd() const { return state_fd_.get(); }
  [[nodiscard]] bool called(const std::string& call) const {
    return std::find(manager.calls.begin(), manager.calls.end(), call) != manager.calls.end();
  }

  test_support::TemporaryDirectory root;
  bus_tests::FakeServiceManager manager;
  FakeWorkers workers{manager.calls};
  RecordingObserver observer;
  config::Settings settings;
  std::optional<release::Store> store;
  update::Context context;
  std::int64_t now_ms = 1'795'000'000'000;
  std::chrono::milliseconds since_boot{0};
  fs::Space space{std::uint64_t{100} * 1000 * 1000 * 1000, 10'000'000};
  process::Capacity capacity{2, std::uint64_t{8} * 1000 * 1000 * 1000};

  // The behaviour of releases, by version.
  std::set<std::string> does_not_start, never_ready, dies_when_ready;
  // It starts only on a state that its doctor has migrated, with which the old release does not start.
  bool needs_migration = false;
  std::string gateway_state = "old";  // "half" and "migrated" after a doctor
  std::string running_version;
  json canary = json::object();  // additional members of the canary's answer
  json report{{"ready", true}, {"environment_keys", {"OPENCLAW_TOKEN"}}};  // of a gateway that works

 private:
  template <class Work>
  bool dies_in(const std::string& state, Work&& work) {
    observer.on_entered = [&](const std::string& entered) {
      if (entered == state) throw Killed{};
    };
    bool died = false;
    try {
      work();
    } catch (const Killed&) {
      died = true;
    }
    observer.on_entered = nullptr;
    return died;
  }

  std::string version_at(const std::string& link) const {
    const std::string target = root.read_link(link);
    const std::size_t slash = target.rfind('/');
    return slash == std::string::npos ? target : target.substr(slash + 1, target.rfind('-') - slash - 1);
  }

  std::string unit_file(const std::string& name, const std::string& content) const {
    const std::string file = "units/" + name;
    return root.exists(file) ? root.path(file) : root.write(file, content);
  }

  void define_gateway() {
    auto& unit = manager.add(gateway);
    unit.status.fragment_path = unit_file("openclaw-gateway.service", "[Service]\nExecStart=/x\n");
    unit.status.drop_in_paths = {unit_file("openclaw-gateway.service.d/token.conf", "[Service]\n")};
    unit.definition.environment_keys = {"OPENCLAW_TOKEN"};
    unit.on_start = [this](bus_tests::FakeUnit& started) -> bus::JobResult {
      if (started.status.main_pid != 0) {
        started.status.active_state = "active";
        return "done";
      }
      const std::string needed = current() == new_version ? "migrated" : "old";
      if (current().empty() || does_not_start.contains(current()) ||
          (needs_migration && gateway_state != needed)) {
        started.fail("exit-code");
        return "failed";
      }
      running_version = current();
      started.run();
      return "done";
    };
  }

  base::Result<json> probe(const update::Watching& watching) {
    json answer = report;
    answer["version"] = running_version;
    if (never_ready.contains(running_version)) {
      answer["ready"] = false;
      answer["failing"] = {"startup-sidecars"};
    }
    if (dies_when_ready.contains(running_version)) manager.unit(gateway).fail("exit-code");
    if (watching && !watching("waiting for the gateway")) {
      return base::fail(base::ErrorKind::busy, "openclaw-probe was ended");
    }
    return answer;
  }

  // On its copy, a release behaves as it will on the live state, as far as that is visible there.
  json canary_of(const std::string& version) {
    json answer = {{"ready", true}, {"version", version}, {"ready_after_ms", 9000}, {"took_ms", 12000}};
    if (needs_migration) {
      answer["migrated"] = true;
      answer["moved"] = {"agents/main/sessions/sessions.json"};
    }
    answer.update(canary);
    return answer;
  }

  void script_workers() {
    workers.answer("openclaw-fetch resolve", {{"version", new_version}, {"integrity", "sha512-new"}});
    workers.answers["openclaw-fetch fetch"] = [this](const json&,
                                                     const update::Watching&) -> base::Result<json> {
      plant_package(root, "fetch/" + observer.last.id + ".fetch/package", new_version);
      return json{{"client", "bun 1.4.5"}, {"node", "v24.16.0"}};
    };
    workers.answer("openclaw-finish fetch", {{"files", 5}, {"bytes", 1000}});
    workers.answer("openclaw-stage stage", {{"complete", true}});
    workers.answer("openclaw-validate validate",
                   {{"config", {{"valid", true}}}, {"database", {{"status", "exact"}}}});
    workers.answers["openclaw-canary boot"] = [this](const json& request,
                                                     const update::Watching&) -> base::Result<json> {
      return canary_of(request.value("expected_version", ""));
    };
    const json kept = {{"digest", "d1"}, {"schemas", {{"state/openclaw.sqlite", 18}}}};
    workers.answer("openclaw-state snapshot", kept);
    workers.answer("openclaw-state settle", kept);
    workers.answer("openclaw-state schemas", kept);
    workers.answers["openclaw-state restore"] = [this](const json&, const update::Watching&) {
      gateway_state = "old";
      return json{{"restored", {"state/openclaw.sqlite"}}};
    };
    workers.answers["openclaw-migrate migrate"] = [this](const json&, const update::Watching&) {
      gateway_state = "migrated";
      return json{{"outcome", "done"}};
    };
    workers.answer("openclaw-state discard", {{"discarded", json::array()}});
    workers.answer("openclaw-probe port", {{"listens", false}});
    workers.answer("openclaw-state room", json::object());
    workers.answer("openclaw-probe find", {{"running", true}, {"found", true}, {"port", 18789}});
    workers.answer("openclaw-state owner", {{"state", "/x"}, {"shown_by", "its process 7 has /x/db open"}});
    for (const char* const question : {"openclaw-probe baseline", "openclaw-probe gate"}) {
      workers.answers[question] = [this](const json&, const update::Watching& watching) {
        return probe(watching);
      };
    }
  }

  base::UniqueFd state_fd_;
  std::string returning_to_, restores_;
  bool rehearses_ = false;
};

}  // namespace update_tests
