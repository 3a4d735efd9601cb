// SPDX-License-Identifier: MIT
#include "openclaw/secret_references.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using nlohmann::json;
using openclaw::secrets_from_commands;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(SecretReferences, ToACommandAreToldByTheirKeyAndProvider) {
  EXPECT_THAT(secrets_from_commands(json::parse(R"({
      "gateway": {"auth": {"mode": "token", "token": {"source": "exec", "provider": "op", "id": "value"}}},
      "secrets": {"providers": {"op": {"source": "exec", "command": "/srv/claw/bin/op", "id": "x"}}}})")),
              ElementsAre("gateway.auth.token (provider op)"));
  EXPECT_THAT(secrets_from_commands(json::parse(R"({
      "channels": {"slack": {"accounts": [{"botToken": {"source": "exec", "id": "slack"}}]}},
      "secrets": {"defaults": {"exec": "vault"}}})")),
              ElementsAre("channels.slack.accounts.0.botToken (provider vault)"));
}

TEST(SecretReferences, ToWhatIsOnThisMachineAreNone) {
  EXPECT_THAT(secrets_from_commands(json::parse(R"({
      "a": {"source": "env", "provider": "default", "id": "TOKEN"},
      "b": {"source": "file", "provider": "default", "id": "/x"},
      "c": {"source": "store", "provider": "default", "id": "x"},
      "d": "exec", "e": {"source": "exec"}, "f": null})")),
              IsEmpty());
}

}  // namespace
