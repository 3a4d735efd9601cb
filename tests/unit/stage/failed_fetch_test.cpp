// SPDX-License-Identifier: MIT
#include "stage/failed_fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using base::Moment;
using stage::FailedFetch;
using stage::FailedFetches;
using stage::left_to_wait;
using test_support::TemporaryDirectory;
using testing::HasSubstr;

constexpr const char* file = "staged-deps/failed-fetches.json";

FailedFetch failure(std::chrono::milliseconds took, const std::string& key = "k") {
  return {key, {"this-boot", 100s}, took, {ErrorKind::unavailable, 0, "the registry is away"}, {}};
}

// --- the rule

struct Wait {
  std::chrono::milliseconds took, passed, left;
};

TEST(FailedFetchRule, IsTenTimesWhatTheFailingTookAndAtMostAQuarterOfAnHour) {
  for (const auto& [took, passed, left] : {
           Wait{54s, 0s, 540s},
           Wait{54s, 539s, 1s},
           Wait{54s, 540s, 0s},
           Wait{54s, 9000s, 0s},
           Wait{20ms, 199ms, 1ms},
           Wait{20ms, 200ms, 0s},
           Wait{0s, 0s, 0s},
           Wait{300s, 0s, 900s},
           Wait{24h * 365, 0s, 900s},
           Wait{300s, 900s, 0s},
       }) {
    EXPECT_EQ(left_to_wait(failure(took), {"this-boot", 100s + passed}), left)
        << took.count() << " ms, " << passed.count() << " ms later";
  }
}

TEST(FailedFetchRule, EndsWithTheBoot) {
  EXPECT_EQ(left_to_wait(failure(54s), {"another-boot", 101s}), 0s);
}

TEST(FailedFetchRule, DoesNotHoldWhereTheBootIsNotKnown) {
  auto unknown = failure(54s);
  unknown.at.boot = "";
  EXPECT_EQ(left_to_wait(unknown, {"", 101s}), 0s);
}

TEST(FailedFetchRule, DoesNotHoldBeforeTheFailure) {
  EXPECT_EQ(left_to_wait(failure(54s), {"this-boot", 99s}), 0s);
}

TEST(FailedFetchRule, IsForARegistryAndNotForADisk) {
  const auto worth = [](ErrorKind kind, const char* message) {
    return stage::is_worth_remembering({kind, 0, message});
  };
  EXPECT_TRUE(worth(ErrorKind::unavailable, "nothing answers at the registry's address"));
  EXPECT_TRUE(worth(ErrorKind::integrity, "bun reported success, but its tree is incomplete"));
  EXPECT_FALSE(worth(ErrorKind::system, "no space left on the file system of /s"));
  EXPECT_FALSE(worth(ErrorKind::not_found, "no package client is installed"));
  EXPECT_FALSE(worth(ErrorKind::bad_input, "[packages] client has no such value"));
  EXPECT_FALSE(worth(ErrorKind::unavailable, "npm failed: no space is left on the device"));
  EXPECT_FALSE(worth(ErrorKind::unavailable, "It said: npm error code EROFS"));
  EXPECT_FALSE(worth(ErrorKind::unavailable, "a folder cannot be made (npm reports ENOENT also for …)"));
}

// --- the text

TEST(FailedFetchText, SurvivesWritingAndReading) {
  auto written = failure(54s);
  written.rejected = {{"whatsapp", "the registry does not have baileys"}};
  written.error.kind = ErrorKind::integrity;
  const auto read = stage::parse_failed_fetches(stage::to_text({written}));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().key, "k");
  EXPECT_EQ(read->front().at.boot, "this-boot");
  EXPECT_EQ(read->front().at.since_boot, 100s);
  EXPECT_EQ(read->front().took, 54s);
  EXPECT_EQ(read->front().error.kind, ErrorKind::integrity);
  EXPECT_EQ(read->front().error.message, "the registry is away");
  EXPECT_EQ(read->front().rejected, written.rejected);
}

TEST(FailedFetchText, IsNoMemoryWhenMalformed) {
  const std::string good = stage::to_text({failure(54s)});
  ASSERT_TRUE(stage::parse_failed_fetches(good));
  const auto with = [&](const std::string& old, const std::string& fresh) {
    std::string text = good;
    const auto place = text.find(old);
    EXPECT_NE(place, std::string::npos) << old;
    return text.replace(place, old.size(), fresh);
  };
  for (const auto& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), good.substr(0, 40),
        with("\"schema\": 1", "\"schema\": 2"), with("\"schema\": 1", "\"schema\": \"1\""),
        with("54000", "-1"), with("54000", "1e3"), with("54000", "18446744073709551615"),
        with("54000", "\"54000\""), with("\"unavailable\"", "\"system\""), with("\"k\"", "\"\""),
        with("\"k\"", "7"), with("\"this-boot\"", "null"), with("{}", "[]"), with("{}", R"({"a":1})")}) {
    EXPECT_FALSE(stage::parse_failed_fetches(text)) << text;
  }
}

TEST(FailedFetchText, CannotSteerATerminal) {
  auto hostile = failure(54s);
  hostile.error.message = "a\x1b[2Jb\n\xff";
  hostile.rejected["\xff"] = "c\x1b]0;x\x07";
  const auto read = stage::parse_failed_fetches(stage::to_text({hostile}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->front().error.message.find('\x1b'), std::string::npos);
  EXPECT_EQ(read->front().rejected.begin()->second.find('\x1b'), std::string::npos);
}

TEST(FailedFetchText, KeepsTheNewestThatFit) {
  std::vector<FailedFetch> many;
  for (int i = 0; i < 200; ++i) many.push_back(failure(54s, "key-" + std::to_string(i)));
  auto read = stage::parse_failed_fetches(stage::to_text(many));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->size(), stage::most_failed_fetches);
  EXPECT_EQ(read->back().key, "key-199");
  for (auto& each : many) {
    for (int i = 0; i < 20; ++i) each.rejected[std::to_string(i)] = std::string(2000, 'x');
  }
  const std::string text = stage::to_text(many);
  EXPECT_LE(text.size(), stage::failed_fetches_limit);
  read = stage::parse_failed_fetches(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_LT(read->size(), stage::most_failed_fetches);
  EXPECT_EQ(read->back().key, "key-199");
}

// --- the file

class Memory : public testing::Test {
 protected:
  Memory() { hook.heed_failures = true; }
  FailedFetches of(const stage::Request& request) {
    return {place.path(), request, [this] { return now; }};
  }
  FailedFetch fresh(const std::string& key, std::chrono::milliseconds took) {
    return {key, {}, took, {ErrorKind::unavailable, 0, "the registry is away"}, {}};
  }

  TemporaryDirectory place;
  stage::Request hook, by_hand;
  Moment now{"this-boot", 100s};
};

TEST_F(Memory, IsHeededUntilItsTimeHasPassed) {
  of(hook).note(fresh("k", 54s));
  now.since_boot += 2min;
  const auto found = of(hook).heeded("k");
  ASSERT_TRUE(found);
  EXPECT_EQ(of(hook).when_tried(*found),
            " (tried 2 min ago; tried again after 7 min; `openclaw-install-deps` tries immediately)");
  EXPECT_FALSE(of(hook).heeded("another"));
  now.since_boot += 7min;
  EXPECT_FALSE(of(hook).heeded("k"));
}

TEST_F(Memory, IsPrivate) {
  of(hook).note(fresh("k", 54s));
  struct stat status {};
  ASSERT_EQ(::stat(place.path(file).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(Memory, IsNeitherReadNorAddedToByHandButASuccessEndsIt) {
  of(by_hand).note(fresh("k", 54s));
  EXPECT_FALSE(place.exists(file));
  of(hook).note(fresh("k", 54s));
  of(hook).note(fresh("other", 54s));
  EXPECT_FALSE(of(by_hand).heeded("k"));
  of(by_hand).forget("k");
  EXPECT_FALSE(of(hook).heeded("k"));
  EXPECT_TRUE(of(hook).heeded("other"));
  of(by_hand).forget("other");
  EXPECT_FALSE(place.exists(file));
}

TEST_F(Memory, IsLeftAloneByALook) {
  of(hook).note(fresh("k", 54s));
  const std::string before = place.read(file);
  hook.check = true;
  EXPECT_FALSE(of(hook).heeded("k"));
  of(hook).forget("k");
  of(hook).note(fresh("other", 54s));
  EXPECT_EQ(place.read(file), before);
}

TEST_F(Memory, HoldsNothingOfARunWithoutANetwork) {
  hook.offline = true;
  of(hook).note(fresh("k", 54s));
  EXPECT_FALSE(place.exists(file));
}

TEST_F(Memory, HoldsNothingOfAFullDisk) {
  auto full = fresh("k", 54s);
  full.error = {ErrorKind::system, ENOSPC, "no space left"};
  of(hook).note(full);
  EXPECT_FALSE(place.exists(file));
}

TEST_F(Memory, OfOneRunIsForAllThatItWaited) {
  auto run = of(hook);
  run.note(fresh("a", 30s));
  now.since_boot += 30s;
  run.note(fresh("b", 30s));
  now.since_boot += 599s;
  EXPECT_TRUE(of(hook).heeded("a"));
  EXPECT_TRUE(of(hook).heeded("b"));
  now.since_boot += 1s;
  EXPECT_FALSE(of(hook).heeded("a"));
}

TEST_F(Memory, DropsWhatHasEnded) {
  of(hook).note(fresh("old", 1s));
  now.since_boot += 1min;
  of(hook).note(fresh("new", 54s));
  EXPECT_THAT(place.read(file), testing::Not(HasSubstr("\"old\"")));
}

TEST_F(Memory, BelievesNoLinkAndNothingLarge) {
  of(hook).note(fresh("k", 54s));
  const std::string text = place.read(file);
  place.write("elsewhere", text);
  ASSERT_EQ(::unlink(place.path(file).c_str()), 0);
  place.symlink(place.path("elsewhere"), file);
  EXPECT_FALSE(of(hook).heeded("k"));
  place.write(file, text + std::string(stage::failed_fetches_limit, ' '));
  EXPECT_FALSE(of(hook).heeded("k"));
  place.write(file, text);
  EXPECT_TRUE(of(hook).heeded("k"));
}

TEST_F(Memory, ThatIsMalformedIsReplaced) {
  place.write(file, "{");
  EXPECT_FALSE(of(hook).heeded("k"));
  of(hook).note(fresh("k", 54s));
  EXPECT_TRUE(of(hook).heeded("k"));
}

// --- keys

TEST(FailedFetchKey, IsOfEverythingThatIsAskedFor) {
  const stage::Request request;
  const std::string key = stage::key_of_closure({{"zod", "4.0.0"}}, request);
  EXPECT_EQ(key, stage::key_of_closure({{"zod", "4.0.0"}}, request));
  EXPECT_NE(key, stage::key_of_closure({{"zod", "4.0.1"}}, request));
  std::set<std::string> keys = {key};
  for (const auto& change : std::vector<std::function<void(config::Settings&)>>{
           [](auto& settings) { settings.overrides["a"] = "1"; },
           [](auto& settings) { settings.packages.registry = "http://r"; },
           [](auto& settings) { settings.packages.client = config::PackageClient::bun; },
           [](auto& settings) { settings.packages.extra_arguments = {"--x"}; },
           [](auto& settings) { settings.packages.allow_scripts = {"--x"}; }}) {
    stage::Request other;
    change(other.settings);
    EXPECT_TRUE(keys.insert(stage::key_of_closure({{"zod", "4.0.0"}}, other)).second);
  }
  EXPECT_NE(stage::key_of_plugin("slack", "@openclaw/slack@1", "1", request),
            stage::key_of_plugin("slack", "@openclaw/slack@2", "1", request));
}

TEST(FailedFetchClock, KnowsTheBootAndGoesForward) {
  const auto first = base::this_moment();
  const auto second = base::this_moment();
  EXPECT_EQ(first.boot, second.boot);
  EXPECT_GT(first.since_boot, 0s);
  EXPECT_GE(second.since_boot, first.since_boot);
}

}  // namespace
