// SPDX-License-Identifier: MIT
// Which of a gateway's files belong to a snapshot.
#include "workers/state/what_belongs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "workers/support/openclaw_state.hpp"

namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using workers::state::Kind;
using workers::state::RestoreRule;
using workers::state::Root;
using workers::state::Transcripts;
using workers_tests::Database;
using workers_tests::OpenClawState;

std::vector<std::string> found(const workers::state::Place& place, Kind kind, Root root = Root::state) {
  const auto roots = workers::state::open_roots(place);
  EXPECT_TRUE(roots);
  const auto belongings = workers::state::find_belongings(place, *roots);
  EXPECT_TRUE(belongings) << belongings.error().message;
  std::vector<std::string> paths;
  for (const auto& item : belongings->items) {
    if (item.kind == kind && item.root == root) paths.push_back(item.path);
  }
  return paths;
}

TEST(WhatBelongs, IsTheConfigWithItsIncludesTheEnvironmentAndPluginRecords) {
  const OpenClawState state;
  EXPECT_THAT(found(state.place(), Kind::file),
              testing::ElementsAre(".env", "more.json5", "npm/package.json", "openclaw.json"));
}

TEST(WhatBelongs, IncludesDatabasesOfAgentsButNoLocksCachesOrUsersFiles) {
  const OpenClawState state;
  for (const char* path :
       {"agents/main/agent/openclaw-agent.sqlite", "tasks/runs.sqlite", "tmp/gateway.lock.sqlite",
        "workspace/mine.db", "npm/node_modules/x/test.sqlite", "memory/a.lock.sqlite"}) {
    state.folder.write(std::string(".openclaw/") + path);
    Database(state.folder.path(std::string(".openclaw/") + path)).run("CREATE TABLE t(a)");
  }
  state.folder.write(".openclaw/memory/notes.db", "this is no SQLite database at all");
  EXPECT_THAT(found(state.place(), Kind::database),
              testing::ElementsAre("agents/main/agent/openclaw-agent.sqlite", "state/openclaw.sqlite",
                                   "tasks/runs.sqlite"));
}

TEST(WhatBelongs, IncludesWhatLaterReleasesMoveIntoADatabase) {
  const OpenClawState state;
  const std::vector<std::string> moved = {"acp/event-ledger.json",
                                          "agents/main/sessions/sessions.json",
                                          "bindings/current-conversations.json",
                                          "commitments/commitments.json",
                                          "credentials/oauth.json",
                                          "credentials/telegram-default-allowFrom.json",
                                          "credentials/telegram-pairing.json",
                                          "cron/jobs.json",
                                          "exec-approvals.json",
                                          "logs/config-health.json",
                                          "push/apns-registrations.json",
                                          "settings/voicewake.json",
                                          "subagents/runs.json",
                                          "telegram/update-offset-default.json",
                                          "tui/last-session.json",
                                          "update-check.json"};
  for (const std::string& path : moved) state.folder.write(".openclaw/" + path, "{}");
  state.folder.write(".openclaw/credentials/whatsapp/default/creds.json", "{}");
  const auto files = found(state.place(), Kind::file);
  for (const std::string& path : moved) EXPECT_THAT(files, Contains(path));
  EXPECT_THAT(files, Not(Contains(HasSubstr("creds.json"))));
  EXPECT_THAT(files, Not(Contains("credentials/slack.json"))) << "a token is kept as it is today";
}

TEST(WhatBelongs, IncludesTranscriptsOnlyWhereTheyAreAskedFor) {
  const OpenClawState state;
  state.folder.write(".openclaw/agents/main/sessions/1111.jsonl", "{}");
  EXPECT_THAT(found(state.place(), Kind::file), Not(Contains(HasSubstr(".jsonl"))));
  const auto roots = workers::state::open_roots(state.place());
  ASSERT_TRUE(roots);
  const auto all = workers::state::find_belongings(state.place(), *roots, Transcripts::included);
  ASSERT_TRUE(all);
  EXPECT_TRUE(std::any_of(all->items.begin(), all->items.end(), [](const auto& item) {
    return item.path == "agents/main/sessions/1111.jsonl" && item.rule == RestoreRule::if_missing;
  }));
}

TEST(WhatBelongs, LeavesWhatTheConfigIncludesFromElsewhereToItsOwnerAndSaysSo) {
  const OpenClawState state;
  const test_support::TemporaryDirectory shared;
  const std::string team = shared.write("team.json5", "{}");
  state.folder.write(".openclaw/openclaw.json", "{$include: ['" + team + "', './more.json5']}");
  const auto place = workers::state::place_of(
      state.folder.path(),
      openclaw::locations_of({{"HOME", state.folder.path()}, {"OPENCLAW_INCLUDE_ROOTS", shared.path()}}));
  EXPECT_THAT(found(place, Kind::file),
              testing::ElementsAre(".env", "more.json5", "npm/package.json", "openclaw.json"));
  const auto roots = workers::state::open_roots(place);
  ASSERT_TRUE(roots);
  const auto belongings = workers::state::find_belongings(place, *roots);
  ASSERT_TRUE(belongings);
  EXPECT_THAT(belongings->notes, Contains(testing::AllOf(HasSubstr(team), HasSubstr("not in the snapshot"))));
}

TEST(WhatBelongs, FollowsNoLinkOutOfTheState) {
  const OpenClawState state;
  const test_support::TemporaryDirectory elsewhere;
  elsewhere.write("projects/a/package.json", "{}");
  Database(elsewhere.path("other.sqlite")).run("CREATE TABLE t(a)");
  state.folder.symlink(elsewhere.path(), ".openclaw/agents");
  state.folder.symlink(elsewhere.path("projects"), ".openclaw/npm/projects");
  EXPECT_THAT(found(state.place(), Kind::database), testing::ElementsAre("state/openclaw.sqlite"));
  EXPECT_THAT(found(state.place(), Kind::file), Not(Contains(HasSubstr("projects"))));
}

TEST(WhatBelongs, SaysWhichLinkLeadsToWhatIsNotInTheSnapshot) {
  const OpenClawState state;
  const test_support::TemporaryDirectory elsewhere;
  elsewhere.write("note.txt", "x");
  Database(elsewhere.path("other.sqlite")).run("CREATE TABLE t(a)");
  state.folder.symlink(elsewhere.path(), ".openclaw/agents");
  state.folder.symlink(elsewhere.path("other.sqlite"), ".openclaw/memory.sqlite");
  state.folder.symlink(elsewhere.path("note.txt"), ".openclaw/note.txt");
  state.folder.symlink(elsewhere.path(), ".openclaw/workspace");
  const auto belongings =
      workers::state::find_belongings(state.place(), *workers::state::open_roots(state.place()));
  ASSERT_TRUE(belongings);
  EXPECT_THAT(
      belongings->notes,
      testing::AllOf(Contains(HasSubstr("agents is a link")), Contains(HasSubstr("memory.sqlite is a link")),
                     Not(Contains(HasSubstr("note.txt"))), Not(Contains(HasSubstr("workspace")))));
}

// The inventory of a snapshot is JSON: with such a name in it, none of the snapshot could be restored.
TEST(WhatBelongs, LeavesOutWhatHasANameOrATargetThatIsNoText) {
  const OpenClawState state;
  state.folder.write(".openclaw/settings/line\nend.json", "{}");
  state.folder.write(".openclaw/settings/\xff.json", "{}");
  state.folder.symlink("target", ".openclaw/settings/link.json");
  state.folder.symlink("\xff", ".openclaw/settings/odd-link.json");
  EXPECT_THAT(found(state.place(), Kind::file),
              testing::AllOf(Contains("settings/line\nend.json"), Not(Contains("settings/\xff.json"))));
  EXPECT_THAT(found(state.place(), Kind::link), testing::ElementsAre("settings/link.json"));
  const auto belongings =
      workers::state::find_belongings(state.place(), *workers::state::open_roots(state.place()));
  ASSERT_TRUE(belongings);
  EXPECT_THAT(belongings->notes, Contains(HasSubstr("its name is not UTF-8")));
  EXPECT_THAT(belongings->notes, Contains(HasSubstr("odd-link.json is not in the snapshot: its target")));
}

TEST(WhatBelongs, KnowsAConfigOutsideOfTheState) {
  const OpenClawState state;
  const test_support::TemporaryDirectory etc;
  auto place = state.place();
  place.config = etc.write("openclaw.json", "{\"$include\": \"part.json\"}");
  etc.write("part.json", "{}");
  EXPECT_THAT(found(place, Kind::file, Root::config), testing::ElementsAre("openclaw.json", "part.json"));
}

TEST(WhatBelongs, IsNothingWhereOpenClawHasNotRunYet) {
  const test_support::TemporaryDirectory folder;
  const workers::state::Place place{folder.path(), folder.path(".openclaw"),
                                    folder.path(".openclaw/openclaw.json")};
  EXPECT_THAT(found(place, Kind::file), testing::IsEmpty());
}

}  // namespace
