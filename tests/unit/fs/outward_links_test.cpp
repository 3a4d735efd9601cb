// SPDX-License-Identifier: MIT
#include "fs/outward_links.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using fs::OutwardLink;
using fs::syscalls::Call;
using test_support::Refusals;
using test_support::TemporaryDirectory;
using Names = std::vector<std::string>;

class OutwardLinks : public testing::Test {
 protected:
  OutwardLinks() { image_.write("dist/extensions/telegram/index.js", "from the image"); }

  [[nodiscard]] std::vector<OutwardLink> find() const {
    auto links = fs::find_outward_links(root_.fd(), root_.path());
    EXPECT_TRUE(links) << links.error().message;
    return links.value_or(std::vector<OutwardLink>{});
  }
  [[nodiscard]] Names paths() const {
    Names found;
    for (const OutwardLink& link : find()) found.push_back(link.path);
    return found;
  }
  // Replaces the only outward link there is.
  [[nodiscard]] base::Result<void> replace() const {
    const auto links = find();
    EXPECT_EQ(links.size(), 1U);
    return fs::replace_outward_links(root_.fd(), links);
  }
  void expect_image_untouched() const {
    EXPECT_EQ(image_.read("dist/extensions/telegram/index.js"), "from the image");
    EXPECT_EQ(image_.names(), Names{"dist"});
  }

  TemporaryDirectory root_;
  TemporaryDirectory image_;  // where a read-only image of the last version would be
};

using FindOutwardLinks = OutwardLinks;
using ReplaceOutwardLinks = OutwardLinks;

// #75108: the mirror of the last version, with parents linked into the image.
TEST_F(FindOutwardLinks, FindsWhatTheLastVersionsMirrorLeftBehind) {
  root_.symlink(image_.path("dist/extensions"), "dist/extensions");
  root_.symlink(image_.path("dist/extensions/telegram/index.js"), "dist/index.js");
  root_.symlink(image_.path("dist/gone"), "dist/gone");
  root_.write("dist/real.js");

  const auto links = find();

  ASSERT_EQ(links.size(), 3U);
  EXPECT_EQ(links[0].path, "dist/extensions");
  EXPECT_EQ(links[0].target, image_.path("dist/extensions"));
  EXPECT_TRUE(links[0].is_directory);
  EXPECT_FALSE(links[0].dangling);
  EXPECT_EQ(links[1].path, "dist/gone");
  EXPECT_TRUE(links[1].dangling);
  EXPECT_FALSE(links[1].is_directory);
  EXPECT_EQ(links[2].path, "dist/index.js");
  EXPECT_FALSE(links[2].dangling);
  EXPECT_FALSE(links[2].is_directory);
}

TEST_F(FindOutwardLinks, JudgesRelativeTargetsFromTheLinksFolder) {
  root_.write("node_modules/zod/cli.js");
  root_.symlink("../zod/cli.js", "node_modules/.bin/zod");
  root_.symlink("../../node_modules", "a/b/inward");
  root_.symlink("../../../elsewhere", "a/b/outward");
  root_.symlink("x/../../..", "a/sneaky");
  root_.symlink(".", "self");
  root_.symlink("..", "parent");
  EXPECT_EQ(paths(), (Names{"a/b/outward", "a/sneaky", "parent"}));
}

TEST_F(FindOutwardLinks, TakesARelativeLinkToNothingInsideForInward) {
  root_.symlink("not-yet-made", "link");
  EXPECT_EQ(paths(), Names{});
}

TEST_F(FindOutwardLinks, JudgesAbsoluteTargetsByTheRootsPath) {
  root_.write("dist/file");
  root_.symlink(root_.path("dist/file"), "inward");
  root_.symlink(root_.path("x/../dist"), "inward-by-text");
  root_.symlink(root_.path(), "root");
  root_.symlink(root_.path("dist/../../elsewhere"), "outward");
  root_.symlink(root_.path() + "-sibling/file", "sibling");
  root_.symlink(root_.path("dist/gone"), "stale");
  EXPECT_EQ(paths(), (Names{"outward", "sibling", "stale"}));
}

TEST_F(FindOutwardLinks, LeavesAChainToTheLinkThatReallyLeadsOut) {
  root_.symlink(image_.path("dist"), "dist");
  root_.symlink("dist/extensions", "relative");
  root_.symlink(root_.path("dist/extensions"), "absolute");
  EXPECT_EQ(paths(), Names{"dist"});
}

// systemd makes /var/lib/openclaw a link to private/openclaw for a DynamicUser=.
TEST_F(FindOutwardLinks, KnowsTheRootByItsRealPathToo) {
  const TemporaryDirectory other;
  other.symlink(root_.path(), "alias");
  root_.write("file");
  root_.symlink(root_.path("file"), "by-real-path");
  root_.symlink(other.path("alias/file"), "by-alias");
  const auto links = fs::find_outward_links(root_.fd(), other.path("alias"));
  ASSERT_TRUE(links) << links.error().message;
  EXPECT_TRUE(links->empty());
}

TEST_F(FindOutwardLinks, LooksIntoNoLinkAndNoPrunedFolder) {
  image_.symlink("/", "dist/deeper");
  root_.symlink(image_.path("dist"), "link");
  root_.symlink("/", "pruned/link");
  root_.symlink("/", "kept/link");
  const auto links = fs::find_outward_links(root_.fd(), root_.path(),
                                            [](std::string_view path) { return path == "pruned"; });
  ASSERT_TRUE(links);
  ASSERT_EQ(links->size(), 2U);
  EXPECT_EQ(links->at(0).path, "kept/link");
  EXPECT_EQ(links->at(1).path, "link");
}

TEST_F(FindOutwardLinks, LivesWithATreeThatChangesUnderItsFeet) {
  std::atomic<bool> done{false};
  std::thread gateway([&] {
    while (!done) {
      root_.symlink("/", "plugins/a/link");
      root_.write("plugins/b/file");
      for (const char* name : {"plugins/a/link", "plugins/b/file"}) ::unlink(root_.path(name).c_str());
      for (const char* name : {"plugins/a", "plugins/b", "plugins"}) ::rmdir(root_.path(name).c_str());
    }
  });
  for (int round = 0; round < 300; ++round) {
    const auto links = fs::find_outward_links(root_.fd(), root_.path());
    EXPECT_TRUE(links) << links.error().message;
  }
  done = true;
  gateway.join();
}

TEST_F(ReplaceOutwardLinks, TakesTheEmptyFolderThatAKilledRunHasLeftBesideTheLink) {
  root_.symlink(image_.path("dist/extensions"), "dist/extensions");
  root_.mkdir("dist/.extensions.draft");
  ASSERT_TRUE(replace());
  EXPECT_EQ(root_.names("dist"), Names{"extensions"});
  EXPECT_TRUE(root_.is_directory("dist/extensions"));
}

TEST_F(ReplaceOutwardLinks, RemovesTheLinkThatAKilledRunHasExchangedForItsFolder) {
  root_.write("dist/extensions/here.js", "here");
  root_.symlink(image_.path("dist/extensions"), "dist/.extensions.draft");
  ASSERT_TRUE(replace());
  EXPECT_EQ(root_.names("dist"), Names{"extensions"});
  EXPECT_EQ(root_.read("dist/extensions/here.js"), "here");
  expect_image_untouched();
}

TEST_F(ReplaceOutwardLinks, ReplacesALinkThatOnlyHasTheNameOfADraft) {
  root_.symlink(image_.path("dist/extensions"), "dist/.extensions.draft");
  ASSERT_TRUE(replace());
  EXPECT_TRUE(root_.is_directory("dist/.extensions.draft"));
  expect_image_untouched();
}

TEST_F(ReplaceOutwardLinks, PutsAnEmptyDirectoryWhereADirectoryWasMeant) {
  root_.symlink(image_.path("dist/extensions"), "dist/extensions");
  const auto replaced = replace();
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_TRUE(root_.is_directory("dist/extensions"));
  EXPECT_EQ(root_.names("dist/extensions"), Names{});
  EXPECT_EQ(root_.names("dist"), Names{"extensions"});
  EXPECT_TRUE(find().empty());
  expect_image_untouched();
}

TEST_F(ReplaceOutwardLinks, MakesTheDirectoryAsMkdirWould) {
  root_.symlink(image_.path("dist"), "dist");
  const mode_t before = ::umask(0027);
  ASSERT_TRUE(replace());
  ::umask(before);
  EXPECT_EQ(root_.mode("dist"), 0750U);
}

TEST_F(ReplaceOutwardLinks, RemovesALinkToAFileOrToNothing) {
  for (const char* target : {"dist/extensions/telegram/index.js", "gone"}) {
    root_.symlink(image_.path(target), "dist/index.js");
    const auto replaced = replace();
    ASSERT_TRUE(replaced) << replaced.error().message;
    EXPECT_EQ(root_.names("dist"), Names{});
  }
  expect_image_untouched();
}

TEST_F(ReplaceOutwardLinks, ManagesWithoutAtomicExchange) {
  const Refusals refusals(Call::exchange, EINVAL);
  root_.symlink(image_.path("dist/extensions"), "dist/extensions");
  const auto replaced = replace();
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_TRUE(root_.is_directory("dist/extensions"));
  EXPECT_EQ(root_.names("dist"), Names{"extensions"});
  expect_image_untouched();
}

TEST_F(ReplaceOutwardLinks, LeavesAloneWhatIsNoLongerThatLink) {
  OutwardLink link;
  link.path = "dist";
  link.target = image_.path("dist");
  for (const bool is_directory : {true, false}) {
    link.is_directory = is_directory;
    root_.write("dist/mine", "precious");
    EXPECT_EQ(fs::replace_outward_links(root_.fd(), {link}).error().kind, ErrorKind::busy);
    EXPECT_EQ(root_.read("dist/mine"), "precious");
  }
  link.path = "other";
  root_.symlink("dist", "other");
  EXPECT_EQ(fs::replace_outward_links(root_.fd(), {link}).error().kind, ErrorKind::busy);
  link.path = "gone";
  EXPECT_EQ(fs::replace_outward_links(root_.fd(), {link}).error().kind, ErrorKind::busy);
  EXPECT_EQ(root_.names(), (Names{"dist", "other"}));
}

// The last moment: between the check and the exchange, the gateway puts a real folder there.
TEST_F(ReplaceOutwardLinks, GivesBackWhatSomebodyPutThereInTheLastMoment) {
  root_.symlink(image_.path("dist"), "dist");
  bool raced = false;
  const Refusals refusals([&](Call call, std::string_view name) {
    if (call == Call::exchange && name == "dist" && !raced) {
      raced = true;
      ::unlink(root_.path("dist").c_str());
      root_.write("dist/mine", "precious");
    }
    return 0;
  });
  const auto replaced = replace();
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().kind, ErrorKind::busy);
  EXPECT_TRUE(raced);
  EXPECT_EQ(root_.read("dist/mine"), "precious");
  EXPECT_EQ(root_.names(), Names{"dist"});
}

TEST_F(ReplaceOutwardLinks, LeavesNothingBehindWhenTheLinkVanishesInTheLastMoment) {
  root_.symlink(image_.path("dist"), "dist");
  const Refusals refusals([&](Call call, std::string_view) {
    if (call == Call::exchange) ::unlink(root_.path("dist").c_str());
    return 0;
  });
  EXPECT_EQ(replace().error().kind, ErrorKind::busy);
  EXPECT_EQ(root_.names(), Names{});
}

TEST_F(ReplaceOutwardLinks, FollowsNoSymlinkedParent) {
  image_.symlink("/somewhere", "dist/link");
  root_.symlink(image_.path("dist"), "dist");
  OutwardLink link;
  link.path = "dist/link";
  link.target = "/somewhere";
  EXPECT_EQ(fs::replace_outward_links(root_.fd(), {link}).error().kind, ErrorKind::refused);
  EXPECT_TRUE(image_.is_symlink("dist/link"));
}

// Enough for several batches in one folder, and for several folders at a time.
TEST_F(ReplaceOutwardLinks, ReplacesThousandsOfLinksInManyFolders) {
  for (int folder = 0; folder < 40; ++folder) {
    const std::string name = "dist/" + std::to_string(folder);
    root_.write(name + "/mine", "precious");
    root_.symlink(image_.path("dist"), name + "-twin");
    for (int link = 0; link < 70; ++link) {
      root_.symlink(image_.path("dist/extensions/telegram/index.js"), name + "/" + std::to_string(link));
    }
  }
  root_.symlink("/", "top");

  const auto replaced = fs::replace_outward_links(root_.fd(), find());

  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_TRUE(find().empty());
  for (int folder = 0; folder < 40; ++folder) {
    const std::string name = "dist/" + std::to_string(folder);
    EXPECT_EQ(root_.names(name), Names{"mine"});
    EXPECT_EQ(root_.names(name + "-twin"), Names{});
  }
  EXPECT_EQ(root_.names("dist").size(), 80U);
  EXPECT_TRUE(root_.is_directory("top"));
  expect_image_untouched();
}

TEST_F(ReplaceOutwardLinks, EndsAtTheFirstThatHasChanged) {
  for (int link = 0; link < 200; ++link) root_.symlink("/", "links/" + std::to_string(link));
  root_.symlink("/", "a/first");
  const auto links = find();
  ::unlink(root_.path("a/first").c_str());
  root_.write("a/first", "precious");
  const auto replaced = fs::replace_outward_links(root_.fd(), links);
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().kind, ErrorKind::busy);
  EXPECT_THAT(replaced.error().message, testing::HasSubstr("a/first"));
  EXPECT_EQ(root_.read("a/first"), "precious");
}

TEST_F(ReplaceOutwardLinks, RefusesAPathThatLeadsOut) {
  OutwardLink link;
  root_.mkdir("dist");
  for (const char* path : {"../dist", "dist/..", "dist/.", "dist/", "/", ""}) {
    link.path = path;
    EXPECT_FALSE(fs::replace_outward_links(root_.fd(), {link})) << path;
  }
  // Also not as the second of a folder.
  root_.symlink("/", "dist/link");
  auto links = find();
  ASSERT_EQ(links.size(), 1U);
  link.path = "dist/..";
  links.push_back(link);
  EXPECT_EQ(fs::replace_outward_links(root_.fd(), links).error().kind, ErrorKind::refused);
}

// A folder of the root is exchanged, as fast as possible, with a link to a folder outside that holds the very
// same link: whatever the moment, only the one inside may be replaced.
TEST_F(ReplaceOutwardLinks, TouchesNothingOutsideWhileSomebodySwapsTheParent) {
  const TemporaryDirectory outside;
  outside.symlink(image_.path("dist"), "dep");
  root_.mkdir("plugins");
  root_.symlink(outside.path(), "swap");
  const base::UniqueFd plugins(::open(root_.path("plugins").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::atomic<bool> done{false};
  std::thread attacker([&] {
    while (!done) ::renameat2(root_.fd(), "plugins", root_.fd(), "swap", RENAME_EXCHANGE);
  });
  OutwardLink link;
  link.path = "plugins/dep";
  link.target = image_.path("dist");
  for (int round = 0; round < 2000; ++round) {
    link.is_directory = round % 2 == 0;
    ::unlinkat(plugins.get(), "dep", 0);
    ::unlinkat(plugins.get(), "dep", AT_REMOVEDIR);
    EXPECT_EQ(::symlinkat(link.target.c_str(), plugins.get(), "dep"), 0);
    static_cast<void>(fs::replace_outward_links(root_.fd(), {link}));
  }
  done = true;
  attacker.join();
  EXPECT_EQ(outside.names(), Names{"dep"});
  EXPECT_EQ(outside.read_link("dep"), link.target);
  expect_image_untouched();
}

}  // namespace
