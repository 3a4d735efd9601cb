// SPDX-License-Identifier: MIT
#include "npm/toolchain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "npm/clients.hpp"
#include "support/temporary_directory.hpp"

namespace {

using test_support::TemporaryDirectory;
using testing::HasSubstr;
using testing::Not;

class ToolchainTest : public testing::Test {
 protected:
  std::string program(const std::string& name, const std::string& content = "#!/bin/sh\n") const {
    return folder_.write(name, content, 0755);
  }
  npm::Toolchain found(const std::string& preferred, const std::string& path = "") const {
    auto toolchain = npm::find_toolchain(preferred, path);
    EXPECT_TRUE(toolchain) << toolchain.error().message;
    return toolchain.value_or(npm::Toolchain{});
  }

  TemporaryDirectory folder_;
};

TEST_F(ToolchainTest, TakesThePreferredNodeAndTheNpmOfItsPrefix) {
  const std::string node = program("prefix/bin/node");
  folder_.write("prefix/lib/node_modules/npm/bin/npm-cli.js");
  const auto toolchain = found(node);
  EXPECT_EQ(toolchain.node, node);
  EXPECT_EQ(toolchain.npm_cli, folder_.path("prefix/lib/node_modules/npm/bin/npm-cli.js"));
  EXPECT_EQ(toolchain.global_config, folder_.path("prefix/etc/npmrc"));
}

TEST_F(ToolchainTest, FindsNpmBesideTheNodeThatALinkLeadsTo) {
  program("v24/bin/node");
  folder_.write("v24/lib/node_modules/npm/bin/npm-cli.js");
  program("v24/bin/pnpm");
  folder_.mkdir("links");
  const std::string node = folder_.symlink("../v24/bin/node", "links/node");
  const auto toolchain = found(node);
  EXPECT_EQ(toolchain.node, node);
  EXPECT_EQ(toolchain.npm_cli, folder_.path("v24/lib/node_modules/npm/bin/npm-cli.js"));
  EXPECT_EQ(toolchain.pnpm, folder_.path("v24/bin/pnpm"));
  EXPECT_EQ(toolchain.global_config, folder_.path("v24/etc/npmrc"));
}

TEST_F(ToolchainTest, FindsNpmBesideTheLinkWhenTheNodeItselfHasNone) {
  program("store/abc-node/bin/node");
  folder_.write("profile/lib/node_modules/npm/bin/npm-cli.js");
  folder_.mkdir("profile/bin");
  const auto toolchain = found(folder_.symlink("../../store/abc-node/bin/node", "profile/bin/node"));
  EXPECT_EQ(toolchain.npm_cli, folder_.path("profile/lib/node_modules/npm/bin/npm-cli.js"));
}

TEST_F(ToolchainTest, FindsNpmInTheFlatLayout) {
  const std::string node = program("flat/node");
  folder_.write("flat/node_modules/npm/bin/npm-cli.js");
  EXPECT_EQ(found(node).npm_cli, folder_.path("flat/node_modules/npm/bin/npm-cli.js"));
}

TEST_F(ToolchainTest, BelievesADistributionsBuiltInNpmrc) {
  const std::string node = program("prefix/bin/node");
  folder_.write("prefix/lib/node_modules/npm/bin/npm-cli.js");
  folder_.write("prefix/lib/node_modules/npm/npmrc", "globalconfig = \"/etc/npmrc\"\nprefix=/usr/local\n");
  EXPECT_EQ(found(node).global_config, "/etc/npmrc");
  folder_.write("prefix/lib/node_modules/npm/npmrc", "prefix=/usr/local\n");
  EXPECT_EQ(found(node).global_config, "/usr/local/etc/npmrc");
}

TEST_F(ToolchainTest, LooksThroughThePathInOrder) {
  program("one/bun");
  program("two/node");
  program("two/bun");
  const auto toolchain = found("", folder_.path("one") + "::relative:" + folder_.path("two"));
  EXPECT_EQ(toolchain.node, folder_.path("two/node"));
  // Beside the node comes first.
  EXPECT_EQ(toolchain.bun, folder_.path("two/bun"));
  EXPECT_THAT(toolchain.searched, testing::Not(testing::Contains("relative")));
  EXPECT_THAT(toolchain.searched, testing::Contains("/usr/local/bin"));
}

TEST_F(ToolchainTest, DoesNotTakeACorepackShimForPnpm) {
  const std::string node = program("bin/node");
  program("lib/node_modules/corepack/dist/pnpm.js", "#!/usr/bin/env node\n");
  folder_.symlink("../lib/node_modules/corepack/dist/pnpm.js", "bin/pnpm");
  EXPECT_NE(found(node).pnpm, folder_.path("bin/pnpm"));
  program("bin/bun", "#!/bin/sh\nexec node /opt/x/corepack.cjs bun \"$@\"\n");
  EXPECT_NE(found(node).bun, folder_.path("bin/bun"));
}

TEST_F(ToolchainTest, DoesNotTakeAPnpm12ThatWasInstalledWithoutItsScript) {
  const std::string node = program("bin/node");
  program("bin/pnpm", "# pnpm's native binary replaces this file during installation\nexec node pnpm.mjs\n");
  EXPECT_NE(found(node).pnpm, folder_.path("bin/pnpm"));
}

TEST_F(ToolchainTest, DoesNotTakeWhatCannotRun) {
  const std::string node = program("bin/node");
  folder_.write("bin/pnpm", "#!/bin/sh\n", 0644);
  folder_.mkdir("bin/bun");
  const auto toolchain = found(node);
  EXPECT_NE(toolchain.pnpm, folder_.path("bin/pnpm"));
  EXPECT_NE(toolchain.bun, folder_.path("bin/bun"));
}

TEST_F(ToolchainTest, SaysWhichConfiguredNodeIsWrong) {
  const auto toolchain = npm::find_toolchain("/nowhere/node", "");
  ASSERT_FALSE(toolchain);
  EXPECT_EQ(toolchain.error().kind, base::ErrorKind::not_found);
  EXPECT_THAT(toolchain.error().message, HasSubstr("/nowhere/node is not an executable file"));
  EXPECT_THAT(toolchain.error().message, HasSubstr("[gateway] node="));
  EXPECT_THAT(toolchain.error().message, Not(HasSubstr("home")));
}

TEST_F(ToolchainTest, SaysHowANodeInAHomeIsSeen) {
  const auto toolchain = npm::find_toolchain("/home/nobody/.nvm/versions/node/v24.1.0/bin/node", "");
  ASSERT_FALSE(toolchain);
  EXPECT_THAT(toolchain.error().message, HasSubstr("in openclaw-workers(8)"));
}

TEST(Clients, MissingOnesAreNamedWithWhereTheyWereLookedFor) {
  npm::Toolchain toolchain;
  toolchain.node = "/opt/node/bin/node";
  toolchain.searched = {"/opt/node/bin", "/usr/bin"};
  const auto none = npm::installed_clients(toolchain);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, base::ErrorKind::not_found);
  EXPECT_THAT(none.error().message, HasSubstr("npm is not beside /opt/node/bin/node and not on PATH"));
  EXPECT_THAT(none.error().message, HasSubstr("/opt/node/bin, /usr/bin"));
  const auto bun = npm::client_of_kind(npm::ClientKind::bun, toolchain);
  ASSERT_FALSE(bun);
  EXPECT_THAT(bun.error().message, HasSubstr("bun is not beside"));
  EXPECT_THAT(bun.error().message, HasSubstr("[packages] client="));
}

TEST(Clients, ComeFastestFirstAndNpmLast) {
  npm::Toolchain toolchain;
  toolchain.node = "/opt/node/bin/node";
  toolchain.npm_cli = "/opt/node/lib/node_modules/npm/bin/npm-cli.js";
  toolchain.pnpm = "/opt/node/bin/pnpm";
  toolchain.bun = "/opt/bun";
  const auto clients = npm::installed_clients(toolchain);
  ASSERT_TRUE(clients);
  std::vector<std::string> names;
  for (const auto& client : *clients) names.push_back(client->name());
  EXPECT_EQ(names, (std::vector<std::string>{"bun", "pnpm", "npm"}));
}

}  // namespace
