// SPDX-License-Identifier: MIT
#include "update/gateway_places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "config/gateways.hpp"
#include "contract/tasks.hpp"
#include "support/disk_witness.hpp"
#include "support/no_more_files.hpp"
#include "support/temporary_directory.hpp"
#include "systemd/journal.hpp"
#include "update/gateway_sink.hpp"
#include "update/journal.hpp"

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using update::for_gateway;
using update::places_of;

constexpr const char* updater = "/var/lib/openclaw-update";

TEST(GatewayPlaces, OfTheOneWithoutANameAreTheUpdatersOwn) {
  const auto places = places_of(updater, "");
  EXPECT_EQ(places.state, updater);
  EXPECT_EQ(places.current(), "/var/lib/openclaw-update/current");
  EXPECT_EQ(places.update_unit(), "openclaw-update.service");
  EXPECT_EQ(places.update_unit("2026.9.6"), "openclaw-update@2026.9.6.service");
  EXPECT_EQ(places.resume_unit(), "openclaw-update-resume.service");
  EXPECT_EQ(places.worker_places().requests, "/var/lib/openclaw-update/requests");
}

TEST(GatewayPlaces, OfANameAreApart) {
  const auto places = places_of(updater, "work");
  EXPECT_EQ(places.current(), "/var/lib/openclaw-update/gateways/work/current");
  EXPECT_EQ(places.update_unit("2026.9.6"), "openclaw-update-gateway@work.service");
  EXPECT_EQ(places.resume_unit(), "openclaw-update-resume@work.service");
  EXPECT_EQ(places.worker_places().gateway_requests, contract::request_directory_of("work"));
  EXPECT_EQ(places.worker_places().gateway_results, contract::result_directory_of("work"));
}

TEST(GatewayPlaces, AreFoundByWhatTheUpdaterKeeps) {
  const test_support::TemporaryDirectory state;
  EXPECT_THAT(*update::all_places(state.path()), testing::SizeIs(1));
  state.mkdir("gateways/work");
  state.mkdir("gateways/family");
  state.write("gateways/store.lock");
  std::vector<std::string> names;
  const auto all = update::all_places(state.path());
  ASSERT_TRUE(all) << all.error().message;
  for (const auto& places : *all) names.push_back(places.name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("", "family", "work"));
}

TEST(GatewayPlaces, AreOnTheDiskWhenTheyAreMade) {
  const test_support::TemporaryDirectory root;
  const test_support::DiskWitness disk;
  ASSERT_TRUE(update::make_state_folders(places_of(root.path("updater"), "work")));
  for (const char* folder : {"updater", "updater/requests", "updater/gateways", "updater/gateways/work"}) {
    EXPECT_NE(disk.durably_made(folder), test_support::DiskWitness::never) << folder << disk.story();
  }
}

TEST(GatewayPlaces, CountAsAdoptedOnlyWhenSomethingIsKept) {
  const test_support::TemporaryDirectory state;
  const auto places = places_of(state.path(), "work");
  EXPECT_FALSE(update::has_been_adopted(places));
  ASSERT_TRUE(update::make_state_folders(places));
  EXPECT_FALSE(update::has_been_adopted(places)) << "a dry run makes the folders, and nothing more";
  EXPECT_EQ(state.mode("gateways/work"), 0700U);
  EXPECT_TRUE(state.is_directory("requests")) << "workers that are nobody's read theirs there";
  state.write("gateways/work/adoption.json");
  EXPECT_TRUE(update::has_been_adopted(places));
}

// EMFILE: whoever would leave it out does not know that there is none.
TEST(GatewayPlaces, CountAsAdoptedWhileTheyCannotBeLookedAt) {
  const test_support::TemporaryDirectory state;
  const auto places = places_of(state.path(), "work");
  ASSERT_TRUE(update::make_state_folders(places));
  const test_support::NoMoreFiles none;
  EXPECT_TRUE(update::has_been_adopted(places));
}

TEST(GatewayPlaces, CanBePassedThroughWhateverTheUmaskOfTheShell) {
  const test_support::TemporaryDirectory state;
  const mode_t before = ::umask(077);
  const auto made = update::make_state_folders(places_of(state.path("updater"), "work"));
  ::umask(before);
  ASSERT_TRUE(made);
  for (const char* folder : {"updater", "updater/requests", "updater/gateways"})
    EXPECT_EQ(state.mode(folder), 0755U) << folder;
}

// --- names of updates and of workers

TEST(TransactionOfANamedGateway, SaysWhoseItIs) {
  const std::string id = update::transaction_id(3, 1'795'000'000'000, "work-2");
  EXPECT_TRUE(update::is_transaction_id(id)) << id;
  EXPECT_EQ(update::transaction_number(id), 3U);
  EXPECT_EQ(contract::gateway_of(id), "work-2");
  EXPECT_EQ(contract::gateway_of(update::new_task_id(0, "work-2")), "work-2");
  EXPECT_EQ(contract::gateway_of(update::transaction_id(3, 0)), "");
  EXPECT_EQ(contract::gateway_of(update::new_task_id(0)), "");
}

TEST(TransactionOfANamedGateway, EndsWithANameAndNothingElse) {
  for (const char* other : {"t00000003-20261121T101500Z-", "t00000003-20261121T101500Z-a/b",
                            "t00000003-20261121T101500Z-..", "t00000003-20261121T101500Zwork"}) {
    EXPECT_FALSE(update::is_transaction_id(other)) << other;
  }
}

TEST(WorkerOfANamedGateway, HasATemplateOfItsOwnAndTheSharedOnesHaveNot) {
  const std::string id = update::transaction_id(3, 0, "work");
  const contract::Task snapshot(contract::tasks::snapshot, id);
  EXPECT_EQ(snapshot.unit(), "openclaw-state-work@" + id + ".snapshot.service");
  EXPECT_TRUE(contract::parse_instance(snapshot.instance()));
  const contract::Task fetch(contract::tasks::fetch, id);
  EXPECT_EQ(fetch.unit(), "openclaw-fetch@" + id + ".fetch.service");
  EXPECT_EQ(fetch.gateway, "");
}

TEST(WorkerOfANamedGateway, IsKnownByItsProgram) {
  for (const char* program : {"openclaw-state", "openclaw-stage", "openclaw-probe", "openclaw-canary"})
    EXPECT_TRUE(contract::is_of_gateway(program)) << program;
  for (const char* program : {"openclaw-fetch", "openclaw-finish"})
    EXPECT_FALSE(contract::is_of_gateway(program)) << program;
}

// --- commands in messages

TEST(WordsForANamedGateway, NameItInEveryCommand) {
  EXPECT_EQ(for_gateway("not finished; openclaw-update recover", "work"),
            "not finished; openclaw-update --gateway work recover");
  EXPECT_EQ(
      for_gateway("openclaw-update history, then openclaw-update --force (or openclaw-update status)", "a"),
      "openclaw-update --gateway a history, then openclaw-update --gateway a --force (or openclaw-update "
      "--gateway a status)");
  EXPECT_EQ(for_gateway("175 entries; openclaw-update changelog shows them", "a"),
            "175 entries; openclaw-update --gateway a changelog shows them");
}

TEST(WordsForANamedGateway, NameItOnceInACommandThatNamesItAlready) {
  EXPECT_EQ(
      for_gateway("openclaw-update adopt UNIT --gateway work writes it, openclaw-update status shows it",
                  "work"),
      "openclaw-update adopt UNIT --gateway work writes it, openclaw-update --gateway work status shows it");
}

TEST(WordsForANamedGateway, LeaveSentencesAlone) {
  for (const char* text : {"see openclaw-update(8)", "openclaw-update.service failed",
                           "the openclaw-update has ended", "openclaw-update recovers it"}) {
    EXPECT_EQ(for_gateway(text, "work"), text);
  }
}

TEST(WordsForANamedGateway, AreTheSameForTheOneWithoutAName) {
  EXPECT_EQ(for_gateway("openclaw-update recover", ""), "openclaw-update recover");
}

class Sent final : public systemd::EventSink {
 public:
  void send(const systemd::Event& event) override { events.push_back(event); }
  std::vector<systemd::Event> events;
};

TEST(JournalOfANamedGateway, HasItsNameAsAField) {
  Sent sent;
  update::GatewaySink(sent, "work")
      .send({systemd::Priority::info, "", "openclaw-update recover", {{"A", "b"}}});
  update::GatewaySink(sent, "").send({systemd::Priority::info, "", "openclaw-update recover", {}});
  EXPECT_THAT(sent.events.front().fields, ElementsAre(Pair("A", "b"), Pair("OPENCLAW_GATEWAY", "work")));
  EXPECT_THAT(sent.events.front().message, HasSubstr("--gateway work"));
  EXPECT_THAT(sent.events.back().fields, IsEmpty());
}

config::Scope claws() {
  return config::scope_of_user(1000, "/home/claw", {});
}

TEST(GatewayPlaces, OfAUsersOwnHaveTheirRequestsWhereTheUnitsCanNameThem) {
  const auto places = places_of(claws(), "work");
  EXPECT_EQ(places.state, "/home/claw/.local/state/openclaw-update/gateways/work");
  EXPECT_EQ(places.worker_places().requests, "/run/user/1000/openclaw-update/requests");
  EXPECT_EQ(places.worker_places().gateway_requests, places.worker_places().requests);
  EXPECT_EQ(places.worker_places().gateway_results, "/run/user/1000/openclaw-workers");
}

TEST(GatewayPlaces, OfAUserAreNotReadableForOthers) {
  const test_support::TemporaryDirectory home;
  config::Scope scope = config::scope_of_user(1000, home.path(), {});
  scope.requests = home.path("run/requests");
  ASSERT_TRUE(update::make_state_folders(places_of(scope, "")));
  struct stat status {};
  ASSERT_EQ(::stat(home.path(".local/state/openclaw-update").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
}

TEST(CommandsForAScope, AreThoseOfTheUsersOwnUnits) {
  EXPECT_EQ(update::for_scope("see journalctl -u x.service; systemctl restart x.service", claws()),
            "see journalctl --user -u x.service; systemctl --user restart x.service");
  EXPECT_EQ(update::for_scope("openclaw-update recover brings it to an end", claws()),
            "openclaw-update --user recover brings it to an end");
  EXPECT_EQ(update::for_scope(for_gateway("openclaw-update rollback", "work"), claws()),
            "openclaw-update --user --gateway work rollback");
}

TEST(CommandsForAScope, AreNamedOnceAndAreNoOtherWords) {
  EXPECT_EQ(update::for_scope("systemctl --user status; openclaw-update is at work", claws()),
            "systemctl --user status; openclaw-update is at work");
  EXPECT_EQ(update::for_scope("systemctl --user --machine=claw@ status", claws()),
            "systemctl --user --machine=claw@ status");
}

TEST(CommandsForAScope, StayTheSystems) {
  EXPECT_EQ(update::for_scope("systemctl status x; openclaw-update recover", {}),
            "systemctl status x; openclaw-update recover");
}

TEST(GatewaySink, TellsAUserOfTheirOwnUnits) {
  struct Recorder final : systemd::EventSink {
    void send(const systemd::Event& event) override { message = event.message; }
    std::string message;
  } recorder;
  update::GatewaySink(recorder, "", claws())
      .send({systemd::Priority::info, "", "see journalctl -u x.service", {}});
  EXPECT_EQ(recorder.message, "see journalctl --user -u x.service");
}

}  // namespace
