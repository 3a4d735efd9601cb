// SPDX-License-Identifier: MIT
// Hostile text into everything that shows text: a terminal, a journal, a status, a metric, a report.
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <pty.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>

#include "fs/beneath.hpp"
#include "hostile_text.hpp"
#include "npm/blame.hpp"
#include "openclaw/health.hpp"
#include "proof.hpp"
#include "support/temporary_directory.hpp"
#include "systemd/notify.hpp"
#include "tools/outcome_events.hpp"
#include "tools/progress_bar.hpp"
#include "tools/report_json.hpp"
#include "tools/report_table.hpp"
#include "tools/terminal.hpp"
#include "tools/update_events.hpp"
#include "update/standing.hpp"
#include "watchdog/events.hpp"
#include "watchdog/metrics.hpp"

namespace words {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

// What it writes to the descriptor meanwhile.
std::string written_to(int fd, const std::function<void()>& act) {
  const test_support::TemporaryDirectory folder;
  std::fflush(nullptr);
  const int saved = ::fcntl(fd, F_DUPFD_CLOEXEC, 10);
  const int file = ::open(folder.path("out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ::dup2(file, fd);
  act();
  std::fflush(nullptr);
  ::dup2(saved, fd);
  ::close(saved);
  ::close(file);
  return folder.read("out");
}

std::string printed(const std::function<void()>& act) {
  return written_to(STDOUT_FILENO, act);
}

// Line ends are those of the printing function alone.
Texts one_line(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return {std::move(text)};
}

Texts status_of(const std::string& text) {
  const test_support::TemporaryDirectory folder;
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  folder.path("notify").copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return {"\x1b no socket"};
  ::setenv("NOTIFY_SOCKET", folder.path("notify").c_str(), 1);
  systemd::SystemdNotifier().status(text);
  ::unsetenv("NOTIFY_SOCKET");
  std::array<char, 4096> buffer{};
  const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  ::close(socket);
  return {size < 0 ? "\x1b nothing was sent" : std::string(buffer.data(), static_cast<std::size_t>(size))};
}

// Without what the bar itself writes to go back to the beginning of its line.
Texts progress_of(const std::string& text) {
  int terminal = -1, other = -1;
  if (::openpty(&terminal, &other, nullptr, nullptr, nullptr) != 0) return {"\x1b no terminal"};
  std::FILE* stream = ::fdopen(other, "w");
  {
    tools::ProgressBar bar(stream, true);
    bar.phase(text);
    bar.progress({"npm", std::chrono::milliseconds{0}, std::chrono::milliseconds{0}, text, ""});
  }
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(terminal, buffer.data(), buffer.size());
  std::fclose(stream);
  ::close(terminal);
  std::string shown(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  const std::string own = "\r\033[K";
  for (std::size_t at = shown.find(own); at != std::string::npos; at = shown.find(own))
    shown.erase(at, own.size());
  return {shown};
}

stage::Outcome outcome_of(const std::string& text) {
  stage::Outcome outcome;
  outcome.package_root = outcome.version = outcome.era = outcome.target = outcome.client = text;
  outcome.plugins = {{text, stage::PluginStatus::failed, text, 1, {}},
                     {text, stage::PluginStatus::missing, "", 1, {text}}};
  outcome.findings = {{stage::Finding::Kind::note, false, text, text}};
  outcome.failure = base::Error{base::ErrorKind::system, 0, text};
  return outcome;
}

update::Context update_of(const std::string& text) {
  update::Context context;
  context.id = context.unit = context.reason = text;
  context.asked.wanted = context.asked.requested_by = text;
  context.from.version = context.from.release = text;
  context.to.version = context.to.release = context.to.client = context.to.node = context.to.canary = text;
  context.judged.not_blamed = text;
  context.notes = {text, text};
  return context;
}

constexpr std::array outcomes{update::State::up_to_date, update::State::updated, update::State::refused,
                              update::State::rolled_back, update::State::rollback_failed};

// The version of the format has no escape for a control character, and a second line is a second value.
Texts metrics_of(const std::string& text) {
  watchdog::Sample sample;
  sample.gateway = text;
  sample.standing.phase = watchdog::Phase::ready;
  sample.standing.endpoint = text;
  sample.updates.version = sample.updates.release = text;
  sample.updates.last = watchdog::LastUpdate{text, text, 1, 1, std::nullopt};
  Texts lines;
  const std::string metrics = watchdog::metrics_text({sample});
  for (std::size_t at = 0; at < metrics.size();) {
    const std::size_t end = metrics.find('\n', at);
    lines.push_back(metrics.substr(at, end - at));
    const bool is_ours = lines.back().starts_with("openclaw_") || lines.back().starts_with("# ");
    if (!is_ours || lines.back().starts_with("openclaw_forged")) lines.emplace_back("\x1b a forged line");
    at = end + 1;
  }
  return lines;
}

Texts fields_of(const systemd::Event& event) {
  return systemd::journal_fields(event, "proof");
}

Texts fields_of_update(const std::string& text) {
  Texts all;
  for (const update::State state : outcomes) {
    for (std::string& field : fields_of(tools::event_of(state, update_of(text))))
      all.push_back(std::move(field));
  }
  return all;
}

Texts fields_of_outcome(const std::string& text) {
  Texts all;
  for (const auto& event : tools::events_of(outcome_of(text))) {
    for (std::string& field : fields_of(event)) all.push_back(std::move(field));
  }
  return all;
}

Texts fields_of_watchdog(const std::string& text) {
  watchdog::Report report{
      watchdog::Kind::incident, watchdog::signature_named("disk-full"), text, {text, text}};
  watchdog::Decision decision;
  decision.act = watchdog::Act::restart;
  decision.reason = text;
  const watchdog::Subject subject{text, text, 1, 4};
  Texts all = fields_of(watchdog::event_of(report, subject));
  for (std::string& field : fields_of(watchdog::event_of(decision, subject))) all.push_back(std::move(field));
  return all;
}

// JSON has an escape for each character, so all of it is ASCII, whatever it says.
Texts ascii_of(std::string text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x7f) return {"\x1b not ASCII"};
  }
  if (!json::accept(text)) return {"\x1b not JSON"};
  return {std::move(text)};
}

Texts health_of(const std::string& text) {
  const json body{{"ready", false}, {"failing", {text}}, {"ok", true}, {"status", "live"}, {"version", text}};
  const std::string dumped = body.dump(-1, ' ', false, json::error_handler_t::replace);
  const openclaw::HttpAnswer answer{503, dumped};
  const auto health = openclaw::read_health({openclaw::HttpAnswer{200, dumped}, answer, answer});
  return {openclaw::describe(health), health.version};
}

Texts standing_of(const std::string& text) {
  const test_support::TemporaryDirectory folder;
  const auto state = fs::open_directory(folder.path());
  if (!state || !update::set_hold(state->get(), {text, 1}) ||
      !update::quarantine(state->get(), "2026.9.6", text))
    return {"\x1b no state"};
  return {folder.read("hold"), folder.read("quarantine/2026.9.6"), update::hold_of(state->get())->text(),
          *update::quarantine_reason(state->get(), "2026.9.6")};
}

Texts missing_file_of(const std::string& text) {
  const test_support::TemporaryDirectory folder;
  const auto root = fs::open_directory(folder.path());
  const auto opened = fs::open_directory_beneath(root->get(), text);
  return {opened ? "" : opened.error().message};
}

struct Producer {
  const char* name;
  std::function<Texts(const std::string& text)> show;
  bool lines = false;  // several lines are meant
};

const std::vector<Producer>& producers() {
  static const std::vector<Producer> all{
      {"a line on a terminal",
       [](const auto& text) {
         return one_line(printed([&] { tools::print_line({"release ", text, " is held"}); }));
       }},
      {"an error on a terminal",
       [](const auto& text) {
         return one_line(written_to(STDERR_FILENO, [&] { tools::print_error("openclaw-update", text); }));
       }},
      {"a table on a terminal",
       [](const auto& text) {
         return Texts{printed([&] { tools::print_text(stdout, tools::report_table(outcome_of(text), {})); })};
       },
       true},
      {"the progress bar", progress_of},
      {"an event on a terminal",
       [](const auto& text) {
         return Texts{systemd::terminal_text({systemd::Priority::error, "", text, {{"X", text}}}, "proof")};
       },
       true},
      {"MESSAGE= and other fields of the journal",
       [](const auto& text) {
         return fields_of({systemd::Priority::error, "", text, {{"OPENCLAW_X", text}, {text, "x"}}});
       },
       true},
      {"the journal of an update", fields_of_update, true},
      {"the journal of the hook", fields_of_outcome, true},
      {"the journal of the watchdog", fields_of_watchdog, true},
      {"STATUS=", status_of},
      {"STATUS= of the watchdog",
       [](const auto& text) {
         watchdog::Standing standing;
         standing.phase = watchdog::Phase::live;
         standing.detail = standing.endpoint = text;
         return status_of(watchdog::status_of(standing, text));
       }},
      {"metrics", metrics_of},
      {"--json",
       [](const auto& text) {
         return ascii_of(printed([&] { tools::print_json(json{{"reason", text}, {text, text}}); }));
       },
       true},
      {"--json of the hook",
       [](const auto& text) {
         return ascii_of(printed([&] { tools::print_json(tools::report_json(outcome_of(text), true)); }));
       },
       true},
      {"hold and quarantine", standing_of, true},
      {"the answer of a gateway", health_of},
      {"the error about a file", missing_file_of},
      {"last words of a package client",
       [](const auto& text) {
         return Texts{npm::last_words("npm error " + text),
                      npm::explain_failure("npm error code E404\nnpm error 404 '" + text + "'")};
       }},
  };
  return all;
}

}  // namespace

void show_hostile_text(std::uint64_t seed, std::size_t texts, const Tell& tell) {
  for (const Producer& producer : producers()) {
    Row row{.name = std::string("words: nothing unprintable reaches ") + producer.name};
    for (std::uint64_t i = 0; i < hostile_pieces().size() + texts; ++i) {
      Draw draw(seed + i);
      const std::string text = i < hostile_pieces().size() ? hostile_pieces()[i] : hostile_text(draw);
      for (const std::string& shown : producer.show(text)) {
        const std::string fault = fault_of(shown, producer.lines);
        row.check(fault.empty(), fault + " of " + spelled(shown) + ", from " + spelled(text));
      }
    }
    row.note = "texts: " + std::to_string(hostile_pieces().size() + texts);
    tell(row);
  }
}

}  // namespace words
