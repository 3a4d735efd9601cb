// SPDX-License-Identifier: MIT
// openclaw-user-unit: a user's own unit of a gateway, looked at, stopped and started as that user.
#include <sysexits.h>

#include <array>
#include <charconv>
#include <string_view>

#include "base/result.hpp"
#include "base/text.hpp"
#include "systemd/notify.hpp"
#include "tools/exit_status.hpp"
#include "tools/terminal.hpp"
#include "tools/worker_main.hpp"
#include "workers/request.hpp"
#include "workers/user_unit/actions.hpp"
#include "workers/user_unit/switch.hpp"

namespace {

using workers::user_unit::Switch;

constexpr const char* program = "openclaw-user-unit";

// What the units start that a gateway's own unit names: there is no request.
struct Word {
  std::string_view word;
  Switch what;
  bool settles = false;  // with the user's number, as root
};
constexpr std::array<Word, 4> words{{{"settle-moved", Switch::stop_moved, true},
                                     {"stop-moved", Switch::stop_moved},
                                     {"settle-returned", Switch::start_returned, true},
                                     {"start-returned", Switch::start_returned}}};

int end_with(const base::Result<void>& done) {
  if (done) return 0;
  tools::print_error(program, done.error().message);
  return tools::exit_status_of(done.error());
}

int settle(Switch what, std::string_view number) {
  unsigned user = 0;
  const char* const end = number.data() + number.size();
  if (std::from_chars(number.data(), end, user).ptr != end || number.empty()) {
    tools::print_error(program, base::concat({"\"", number, "\" is not a numeric user ID"}));
    return EX_USAGE;
  }
  return end_with(workers::user_unit::settle_marks(what, user, {}));
}

}  // namespace

int main(int argc, char** argv) {
  for (const Word& row : words) {
    if (argc < 2 || argv[1] != row.word) continue;
    if (row.settles && argc == 3) return settle(row.what, argv[2]);
    if (!row.settles && argc == 2) return end_with(workers::user_unit::switch_units(row.what));
  }
  return tools::worker_main(program, "Show, stop or start the user unit of a gateway, as its user.", argc,
                            argv, [](const tools::WorkerLine& line) {
                              systemd::SystemdNotifier notifier;
                              return workers::serve_request(program, line.instance,
                                                            {line.request, line.result},
                                                            workers::user_unit::actions(), notifier);
                            });
}
