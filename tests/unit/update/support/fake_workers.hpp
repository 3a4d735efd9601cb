// SPDX-License-Identifier: MIT
// Workers with scripted answers, and an observer that records.
//
//   workers.answers["openclaw-state settle"] = [](const json&, const update::Watching&) { return json{…}; };
#pragma once

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "update/setup.hpp"

namespace update_tests {

using nlohmann::json;

class FakeWorkers final : public update::Workers {
 public:
  using Answer = std::function<base::Result<json>(const json& request, const update::Watching& watching)>;

  // `calls` is shared with the bus, so that one list contains all calls in their order.
  explicit FakeWorkers(std::vector<std::string>& calls) : calls_(calls) {}

  base::Result<json> run(const contract::Task& task, const json& request,
                         const update::Watching& watching) override {
    const std::string name = task.program + " " + task.action;
    calls_.push_back(name);
    requests[name] = request;
    transaction = task.transaction;
    if (before) before(name);
    const auto answer = answers.find(name);
    if (answer == answers.end()) return base::fail(base::ErrorKind::not_found, "no script for " + name);
    return answer->second(request, watching);
  }
  base::Result<json> transfer(const contract::Task& task, const json& request, update::Transfer& transfer,
                              const update::Watching& watching) override {
    auto answer = run(task, request, watching);
    if (transfer.direction == update::Transfer::Direction::to_worker) {
      std::string buffer(4096, '\0');
      for (ssize_t size = 0; (size = ::read(transfer.file, buffer.data(), buffer.size())) > 0;) {
        received.append(buffer, 0, static_cast<std::size_t>(size));
      }
      transfer.bytes = received.size();
      transfer.sha256 = "of what was received";
    } else if (answer) {
      transfer.bytes = static_cast<std::uint64_t>(::write(transfer.file, sent.data(), sent.size()));
      transfer.sha256 = "of what was sent";
    }
    return answer;
  }
  void begin(const contract::Task& task, const json&) override {
    calls_.push_back("begin " + task.program + " " + task.action);
  }
  void prepare(const contract::Task& task) override { prepared.push_back(task.program + " " + task.action); }
  void dismiss(const contract::Task& task) override {
    dismissed = task.program + " " + task.action + " after " + (calls_.empty() ? "nothing" : calls_.back());
  }
  void clean(const contract::Task& task) override { cleaned.push_back(task.program + " " + task.action); }

  // Makes that worker fail from now on.
  void fail(const std::string& name, const std::string& message = "it failed") {
    answers[name] = [message](const json&, const update::Watching&) {
      return base::fail(base::ErrorKind::unavailable, message);
    };
  }
  void answer(const std::string& name, const json& result) {
    answers[name] = [result](const json&, const update::Watching&) { return result; };
  }

  std::map<std::string, Answer> answers;  // by "openclaw-state settle"
  std::map<std::string, json> requests;   // the last of each
  std::string transaction;                // of the last
  std::vector<std::string> cleaned, prepared;
  std::string sent, received;  // of a transfer
  std::string dismissed;       // "openclaw-state settle after start openclaw-gateway.service"
  std::function<void(const std::string& name)> before;

 private:
  std::vector<std::string>& calls_;
};

// Simulates kill -9 of the updater: nothing between the throw and the test catches it.
struct Killed {};

class RecordingObserver final : public update::Observer {
 public:
  void entered(update::State state, const update::Context& context) override {
    states.emplace_back(update::row_of(state).name);
    last = context;
    if (on_entered) on_entered(states.back());
  }
  void says(const std::string& text) override { said.push_back(text); }

  std::vector<std::string> states, said;
  update::Context last;
  std::function<void(const std::string& state)> on_entered;
};

}  // namespace update_tests
