// SPDX-License-Identifier: MIT
// Something that a worker can be asked to do is a row (tasks.hpp), and a task is a row and a transaction:
// names of units, of instances and of files follow from that.
//
// Where several gateways are on one host, the transaction says whose it is
// ("t00000017-20261121T101500Z-work"), and what runs as that gateway's user has a template unit of its own
// (openclaw-state-work@.service), with requests and results where no other gateway's user finds them.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace contract {

struct TaskRow {
  std::string_view program;  // "openclaw-state": the template unit is <program>@.service
  std::string_view action;   // "snapshot"
  // It may be started ahead of its request, says waiting_status (envelope.hpp) until that comes, and stays
  // after its answer until the request is taken away.
  bool waits = false;
  // It runs as the gateway's user; otherwise as one of the suite's own, for every gateway of the host.
  bool of_gateway = true;
  // It runs as any user of the host: the transaction is that user's number, and alone is the unit's instance.
  bool by_user = false;
};

// The gateway whose transaction, or task outside of one, it is: what follows the second '-'. Empty: the one
// without a name.
[[nodiscard]] std::string gateway_of(std::string_view transaction);

struct Task {
  Task(const TaskRow& row, std::string for_transaction)
      : program(row.program),
        transaction(std::move(for_transaction)),
        action(row.action),
        gateway(row.of_gateway ? gateway_of(transaction) : ""),
        by_user(row.by_user) {}

  std::string program, transaction, action;
  std::string gateway;  // whose user it runs as; empty: the one without a name, or nobody's
  bool by_user = false;

  [[nodiscard]] std::string instance() const { return transaction + "." + action; }
  [[nodiscard]] std::string name() const {
    return program + (gateway.empty() ? "" : "-" + gateway) + "@" + (by_user ? transaction : instance());
  }
  [[nodiscard]] std::string unit() const { return name() + ".service"; }
  [[nodiscard]] std::string request_file() const { return instance() + ".json"; }  // in request_directory
  [[nodiscard]] std::string pipe_file() const { return instance() + ".pipe"; }     // there, too
  [[nodiscard]] std::string result_folder() const { return name(); }               // in result_directory
};

// "t00000017-20261121T101500Z.snapshot", as a worker's unit is given it.
struct Instance {
  std::string text, transaction, action;
};
// Letters, digits, '-' and '_' before the dot, lower-case letters after it: both become parts of paths.
[[nodiscard]] base::Result<Instance> parse_instance(std::string_view text);

}  // namespace contract
