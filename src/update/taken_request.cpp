// SPDX-License-Identifier: MIT
#include "update/taken_request.hpp"

#include "base/text.hpp"

namespace update {

TakenRequest look_for_request(const Journal& journal, const std::string& since, const std::string& request) {
  TakenRequest found;
  const auto ids = journal.transactions();
  for (const std::string& id : ids ? *ids : std::vector<std::string>{}) {
    if (id <= since) continue;
    const auto history = journal.read(id);
    const Context* context = history ? history->context() : nullptr;
    if (context == nullptr) continue;
    if (context->asked.request == request) {
      found.id = id;
      continue;
    }
    const std::string& target = context->to.version.empty() ? context->asked.wanted : context->to.version;
    found.other = base::printable(base::concat({"the update ", id, " to ", target, ", which ",
                                                context->asked.requested_by, " has requested"}),
                                  400);
  }
  return found;
}

}  // namespace update
