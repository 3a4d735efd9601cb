#include "openclaw/json5.hpp"

#include <string>

#include "openclaw/json5_rewriter.hpp"

namespace openclaw {
namespace {

using base::ErrorKind;

constexpr std::size_t deepest = 256;

std::string quoted(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

// The JSON parser keeps its own stack on the heap, but whoever walks the value later recurses.
bool is_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > deepest) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

base::Result<nlohmann::json> parse_json(std::string_view text, std::string_view name) {
  if (is_too_deep(text)) {
    return base::fail(ErrorKind::bad_input, quoted(name) + " is nested deeper than 256 levels");
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& problem) {
    return base::fail(ErrorKind::bad_input,
                      quoted(name) + " is not JSON: error at byte " + std::to_string(problem.byte));
  } catch (const nlohmann::json::exception&) {  // a number beyond what a double holds
    return base::fail(ErrorKind::bad_input, quoted(name) + " is not JSON: a number in it is out of range");
  }
}

base::Result<nlohmann::json> parse_json5(std::string_view text, std::string_view name) {
  base::Result<std::string> json = json5_to_json(text, name);
  if (!json) return base::pass(std::move(json.error()));
  return parse_json(*json, name);
}

}  // namespace openclaw
