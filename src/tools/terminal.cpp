#include "tools/terminal.hpp"

#include <nlohmann/json.hpp>

#include <array>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace tools {
namespace {

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

template <class Json>
std::string dumped(const Json& value) {
  constexpr bool ascii_only = true;
  return reworded(value.dump(2, ' ', ascii_only, Json::error_handler_t::replace));
}

}  // namespace

void reword_with(std::function<std::string(std::string_view)> reword) {
  rewording() = std::move(reword);
}

void print_line(std::initializer_list<std::string_view> parts) {
  put(stdout, shown(base::concat(parts)));
}

void print_error(std::string_view program, std::string_view message) {
  put(stderr, shown(base::concat({program, ": ", message})));
}

void print_text(std::FILE* stream, std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string& line : base::split(text, '\n')) put(stream, shown_with_colors(line));
}

void print_json(const nlohmann::json& value) {
  put(stdout, dumped(value));
}

void print_json(const nlohmann::ordered_json& value) {
  put(stdout, dumped(value));
}

std::string padded(std::string_view text, std::size_t width) {
  std::string cell(text);
  if (cell.size() < width) cell.append(width - cell.size(), ' ');
  return cell;
}

}  // namespace tools
