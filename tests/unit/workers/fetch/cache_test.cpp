// SPDX-License-Identifier: MIT
// The npm of this machine and a registry on loopback: how npm trusts a cache that another process has filled,
// and how the worker avoids this.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "http/support/http_server.hpp"
#include "npm/clients.hpp"
#include "support/recording_notifier.hpp"
#include "support/temporary_directory.hpp"
#include "workers/fetch/fetch.hpp"
#include "workers/fetch/registry.hpp"

namespace {

using nlohmann::json;

std::string packument(const std::string& integrity) {
  const json version = {{"name", "openclaw"},
                        {"version", "2026.9.6"},
                        {"dist", {{"integrity", integrity}, {"tarball", "http://127.0.0.1/openclaw.tgz"}}}};
  return json{
      {"name", "openclaw"}, {"dist-tags", {{"latest", "2026.9.6"}}}, {"versions", {{"2026.9.6", version}}}}
      .dump();
}

// A packument in the cache that has only the ETag in common with the registry: npm asks, gets "304 Not
// Modified", and uses the cached content.
TEST(FetchCache, IsNotWhatAnEarlierInstanceHasLeft) {
  auto toolchain = npm::find_toolchain("", std::getenv("PATH"));
  if (!toolchain || !npm::client_of_kind(npm::ClientKind::npm, *toolchain)) GTEST_SKIP() << "needs npm";
  const std::string real = "sha512-" + std::string(86, 'A') + "==";
  const std::string hostile = "sha512-" + std::string(86, 'B') + "==";
  test_support::HttpServer registry({{"/openclaw", test_support::tagged_answer("\"1\"", packument(hostile))}},
                                    test_support::json_answer(404, "{}"));
  const test_support::TemporaryDirectory folder;
  toolchain->global_config = folder.write("npmrc", "");
  test_support::RecordingNotifier notifier;
  workers::FetchContext context{
      notifier, {}, std::move(*toolchain), folder.mkdir("state"), folder.mkdir("logs")};
  context.settings.packages.registry = "http://127.0.0.1:" + std::to_string(registry.port()) + "/";
  folder.mkdir("state/work");
  // The attack succeeds against npm itself.
  const auto asked = [&] { return workers::look_up_openclaw(context, "latest"); };
  ASSERT_TRUE(asked()) << asked().error().message;
  registry.replace("/openclaw", test_support::tagged_answer("\"1\"", packument(real)));
  ASSERT_EQ(asked()->integrity, hostile);

  const auto resolved = workers::resolve(context, {{"wanted", "latest"}});
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ((*resolved)["integrity"], real);
  EXPECT_THAT(folder.names("state"), testing::IsEmpty());
}

}  // namespace
