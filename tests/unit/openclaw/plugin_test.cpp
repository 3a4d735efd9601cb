// SPDX-License-Identifier: MIT
#include "openclaw/plugin.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "fs/refusals.hpp"
#include "support/temporary_directory.hpp"

namespace {

using openclaw::BundledPlugin;
using openclaw::Dependencies;
using test_support::TemporaryDirectory;

class Plugins : public ::testing::Test {
 protected:
  void version(const std::string& version) const {
    folder_.write("package.json", R"({"name": "openclaw", "version": ")" + version + "\"}");
  }
  void plugin(const std::string& name, std::string_view manifest, std::string_view package_json) const {
    if (!manifest.empty()) folder_.write("dist/extensions/" + name + "/openclaw.plugin.json", manifest);
    if (!package_json.empty()) folder_.write("dist/extensions/" + name + "/package.json", package_json);
  }
  [[nodiscard]] std::vector<BundledPlugin> read() const {
    const auto package = openclaw::read_package(folder_.path());
    EXPECT_TRUE(package) << package.error().message;
    if (!package) return {};
    auto plugins = openclaw::read_bundled_plugins(*package);
    EXPECT_TRUE(plugins) << plugins.error().message;
    return plugins.value_or(std::vector<BundledPlugin>{});
  }
  [[nodiscard]] BundledPlugin read_one() const {
    std::vector<BundledPlugin> plugins = read();
    EXPECT_EQ(plugins.size(), 1U);
    return plugins.empty() ? BundledPlugin{} : plugins.front();
  }

  TemporaryDirectory folder_;
};

TEST_F(Plugins, AreReadFromTheirTwoFiles) {
  version("2026.4.29");
  plugin("kimi-coding",
         R"({"id": "kimi", "enabledByDefault": true, "channels": ["c", "", 3], "providers": ["kimi"],
      "legacyPluginIds": ["moonshot-kimi"],
      "modelSupport": {"modelPrefixes": ["k-"], "modelPatterns": ["^k"]},
      "runtimeDependencies": {"localMemoryEmbedding": ["node-llama-cpp@3.18.1", "@a/b@1.0.0"]},
      "cliBackends": ["kimi-cli"], "autoEnableWhenConfiguredProviders": ["kimi"],
      "activation": {"onAgentHarnesses": ["kimi"]},
      "contracts": {"webFetchProviders": ["k"], "webSearchProviders": ["k"], "tools": ["t"]},
      "configSchema": {"properties": {"webSearch": {}, "webFetch": {}, "codeExecution": {}}}})",
         R"({"dependencies": {"ws": "^8.20.0", "openclaw": "workspace:*"},
      "optionalDependencies": {"ws": "8.21.0"},
      "openclaw": {"bundle": {"stageRuntimeDependencies": true}}})");
  const BundledPlugin plugin = read_one();
  EXPECT_EQ(plugin.directory, "kimi-coding");
  EXPECT_EQ(plugin.id, "kimi");
  EXPECT_EQ(plugin.defect, "");
  EXPECT_EQ(plugin.channels, std::vector<std::string>{"c"});
  EXPECT_EQ(plugin.providers, std::vector<std::string>{"kimi"});
  EXPECT_EQ(plugin.legacy_ids, std::vector<std::string>{"moonshot-kimi"});
  EXPECT_EQ(plugin.model_prefixes, std::vector<std::string>{"k-"});
  EXPECT_TRUE(plugin.enabled_by_default);
  EXPECT_TRUE(plugin.stage_runtime_dependencies);
  EXPECT_EQ(plugin.dependencies, (Dependencies{{"ws", "8.21.0"}}));
  EXPECT_EQ(plugin.local_memory_embedding, (Dependencies{{"@a/b", "1.0.0"}, {"node-llama-cpp", "3.18.1"}}));
  EXPECT_EQ(plugin.cli_backends, std::vector<std::string>{"kimi-cli"});
  EXPECT_EQ(plugin.tool_settings, std::set<std::string>{"codeExecution"});
  EXPECT_TRUE(plugin.offers_web_search);
}

TEST_F(Plugins, MayLackEitherFile) {
  version("2026.4.29");
  plugin("a", R"({"enabledByDefault": true})", "");
  plugin("b", "", R"({"dependencies": {"ws": "8.0.0"}})");
  folder_.mkdir("dist/extensions/node_modules");  // no plugin at all
  folder_.write("dist/extensions/README", "");
  const auto plugins = read();
  ASSERT_EQ(plugins.size(), 2U);
  EXPECT_EQ(plugins[0].id, "a");
  EXPECT_TRUE(plugins[0].enabled_by_default);
  EXPECT_EQ(plugins[1].dependencies.size(), 1U);
  EXPECT_EQ(plugins[0].defect + plugins[1].defect, "");
}

TEST_F(Plugins, AreNoneWhereThereIsNoFolderForThem) {
  version("2026.9.6");
  EXPECT_TRUE(read().empty());
}

TEST_F(Plugins, OneMalformedLeavesTheOthersAlone) {
  version("2026.4.20");
  plugin("bad-json", "", "{\"dependencies\": ");
  plugin("bad-manifest", "[1]", R"({"dependencies": {"ws": "8.0.0"}})");
  plugin("good", "", R"({"dependencies": {"ws": "8.0.0"}})");
  const auto plugins = read();
  ASSERT_EQ(plugins.size(), 3U);
  EXPECT_NE(plugins[0].defect.find("dist/extensions/bad-json/package.json"), std::string::npos)
      << plugins[0].defect;
  EXPECT_NE(plugins[1].defect.find("bad-manifest/openclaw.plugin.json"), std::string::npos)
      << plugins[1].defect;
  EXPECT_EQ(plugins[2].defect, "");
}

TEST_F(Plugins, OneThatCannotBeReadIsNotTakenForOneThatIsOff) {
  version("2026.4.20");
  plugin("unreadable", "", R"({"dependencies": {"ws": "8.0.0"}})");
  folder_.mkdir("dist/extensions/unreadable/openclaw.plugin.json");
  const BundledPlugin plugin = read_one();
  EXPECT_NE(plugin.defect.find("unreadable/openclaw.plugin.json cannot be read"), std::string::npos)
      << plugin.defect;
  EXPECT_TRUE(plugin.enabled_by_default);
}

// What is staged for it would be removed with it.
TEST_F(Plugins, AreNotKnownWhereTheDiskDoesNotShowOne) {
  version("2026.4.20");
  plugin("hidden", "{}", R"({"dependencies": {"ws": "8.0.0"}})");
  const auto package = openclaw::read_package(folder_.path());
  ASSERT_TRUE(package);
  for (const auto& [number, is_known] : {std::pair(EIO, false), {EMFILE, false}, {EACCES, true}}) {
    const test_support::Refusals disk([number = number](fs::syscalls::Call, std::string_view name) {
      return name == "package.json" ? number : 0;
    });
    const auto plugins = openclaw::read_bundled_plugins(*package);
    EXPECT_EQ(plugins.has_value(), is_known) << number;
    if (plugins) {
      EXPECT_NE(plugins->front().defect, "");
    } else {
      EXPECT_NE(plugins.error().message.find("hidden/package.json"), std::string::npos);
    }
  }
}

TEST_F(Plugins, DependencyThatLeavesTheTreeIsADefect) {
  version("2026.4.20");
  plugin("evil", "", R"({"dependencies": {"../../x": "1.0.0", "ws": "8.0.0"}})");
  const BundledPlugin plugin = read_one();
  EXPECT_NE(plugin.defect.find("../../x"), std::string::npos) << plugin.defect;
  EXPECT_FALSE(plugin.dependencies.contains("../../x"));
}

TEST_F(Plugins, WideRangesAreADefectOnlyWhereOpenClawRefusesThem) {
  plugin("wide", "", R"({"dependencies": {"ws": ">=8"}})");
  for (const char* taking : {"2026.4.20", "2026.4.21", "2026.5.12"}) {
    version(taking);
    EXPECT_EQ(read_one().defect, "") << taking;
  }
  for (const char* refusing : {"2026.4.22-beta.1", "2026.4.22", "2026.4.29", "2026.4.30-beta.1"}) {
    version(refusing);
    EXPECT_NE(read_one().defect.find("ws in the version \">=8\""), std::string::npos) << refusing;
  }
}

TEST_F(Plugins, AnEnormousManifestIsADefect) {
  version("2026.4.20");
  plugin("huge", "", "\"" + std::string(std::size_t{17} * 1024 * 1024, 'x') + "\"");
  const BundledPlugin plugin = read_one();
  EXPECT_NE(plugin.defect.find("huge/package.json"), std::string::npos) << plugin.defect;
  EXPECT_NE(plugin.defect.find("larger than"), std::string::npos) << plugin.defect;
}

// OpenClaw asks the directory entry, not what it points to; and a link could lead anywhere.
TEST_F(Plugins, LinkedFoldersAndFilesAreNotFollowed) {
  version("2026.4.20");
  plugin("real", "", R"({"dependencies": {}})");
  folder_.write("elsewhere/package.json", R"({"dependencies": {"ws": "8.0.0"}})");
  folder_.symlink("../../elsewhere", "dist/extensions/linked");
  folder_.mkdir("dist/extensions/with-link");
  folder_.symlink("../../../elsewhere/package.json", "dist/extensions/with-link/package.json");
  const auto plugins = read();
  ASSERT_EQ(plugins.size(), 2U);
  EXPECT_EQ(plugins[0].directory, "real");
  EXPECT_EQ(plugins[1].directory, "with-link");
  EXPECT_TRUE(plugins[1].dependencies.empty());
  EXPECT_NE(plugins[1].defect, "");
}

TEST_F(Plugins, BadLocalEmbeddingSpecIsADefect) {
  version("2026.4.29");
  plugin("m", R"({"runtimeDependencies": {"localMemoryEmbedding": ["node-llama-cpp"]}})", "");
  EXPECT_NE(read_one().defect.find("node-llama-cpp"), std::string::npos);
}

}  // namespace
