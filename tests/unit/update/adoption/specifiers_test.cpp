// SPDX-License-Identifier: MIT
// An instance of a template unit: systemd replaces all specifiers before it reports a setting, and interprets
// those in the files of an adoption.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/settings.hpp"
#include "update/adoption/support/host.hpp"

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Specifiers : public update_tests::Host {
 protected:
  Specifiers() { package("lib/node_modules/openclaw"); }

  // As systemd reports that template and the instance.
  void instance(const std::string& name, const std::string& plain, const std::string& more = "") {
    unit_ = "openclaw@" + name + ".service";
    auto& added = manager.add(unit_);
    added.status.fragment_path = etc.write(
        "system/openclaw@.service",
        "[Service]\nUser=%i\nWorkingDirectory=" + root.path("srv") +
            "/%I\nEnvironment=HOME=" + root.path("srv") + "/%I \"LABEL=%n at 100%%\"\n" +
            "EnvironmentFile=/etc/openclaw/%i.env\n" + more + "ExecStart=" + root.path("%p/bin/node") + " " +
            root.path("lib/node_modules/openclaw/dist/index.js") +
            " gateway --label \"%i: 100%%\" --path %h/x --log ${LABEL}\n");
    auto& definition = added.definition;
    definition.user = "nobody";
    definition.type = "simple";
    definition.working_directory = root.path("srv/" + plain);
    definition.environment_keys = {"HOME", "LABEL"};
    definition.locations = {{"HOME", root.path("srv/" + plain)}};
    definition.environment_files = {{"/etc/openclaw/" + name + ".env", false}};
    definition.exec_start = {node("openclaw/bin/node"),
                             root.path("lib/node_modules/openclaw/dist/index.js"),
                             "gateway",
                             "--label",
                             name + ": 100%",
                             "--path",
                             "/root/x",
                             "--log",
                             "${LABEL}"};
  }
  base::Result<update::Adopting> look_at_it() {
    return update::look_before_adoption(site(), {}, state.path(),
                                        {.unit = unit_,
                                         .package_root = "",
                                         .proc = root.path("proc"),
                                         .free_space = [this](int) -> base::Result<fs::Space> {
                                           return fs::Space{free_bytes, 1'000'000};
                                         }});
  }
  update::AdoptionPlan plan() {
    const auto adopting = look_at_it();
    EXPECT_TRUE(adopting) << adopting.error().message;
    return adopting ? adopting->plan : update::AdoptionPlan();
  }
  std::string text_of(const std::string& file) {
    for (const auto& each : plan().files) {
      if (each.path == etc.path("system/" + file)) return each.text;
    }
    ADD_FAILURE() << "nothing is written to " << file;
    return {};
  }
  std::string drop_in() { return text_of(unit_ + ".d/50-openclaw-update.conf"); }

  std::string unit_;
};

TEST_F(Specifiers, AreReadAsSystemdHasReplacedThem) {
  instance("tenant", "tenant");
  const auto planned = plan();
  EXPECT_THAT(planned.command,
              testing::ElementsAre(root.path("openclaw/bin/node"), current() + "/dist/index.js", "gateway",
                                   "--label", "tenant: 100%", "--path", "/root/x", "--log", "${LABEL}"));
  EXPECT_EQ(planned.state_directory, root.path("srv/tenant"));
}

TEST_F(Specifiers, AreNotWrittenAndAPercentSignStaysOne) {
  instance("tenant", "tenant");
  EXPECT_THAT(drop_in(), HasSubstr("gateway --label \"tenant: 100%%\" --path /root/x --log ${LABEL}\n"));
  for (const auto& file : plan().files) {
    for (const char* specifier : {"%i", "%I", "%h", "%n", "%p"}) {
      EXPECT_THAT(file.text, Not(HasSubstr(specifier))) << file.path;
    }
  }
}

TEST_F(Specifiers, LeadTheWorkersWhereTheyLeadTheGateway) {
  instance("tenant", "tenant");
  EXPECT_THAT(text_of("openclaw-state@.service.d/50-openclaw-update.conf"),
              AllOf(HasSubstr("\nEnvironment=HOME=" + root.path("srv/tenant") + "\n"),
                    HasSubstr("\nWorkingDirectory=" + root.path("srv/tenant") + "\n"),
                    HasSubstr("\nEnvironmentFile=/etc/openclaw/tenant.env\n")));
}

TEST_F(Specifiers, OfAnInstanceWithAnEscapedNameNameTheUnitAsItIs) {
  instance(R"(my\x2dtenant)", "my-tenant");
  EXPECT_THAT(drop_in(), HasSubstr(R"("my\\x2dtenant: 100%%")"));
  auto adopting = look_at_it();
  ASSERT_TRUE(adopting) << adopting.error().message;
  const auto done = update::carry_out_adoption(site(), {etc.path("helpers.ini"), 1, {}}, *adopting);
  ASSERT_TRUE(done) << done.error().message;
  const auto settings = config::load(etc.path("helpers.ini"));
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->gateway.unit, unit_);
}

// An environment file has no specifiers.
TEST_F(Specifiers, OfASecretInTheUnitAreMovedByHand) {
  instance("tenant", "tenant", "Environment=CLAW_TOKEN=%i-secret\n");
  manager.unit(unit_).definition.environment_keys.emplace_back("CLAW_TOKEN");
  EXPECT_THAT(plan().notes, Contains(AllOf(HasSubstr("CLAW_TOKEN"), HasSubstr("by hand"),
                                           HasSubstr("/etc/openclaw/tenant.env"))));
}

}  // namespace
