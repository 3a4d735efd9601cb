// SPDX-License-Identifier: MIT
// The adoption of an installation of npm -g, and its reversal, on the files in a folder.
#include <iostream>

#include "machine_on_disk.hpp"
#include "update/adoption/course.hpp"
#include "update/support/fake_accounts.hpp"

namespace cuts {
namespace {

using test_support::TemporaryDirectory;

constexpr const char* unit = "claw.service";

class Installed {
 public:
  explicit Installed(const std::string& folder) : root_(TemporaryDirectory::Existing{folder}) {
    auto& claw = manager_.add(unit);
    claw.status.fragment_path = root_.path("etc/system/claw.service");
    if (root_.exists("etc/system/claw.service.d/50-openclaw-update.conf"))
      claw.status.drop_in_paths = {root_.path("etc/system/claw.service.d/50-openclaw-update.conf")};
    claw.definition.user = "nobody";
    claw.definition.environment_keys = {"HOME"};
    claw.definition.locations = {{"HOME", "/home/claw"}};
    claw.definition.exec_start = {"/usr/bin/node", root_.path("npm/openclaw/dist/index.js"), "gateway"};
    state_.reset(::open(root_.path("state").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto opened = release::Store::open(root_.path("state"));
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) store_.emplace(std::move(*opened));
  }

  update::AdoptionSite site() {
    update::AdoptionPlaces places;
    places.units = root_.path("etc/system");
    places.settings = root_.path("etc/helpers.ini.d");
    places.current = root_.path("state/current");
    places.homes = root_.path("etc/homes");
    return {state_.get(), *store_, manager_, places, says_, accounts_};
  }

  bool adopt() {
    const auto record = update::read_adoption(state_.get());
    if (record && *record && (*record)->complete) return true;
    if (const auto cleared = update::clear_interrupted_adoption(site()); !cleared) return failed(cleared);
    auto adopting = update::look_before_adoption(site(), {}, root_.path("state"), {unit, "", false});
    if (!adopting) return failed(adopting);
    constexpr std::int64_t now_ms = 1'795'000'000'000;
    const auto done =
        update::carry_out_adoption(site(), {root_.path("etc/helpers.ini"), now_ms, {}}, *adopting);
    return done || failed(done);
  }
  bool give_back() {
    const auto undoing = update::prepare_undoing(site(), true);
    // A reversal that had ended already.
    if (!undoing && undoing.error().kind == base::ErrorKind::not_found) return true;
    if (!undoing) return failed(undoing);
    const auto undone = update::undo_adoption(site(), undoing->record);
    if (!undone) return failed(undone);
    return undone->kept.empty() && !undone->still_starts_current;
  }

 private:
  template <class Result>
  static bool failed(const Result& result) {
    std::cerr << result.error().message << "\n";
    return false;
  }

  TemporaryDirectory root_;
  base::UniqueFd state_;
  bus_tests::FakeServiceManager manager_;
  std::optional<release::Store> store_;
  update_tests::FakeAccounts accounts_;
  std::function<void(const std::string& step)> says_ = [](const std::string& step) {
    announce("step " + step);
  };
};

}  // namespace

void furnish_installation(const std::string& folder) {
  const TemporaryDirectory root(TemporaryDirectory::Existing{folder});
  root.mkdir("state");
  root.mkdir("etc/helpers.ini.d");
  root.write("etc/system/claw.service", "[Service]\nUser=nobody\n");
  update_tests::plant_package(root, "npm/openclaw", update_tests::old_version);
}

bool adopt(const std::string& folder) {
  return Installed(folder).adopt();
}

bool give_back(const std::string& folder) {
  return Installed(folder).give_back();
}

}  // namespace cuts
