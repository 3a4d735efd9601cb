// SPDX-License-Identifier: MIT
#include "config/gateways.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using config::Settings;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Gateways : public testing::Test {
 protected:
  [[nodiscard]] std::string site() const { return folder.path("helpers.ini"); }
  void write(const std::string& name, std::string_view text) const { folder.write(name, text); }
  void write_gateway(const std::string& name) const {
    write("gateways.d/" + name + ".ini",
          "[gateway]\nunit = openclaw@" + name + ".service\nstate-directory = /srv/" + name + "\n");
  }
  [[nodiscard]] Settings settings(const std::string& name) const {
    const auto loaded = config::load_whole_gateway(site(), name);
    if (!loaded) ADD_FAILURE() << loaded.error().message;
    return loaded.value_or(Settings{});
  }
  [[nodiscard]] base::Error error(const std::string& name) const {
    const auto loaded = config::load_whole_gateway(site(), name);
    EXPECT_FALSE(loaded);
    return loaded ? base::Error{} : loaded.error();
  }

  test_support::TemporaryDirectory folder;
};

TEST_F(Gateways, HaveNoNamesWhereThereIsOne) {
  EXPECT_THAT(*config::gateway_names(site()), IsEmpty());
  EXPECT_EQ(settings("").gateway.unit, "openclaw-gateway.service");
}

TEST_F(Gateways, AreNamedByTheirFiles) {
  write_gateway("work");
  write("gateways.d/family.ini.d/50-adopted.ini", "");
  write("gateways.d/.work.ini.swp", "");
  write("gateways.d/README", "");
  EXPECT_THAT(*config::gateway_names(site()), ElementsAre("family", "work"));
}

TEST_F(Gateways, OfAnImpossibleNameAreSaid) {
  write("gateways.d/a b.ini", "");
  const auto names = config::gateway_names(site());
  ASSERT_FALSE(names);
  EXPECT_THAT(names.error().message, AllOf(HasSubstr("gateways.d/a b.ini"), HasSubstr("rename it")));
}

TEST_F(Gateways, TakeWhatTheSiteSaysButItsOwnGateway) {
  write("helpers.ini", "[gateway]\nport = 19000\nnode = /opt/node\n[update]\nchannel = beta\nkeep = 5\n");
  write_gateway("work");
  write("gateways.d/work.ini.d/60.ini", "[update]\nkeep = 7\n");
  const Settings work = settings("work");
  EXPECT_EQ(work.gateway.unit, "openclaw@work.service");
  EXPECT_EQ(work.gateway.port, 18789U);
  EXPECT_EQ(work.gateway.node, "");
  EXPECT_EQ(work.update.channel, "beta");
  EXPECT_EQ(work.update.keep, 7U);
  EXPECT_EQ(settings("").update.keep, 5U) << "another's settings change nothing";
}

TEST_F(Gateways, WithoutUnitOrStateSayWhichAndWhere) {
  write("gateways.d/work.ini", "[gateway]\nunit = w.service\n");
  EXPECT_EQ(error("work").kind, ErrorKind::bad_input);
  EXPECT_THAT(error("work").message, AllOf(HasSubstr("gateways.d/work.ini"), HasSubstr("state-directory=")));
}

TEST_F(Gateways, ThatAreNotThereAreNotGuessed) {
  write_gateway("work");
  EXPECT_EQ(error("wrok").kind, ErrorKind::not_found);
  EXPECT_THAT(error("wrok").message, HasSubstr("did you mean work?"));
  EXPECT_THAT(error("other").message, HasSubstr("there are work"));
}

TEST_F(Gateways, DoNotShareUnitOrState) {
  write_gateway("work");
  write("gateways.d/twin.ini", "[gateway]\nunit = openclaw@work.service\nstate-directory = /srv/twin\n");
  EXPECT_THAT(error("twin").message, AllOf(HasSubstr("unit="), HasSubstr("gateways.d/work.ini")));
  write("gateways.d/twin.ini", "[gateway]\nunit = t.service\nstate-directory = /var/lib/openclaw\n");
  EXPECT_THAT(error("twin").message, AllOf(HasSubstr("state-directory="), HasSubstr("helpers.ini")));
}

TEST_F(Gateways, AreNotKeptByAMistakeInTheSettingsOfAnother) {
  write_gateway("work");
  write("gateways.d/broken.ini", "[gateway]\nunti = x\n");
  EXPECT_EQ(settings("work").gateway.unit, "openclaw@work.service");
  EXPECT_THAT(error("broken").message, HasSubstr("broken.ini:2"));
}

class GatewayName : public testing::TestWithParam<std::pair<const char*, bool>> {};

TEST_P(GatewayName, IsAPartOfNamesOfUnitsAndFolders) {
  EXPECT_EQ(config::is_gateway_name(GetParam().first), GetParam().second) << GetParam().first;
}

INSTANTIATE_TEST_SUITE_P(Names, GatewayName,
                         testing::Values(std::pair{"work", true}, std::pair{"Tenant-7", true},
                                         std::pair{"a", true}, std::pair{"", false}, std::pair{"-a", false},
                                         std::pair{"a-", false}, std::pair{"a--b", true},
                                         std::pair{"a.b", false}, std::pair{"a_b", true},
                                         std::pair{"a@b", false}, std::pair{"../a", false},
                                         std::pair{"default", false},
                                         std::pair{"abcdefghijklmnopqrstuvwxyz0123456", false}));

TEST(GatewayOption, NamesTheOneWithoutANameAsDefault) {
  EXPECT_EQ(*config::parse_gateway("default"), "");
  EXPECT_EQ(*config::parse_gateway("work"), "work");
  EXPECT_FALSE(config::parse_gateway(""));
}

}  // namespace
