#include "stage/service_surroundings.hpp"

#include "base/text.hpp"
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
  // A client that does nothing gets no more time: its own stall timeout ends it, and TimeoutStartSec= if that
  // fails.
  if (progress.since_activity < patience) notifier_.extend_timeout(patience);
  // A registry that never answers makes npm retry for minutes without a word (facts: 10 minutes of silence).
  const std::string doing = progress.retrying.empty()
                                ? progress.last_line
                                : "requests fail and are only retried: " + progress.retrying;
  notifier_.status(
      base::concat({phase_, " with ", progress.client, ", ", base::human_duration(progress.elapsed.count()),
                    doing.empty() ? "" : ": ", doing}));
}

base::Result<std::vector<std::unique_ptr<npm::Client>>> ServiceSurroundings::clients(const Request& request) {
  return chosen_clients(request);
}

}  // namespace stage
