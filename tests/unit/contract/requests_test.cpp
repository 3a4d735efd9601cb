// SPDX-License-Identifier: MIT
// What the updater and the watchdog ask is what the workers read, for every task that there is.
#include "contract/requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "contract/support/filler.hpp"
#include "contract/tasks.hpp"

namespace {

using contract::Member;
using nlohmann::json;
using testing::HasSubstr;

struct Names {
  template <class T>
  void operator()(const Member& member, const T&) {
    members.push_back(member);
  }
  std::vector<Member> members;
};

// A request without its type.
struct Asked {
  json whole;  // as it is written, with every member
  std::vector<Member> members;
  std::function<base::Result<json>(const json&)> read_again;  // as the worker has it, written once more
};

template <class Request>
Asked asked() {
  const auto request = contract_tests::filled<Request>();
  Names names;
  Request::visit(request, names);
  return {contract::to_json(request), names.members, [](const json& text) -> base::Result<json> {
            const auto read = contract::read_strictly<Request>(text, contract::of_request);
            if (!read) return base::pass(read.error());
            return contract::to_json(*read);
          }};
}

template <class Request, class Answer>
void add(const contract::TaskOf<Request, Answer>& task, std::map<const contract::TaskRow*, Asked>& all) {
  all.emplace(&task, asked<Request>());
}

std::map<const contract::TaskRow*, Asked> every_request() {
  using namespace contract::tasks;
  std::map<const contract::TaskRow*, Asked> all;
  const auto each = [&](const auto&... task) { (add(task, all), ...); };
  each(finish, resolve, fetch, stage, validate, canary, baseline, gate, find, contract::tasks::port, snapshot,
       settle, restore, schemas, discard, contract::tasks::list, verify, pack, unpack, room, owner, request,
       migrate, pack_release, unpack_release);
  return all;
}

class EveryRequest : public testing::Test {
 protected:
  EveryRequest() : all_(every_request()) {}
  std::map<const contract::TaskRow*, Asked> all_;
};

TEST_F(EveryRequest, IsOfATaskOfTheTable) {
  EXPECT_EQ(all_.size(), contract::all_tasks().size());
  for (const contract::TaskRow* const row : contract::all_tasks())
    EXPECT_EQ(all_.count(row), 1U) << row->action;
}

TEST_F(EveryRequest, IsReadWholeByItsWorker) {
  for (const auto& [row, asked] : all_) {
    EXPECT_EQ(asked.whole.size(), asked.members.size()) << row->action;
    const auto read = asked.read_again(asked.whole);
    ASSERT_TRUE(read) << row->action << ": " << read.error().message;
    EXPECT_EQ(*read, asked.whole) << row->action;
  }
}

TEST_F(EveryRequest, WithAMemberOfTheWrongTypeIsRefusedByName) {
  for (const auto& [row, asked] : all_) {
    for (const Member& member : asked.members) {
      for (const json& wrong : {json{{"x", 1}}, json::array({nullptr}), json(1.5)}) {
        json request = asked.whole;
        request[member.name] = wrong;
        const auto read = asked.read_again(request);
        ASSERT_FALSE(read) << row->action << " " << request;
        EXPECT_EQ(read.error().kind, base::ErrorKind::bad_input);
        EXPECT_THAT(read.error().message,
                    HasSubstr("the request's \"" + std::string(member.name) + "\" must be "));
      }
    }
  }
}

TEST_F(EveryRequest, MayLackWhatIsOptionalAndNothingElse) {
  for (const auto& [row, asked] : all_) {
    for (const Member& member : asked.members) {
      for (const bool is_null : {false, true}) {
        json request = asked.whole;
        request.erase(member.name);
        if (is_null) request[member.name] = nullptr;
        EXPECT_EQ(asked.read_again(request).has_value(), !member.is_required)
            << row->action << " " << member.name;
      }
    }
  }
}

TEST_F(EveryRequest, MayHaveMembersOfALaterVersion) {
  for (const auto& [row, asked] : all_) {
    json request = asked.whole;
    request["added_later"] = {{"any", 1}};
    EXPECT_TRUE(asked.read_again(request)) << row->action;
  }
}

TEST_F(EveryRequest, NamesPathsThatLeadNowhereElse) {
  for (const auto& [row, asked] : all_) {
    for (const Member& member : asked.members) {
      if (!member.is_path) continue;
      for (const char* path : {"relative", "/a/../b", "/a//b", "/a/", "/a/./b"}) {
        json request = asked.whole;
        request[member.name] = path;
        EXPECT_FALSE(asked.read_again(request)) << row->action << " " << request;
      }
    }
  }
}

TEST_F(EveryRequest, HasNumbersWithinTheirRange) {
  for (const auto& [row, asked] : all_) {
    for (const Member& member : asked.members) {
      if (member.most > contract::largest_port) continue;
      for (const std::int64_t number : {member.least - 1, member.most + 1}) {
        json request = asked.whole;
        request[member.name] = number;
        EXPECT_FALSE(asked.read_again(request)) << row->action << " " << request;
      }
    }
  }
}

// As 0.1.0 wrote them, without "transaction" and "action".
TEST(FormerRequest, IsWrittenAsItWas) {
  EXPECT_EQ(contract::to_json(contract::RestoreRequest{"/var/lib/openclaw", "", "d1"}),
            json::parse(R"({"state_directory":"/var/lib/openclaw","digest":"d1"})"));
  EXPECT_EQ(contract::to_json(contract::StageRequest{"/var/lib/openclaw", ""}),
            json::parse(R"({"state_directory":"/var/lib/openclaw"})"));
  EXPECT_EQ(
      contract::to_json(contract::GateRequest{
          {{18789, 7, "/system.slice/x.service"}, "/r/2026.9.6", "/usr/bin/node"}, "2026.9.6", 300, 10}),
      json::parse(R"({"port":18789,"main_pid":7,"control_group":"/system.slice/x.service",
                            "package":"/r/2026.9.6","node":"/usr/bin/node","expected_version":"2026.9.6",
                            "deadline_s":300,"settle_s":10})"));
  EXPECT_EQ(
      contract::to_json(contract::CanaryRequest{
          {"/var/lib/openclaw", "/r/2026.9.6", "/usr/bin/node"}, 18789, "2026.9.6", 60}),
      json::parse(R"({"state_directory":"/var/lib/openclaw","package":"/r/2026.9.6","node":"/usr/bin/node",
                            "port":18789,"expected_version":"2026.9.6","deadline_s":60})"));
  EXPECT_EQ(contract::to_json(contract::FetchRequest{"2026.9.6", "", false, false, ""}),
            json::parse(R"({"version":"2026.9.6","integrity":"","bundle_node":false})"));
}

}  // namespace
