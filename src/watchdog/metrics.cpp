// SPDX-License-Identifier: MIT
#include "watchdog/metrics.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"

namespace watchdog {
namespace {

// The format has no escape for a control character, and its reader refuses a file that is not UTF-8.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : base::printable(value)) {
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text;
}

std::string label(std::string_view name, std::string_view value) {
  return base::concat({name, "=\"", escaped(value), "\""});
}

std::string seconds(std::int64_t milliseconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(milliseconds) / 1000.0);
  return text.data();
}

// The values of one family for all gateways: the format requires them together.
struct Family {
  std::string name, head, values;
};

class Text {
 public:
  // Subsequent values are of this gateway; empty: they get no label.
  void of_gateway(std::string label) { gateway_ = std::move(label); }

  void family(std::string_view name, std::string_view type, std::string_view help) {
    const std::string whole = base::concat({"openclaw_", name});
    current_ =
        static_cast<std::size_t>(std::find_if(families_.begin(), families_.end(),
                                              [&](const Family& known) { return known.name == whole; }) -
                                 families_.begin());
    if (current_ < families_.size()) return;
    families_.push_back(
        {whole, base::concat({"# HELP ", whole, " ", help, "\n# TYPE ", whole, " ", type, "\n"}), ""});
  }
  void value(std::string_view number, std::string_view labels = "") {
    const std::string all = base::concat({gateway_, gateway_.empty() || labels.empty() ? "" : ",", labels});
    const bool bare = all.empty();
    Family& family = families_[current_];
    family.values += base::concat({family.name, bare ? "" : "{", all, bare ? "" : "}", " ", number, "\n"});
  }
  void gauge(std::string_view name, std::string_view help, bool is_so) {
    family(name, "gauge", help);
    value(is_so ? "1" : "0");
  }
  [[nodiscard]] std::string whole() const {
    std::string text;
    for (const Family& family : families_) text += family.head + family.values;
    return text;
  }

 private:
  std::vector<Family> families_;
  std::size_t current_ = 0;
  std::string gateway_;
};

void add_updates(const UpdateFacts& updates, Text& text) {
  text.family("release_info", "gauge", "The release to which current points.");
  text.value("1", base::concat({label("version", updates.version), ",", label("release", updates.release)}));
  text.gauge("update_open", "Whether an update is in progress, or was interrupted.",
             updates.update != Update::none);
  if (!updates.last) return;
  const LastUpdate& last = *updates.last;
  text.family("last_update_info", "gauge", "How the last update ended.");
  text.value("1", base::concat({label("outcome", last.outcome), ",", label("version", last.to_version)}));
  text.family("last_update_timestamp_seconds", "gauge", "When the last update ended.");
  text.value(seconds(last.ended_at_ms));
  text.family("last_update_duration_seconds", "gauge", "How long the last update took.");
  text.value(seconds(last.took_ms));
  if (!last.downtime_ms) return;
  text.family("last_update_downtime_seconds", "gauge", "How long the gateway was down for the last update.");
  text.value(seconds(*last.downtime_ms));
}

void add_gateway(const Standing& standing, const Memory& memory, const UpdateFacts& updates, Text& text) {
  const bool ready = standing.phase == Phase::ready;
  // During an update, only the updater asks the gateway, and some gateways cannot be asked: no value is
  // better than a wrong 0.
  if (standing.phase != Phase::updating && standing.phase != Phase::unseen) {
    text.gauge("gateway_up", "Whether the gateway answers that it is live.",
               ready || standing.phase == Phase::live);
    text.gauge("gateway_ready", "Whether the gateway answers that it is ready.", ready);
  }
  if (!standing.endpoint.empty()) {
    text.family("gateway_info", "gauge", "The address at which the gateway has answered since its start.");
    text.value("1", label("endpoint", standing.endpoint));
  }
  text.family("watchdog_restarts_total", "counter", "Restarts of the gateway by the watchdog.");
  text.value(std::to_string(memory.restarts_total));
  text.family("watchdog_incidents_total", "counter",
              "Failures of the gateway that were recognised, by kind.");
  // All counters exist from the beginning: one that appeared with its first incident would have no increase
  // to alert on.
  const auto count = [&](std::string_view id) {
    const auto it = memory.incidents.find(std::string(id));
    text.value(std::to_string(it == memory.incidents.end() ? 0 : it->second), label("signature", id));
  };
  for (const Signature& row : signatures()) count(row.id);
  count(unknown_failure);
  count(deafness);
  text.family("watchdog_restarts_left", "gauge", "Restarts that the watchdog may still make in this hour.");
  text.value(std::to_string(standing.budget_left));
  text.gauge("watchdog_gave_up",
             "Whether the watchdog has used up its restarts on a gateway that still fails.",
             standing.gave_up);
  text.gauge("watchdog_waits_for_person",
             "Whether the gateway has failed in a way that a restart cannot repair.",
             standing.waits_for_person != nullptr);
  add_updates(updates, text);
}

}  // namespace

std::string name_of(const std::string& gateway) {
  return gateway.empty() ? "default" : gateway;
}

std::string metrics_text(const std::vector<Sample>& samples) {
  Text text;
  const bool named = samples.size() > 1 || (!samples.empty() && !samples.front().gateway.empty());
  for (const Sample& sample : samples) {
    if (named) text.of_gateway(label("gateway", name_of(sample.gateway)));
    add_gateway(sample.standing, sample.memory, sample.updates, text);
  }
  return text.whole();
}

base::Result<void> write_metrics(const std::string& path, const std::string& text) {
  const std::size_t slash = path.rfind('/');
  const std::string folder_path = path.substr(0, slash == 0 ? 1 : slash);
  const auto folder = fs::open_directory(folder_path);
  if (!folder) return base::pass(folder.error(), "metrics");
  struct stat status {};
  if (::fstat(folder->get(), &status) != 0) return base::fail_errno(errno, "metrics: " + folder_path);
  constexpr mode_t others_write = S_IWGRP | S_IWOTH;
  if (status.st_uid != ::geteuid() || (status.st_mode & others_write) != 0) {
    return base::fail(
        base::ErrorKind::refused,
        base::concat({"metrics: ", folder_path, " is writable for other users; use /run/openclaw-watchdog ",
                      "and a link to it, see openclaw-watchdog(8)"}));
  }
  return fs::write_file_durably(folder->get(), path.substr(slash + 1), text, 0644);
}

}  // namespace watchdog
