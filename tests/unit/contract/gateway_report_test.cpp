// SPDX-License-Identifier: MIT
#include "contract/gateway_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using contract::parse_gateway_report;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

contract::GatewayReport whole_report() {
  contract::GatewayReport report;
  report.ready = true;
  report.running = false;
  report.failing = {"telegram"};
  report.detail = "ready";
  report.ready_at_ms = 1'763'721'300'123;
  report.version = "2026.9.6";
  report.version_known = true;
  report.environment_keys = {"HOME"};
  report.plugins = {true, {"slack"}, {{"acpx", "boom"}}, {"b"}, {"c"}};
  report.channels_known = true;
  report.channels = {"slack"};
  report.config = report.rpc = {true, true, ""};
  report.cron = {true, false, "1011"};
  report.models = {false, false, "not asked"};
  return report;
}

TEST(GatewayReport, IsReadWholeByTheUpdater) {
  const auto written = contract::to_json(whole_report());
  const auto read = contract::read_gateway_report(written);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(contract::to_json(*read), written);
}

// A baseline is kept in the transaction of an update, which a later version of the suite may finish.
TEST(GatewayReport, IsWrittenAsTheFirstVersionWroteIt) {
  EXPECT_EQ(
      contract::to_json(whole_report()),
      nlohmann::json::parse(
          R"({"ready":true,"running":false,"failing":["telegram"],"detail":"ready","ready_at_ms":1763721300123,
          "version":"2026.9.6","version_known":true,"environment_keys":["HOME"],
          "plugins":{"known":true,"loaded":["slack"],"errors":[{"id":"acpx","error":"boom"}],"bundled":["b"],
                     "configured":["c"]},
          "channels":["slack"],"channels_known":true,"config":{"known":true,"valid":true,"detail":""},
          "rpc":{"known":true,"ok":true,"detail":""},"cron":{"known":true,"ok":false,"detail":"1011"},
          "models":{"known":false,"ok":false,"detail":"not asked"}})"));
  EXPECT_FALSE(contract::to_json(contract::GatewayReport{}).contains("ready_at_ms")) << "that of gate alone";
}

TEST(GatewayReport, IsReadFromWhatTheProbeWrites) {
  const auto report = parse_gateway_report(
      R"({"schema":1,"ok":true,"ready":true,"running":true,"failing":[],"detail":"ready","version":"2026.9.6",
          "version_known":true,"environment_keys":["HOME"],
          "plugins":{"known":true,"loaded":["slack"],"errors":[{"id":"acpx","error":"boom"}],"bundled":["b"],
                     "configured":["c"]},
          "channels":["slack"],"channels_known":true,"config":{"known":true,"valid":true,"detail":""},
          "rpc":{"known":true,"ok":false,"detail":"1011"}})");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ready && report->plugins.known && report->channels_known && report->config.ok);
  EXPECT_THAT(report->plugins.errors, SizeIs(1));
  EXPECT_THAT(report->plugins.bundled, ElementsAre("b"));
  EXPECT_EQ(report->rpc.detail, "1011");
  EXPECT_FALSE(report->cron.known);
}

TEST(GatewayReport, OfAnotherShapeIsRefusedByTheNameOfTheMember) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"{}", "\"ready\""},
      {R"({"ready":1})", "\"ready\""},
      {R"({"ready":true,"failing":{}})", "\"failing\""},
      {R"({"ready":true,"environment_keys":["A",2]})", "\"environment_keys\""},
      {R"({"ready":true,"plugins":[]})", "\"plugins\""},
      {R"({"ready":true,"plugins":{"errors":["x"]}})", "\"errors\""},
      {R"({"ready":true,"rpc":{"ok":"yes"}})", "\"ok\""},
  };
  for (const auto& [text, named] : wrong) {
    const auto report = parse_gateway_report(text);
    ASSERT_FALSE(report) << text;
    EXPECT_THAT(report.error().message, HasSubstr(named)) << text;
  }
}

TEST(GatewayReport, HasLimits) {
  nlohmann::json report = {{"ready", true}, {"channels", std::vector<std::string>(501, "x")}};
  EXPECT_FALSE(contract::read_gateway_report(report));
  report["channels"] = std::vector<std::string>{std::string(100'000, 'x') + "\x1b[0m\n"};
  const auto read = contract::read_gateway_report(report);
  ASSERT_TRUE(read);
  EXPECT_LE(read->channels.at(0).size(), contract::longest_report_text);
  report["channels"] = std::vector<std::string>{"a\x1b[31mb\nc"};
  EXPECT_THAT(contract::read_gateway_report(report)->channels.at(0), Not(HasSubstr("\n")));
}

}  // namespace
