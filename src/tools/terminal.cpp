// SPDX-License-Identifier: MIT
#include "tools/terminal.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace tools {
namespace {

using nlohmann::ordered_json;

constexpr int envelope_schema = 1;

// More than any message has, and little enough to be read.
constexpr std::size_t longest_line = std::size_t{64} * 1024;

constexpr std::array<std::string_view, 4> colors = {"\033[0m", "\033[31m", "\033[32m", "\033[33m"};

std::function<std::string(std::string_view)>& rewording() {
  static std::function<std::string(std::string_view)> reword;
  return reword;
}

std::string reworded(std::string_view text) {
  return rewording() ? rewording()(text) : std::string(text);
}

std::string shown(std::string_view text) {
  return base::printable(base::redacted(reworded(text)), longest_line);
}

struct Cut {
  std::size_t at = std::string_view::npos;
  std::string_view color;
};

// Where the next of our colours is.
Cut next_color(std::string_view text) {
  Cut first;
  for (const std::string_view color : colors) {
    if (const std::size_t at = text.find(color); at < first.at) first = {at, color};
  }
  return first;
}

std::string shown_with_colors(std::string_view line) {
  std::string text;
  for (Cut cut = next_color(line); !cut.color.empty(); cut = next_color(line)) {
    text += shown(line.substr(0, cut.at));
    text += cut.color;
    line.remove_prefix(cut.at + cut.color.size());
  }
  return text + shown(line);
}

void put(std::FILE* stream, const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stream);
  std::fputc('\n', stream);
}

std::string dumped(const ordered_json& value, int indent = 2) {
  constexpr bool ascii_only = true;
  return reworded(value.dump(indent, ' ', ascii_only, ordered_json::error_handler_t::replace));
}

// What the one object of --json is made of.
struct Answer {
  JsonForm form = JsonForm::object;
  std::optional<ordered_json> report;
  std::vector<std::string> lines, errors;
};

std::optional<Answer>& answer() {
  static std::optional<Answer> kept;
  return kept;
}

// Messages are "what is wrong; what to do next".
ordered_json error_of(const std::string& message) {
  const std::size_t end = message.rfind("; ");
  return {{"message", message},
          {"hint", end == std::string::npos ? ordered_json(nullptr) : ordered_json(message.substr(end + 2))}};
}

// Of a command without a report of its own.
ordered_json plain_report(const Answer& said, int exit_status) {
  const bool failed = exit_status != 0;
  const bool has_error = !said.errors.empty();
  ordered_json report = {{"schema", envelope_schema}, {"outcome", failed ? "error" : "done"}};
  if (failed) report.update(error_of(has_error ? said.errors.front() : "see exit_status"));
  report["messages"] = said.lines;
  return report;
}

}  // namespace

void reword_with(std::function<std::string(std::string_view)> reword) {
  rewording() = std::move(reword);
}

void print_line(std::initializer_list<std::string_view> parts) {
  std::string line = shown(base::concat(parts));
  if (answer()) {
    answer()->lines.push_back(std::move(line));
  } else {
    put(stdout, line);
  }
}

void print_error(std::string_view program, std::string_view message) {
  if (answer()) answer()->errors.push_back(shown(message));
  put(stderr, shown(base::concat({program, ": ", message})));
}

void print_text(std::FILE* stream, std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string& line : base::split(text, '\n')) put(stream, shown_with_colors(line));
}

void print_json(const nlohmann::json& value) {
  print_json(ordered_json(value));
}

void print_json(const ordered_json& value) {
  if (answer()) {
    answer()->report = value;
  } else {
    put(stdout, dumped(value));
  }
}

void begin_json(JsonForm form) {
  answer() = Answer{.form = form, .report = std::nullopt, .lines = {}, .errors = {}};
}

bool writes_json() {
  return answer().has_value();
}

void print_json_event(const nlohmann::json& event) {
  if (!answer() || answer()->form != JsonForm::lines) return;
  put(stdout, dumped(event, -1));
  std::fflush(stdout);
}

int end_json(int exit_status) {
  if (!answer()) return exit_status;
  const Answer said = std::move(*answer());
  answer().reset();
  ordered_json report = said.report ? *said.report : plain_report(said, exit_status);
  report["exit_status"] = exit_status;
  if (!said.errors.empty()) {
    report["errors"] = ordered_json::array();
    for (const std::string& message : said.errors) report["errors"].push_back(error_of(message));
  }
  put(stdout, dumped(report, said.form == JsonForm::lines ? -1 : 2));
  return exit_status;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string cell(text);
  if (cell.size() < width) cell.append(width - cell.size(), ' ');
  return cell;
}

}  // namespace tools
