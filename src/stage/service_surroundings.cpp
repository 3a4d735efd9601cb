// SPDX-License-Identifier: MIT
#include "stage/service_surroundings.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "stage/client_choice.hpp"

namespace stage {
namespace {

constexpr std::chrono::seconds patience{30};

}  // namespace

void ServiceSurroundings::phase(const std::string& text) {
  phase_ = text;
  notifier_.status(text);
  notifier_.extend_timeout(patience);
}

void ServiceSurroundings::progress(const npm::Progress& progress) {
  // A client without progress gets no more time: its own stall timeout ends it, or else TimeoutStartSec=.
  if (progress.since_activity < patience) notifier_.extend_timeout(patience);
  const std::string doing = npm::what_it_does(progress);
  notifier_.status(
      base::concat({phase_, " with ", progress.client, ", ", base::human_duration(progress.elapsed.count()),
                    doing.empty() ? "" : ": ", doing}));
}

base::Result<std::vector<std::unique_ptr<npm::Client>>> ServiceSurroundings::clients(const Request& request) {
  return chosen_clients(request);
}

}  // namespace stage
