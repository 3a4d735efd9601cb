// SPDX-License-Identifier: MIT
// A single look: the name of the state, the exit status, and the JSON.
#include "watchdog/once.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>

#include "http/support/http_server.hpp"

namespace {

using base::ErrorKind;
using test_support::HttpServer;
using test_support::json_answer;
using testing::HasSubstr;
using watchdog::Look;

Look look(const std::string& active_state, bool live, bool ready) {
  Look look;
  look.unit = "openclaw-gateway.service";
  look.port = 18789;
  look.status.emplace();
  look.status->load_state = "loaded";
  look.status->active_state = active_state;
  look.status->main_pid = active_state == "active" ? 4711 : 0;
  look.status->exit_code = CLD_EXITED;
  look.status->exit_status = 1;
  look.probe.health.reachable = look.probe.health.live = live;
  look.probe.health.known = live;
  look.probe.health.ready = ready;
  look.probe.health.version = "2026.9.6";
  return look;
}

struct Row {
  const char* what;
  Look look;
  const char* state;
  int exit_status;
};

TEST(Once, NamesWhatItSeesAndEndsWithWhatItMeans) {
  Look without_unit = look("inactive", true, true);
  without_unit.status->load_state = "not-found";
  Look without_manager = look("inactive", true, true);
  without_manager.status.reset();
  Look draining = look("active", true, false);
  draining.probe.health.draining = true;
  Look starting = look("active", true, false);
  starting.probe.health.starting = true;
  Look waiting = look("activating", false, false);
  Look unseen = look("active", false, false);
  unseen.probe.unseen = "libssl.so.3 cannot be loaded";
  const Row rows[] = {
      {"ready", look("active", true, true), "ready", 0},
      {"live alone", look("active", true, false), "not-ready", 1},
      {"draining", draining, "draining", 1},
      {"starting", starting, "starting", 1},
      {"hangs", look("active", false, false), "silent", 2},
      {"cannot be asked", unseen, "unseen", 69},
      {"failed", look("failed", false, false), "dead", 2},
      {"failed, and a stranger answers", look("failed", true, true), "dead", 2},
      {"stopped, and a stranger answers", look("inactive", true, true), "stopped", 2},
      {"between two starts", waiting, "starting", 2},
      {"in a container", without_unit, "ready", 0},
      {"without a service manager", without_manager, "ready", 0},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(watchdog::state_of(row.look), row.state) << row.what;
    EXPECT_EQ(watchdog::exit_status_of(row.look), row.exit_status) << row.what;
  }
}

TEST(Once, SaysItAsJsonWithASchema) {
  const auto json = watchdog::to_json(look("active", true, true));
  EXPECT_EQ(json.at("schema"), 1);
  EXPECT_EQ(json.at("state"), "ready");
  EXPECT_EQ(json.at("live"), true);
  EXPECT_EQ(json.at("version"), "2026.9.6");
  EXPECT_EQ(json.at("unit").at("name"), "openclaw-gateway.service");
  EXPECT_EQ(json.at("unit").at("main_pid"), 4711);
  EXPECT_TRUE(json.at("uptime_ms").is_null());
}

TEST(Once, SaysWhereTheGatewayHasAnsweredAndWhyItCannotBeAsked) {
  Look found = look("active", true, true);
  found.probe.endpoint = openclaw::GatewayEndpoint{true, "127.0.0.1", 19501};
  EXPECT_EQ(watchdog::to_json(found).at("endpoint"), "https://127.0.0.1:19501");
  EXPECT_EQ(watchdog::sentence_of(found),
            "openclaw-gateway.service: ready on https://127.0.0.1:19501, release 2026.9.6");
  Look unseen = look("active", false, false);
  unseen.probe.unseen = "libssl.so.3 cannot be loaded";
  EXPECT_TRUE(watchdog::to_json(unseen).at("endpoint").is_null());
  EXPECT_THAT(watchdog::sentence_of(unseen), HasSubstr("unseen (libssl.so.3 cannot be loaded)"));
}

TEST(Once, NamesNoUnitWhereThereIsNoServiceManager) {
  Look found = look("active", true, true);
  found.status.reset();
  EXPECT_THAT(watchdog::sentence_of(found), testing::StartsWith("gateway: ready"));
}

TEST(Once, DoesNotCallAStrangersAnswerTheGateways) {
  const auto json = watchdog::to_json(look("failed", true, true));
  EXPECT_EQ(json.at("ready"), false);
  EXPECT_EQ(json.at("live"), false);
  EXPECT_THAT(watchdog::sentence_of(look("failed", true, true)), HasSubstr("dead (exit status 1"));
}

TEST(Once, LooksWithoutAServiceManager) {
  const HttpServer server({{"/healthz", json_answer(200, R"({"ok":true,"status":"live"})")},
                           {"/readyz", json_answer(503, R"({"ready":false,"failing":["telegram"]})")}});
  const auto absent = [] {
    return base::Result<bus::BusPointer>(base::fail(ErrorKind::unavailable, "no bus"));
  };
  const auto found = watchdog::look_once({"openclaw-gateway.service", server.port()}, absent);
  ASSERT_TRUE(found);
  EXPECT_EQ(watchdog::exit_status_of(*found), 1);
  EXPECT_TRUE(watchdog::to_json(*found).at("unit").is_null());
  EXPECT_EQ(watchdog::to_json(*found).at("failing").at(0), "telegram");
}

}  // namespace
