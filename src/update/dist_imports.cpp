#include "update/dist_imports.hpp"

#include <array>
#include <cctype>

#include "base/text.hpp"

namespace update {
namespace {

// Chunk names have some 60 bytes.
constexpr std::size_t longest_specifier = 512;
constexpr std::array<std::string_view, 3> extensions = {".js", ".mjs", ".json"};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_identifier(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

std::string_view without_trailing_space(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool ends_with_word(std::string_view text, std::string_view word) {
  if (!text.ends_with(word)) return false;
  text.remove_suffix(word.size());
  return text.empty() || (!is_identifier(text.back()) && text.back() != '.');
}

// `before` is all that stands in front of the opening quote.
bool introduces_import(std::string_view before) {
  before = without_trailing_space(before);
  if (before.ends_with('(')) {
    before.remove_suffix(1);
    return ends_with_word(without_trailing_space(before), "import");
  }
  return ends_with_word(before, "from") || ends_with_word(before, "import");
}

// JSDoc that speaks of a module: `* @deprecated Use formatTimestamp from "./timestamps.js" instead` is in
// every version since 2026.4.14. Bundlers keep comments on lines of their own.
bool is_comment_line(std::string_view before) {
  constexpr std::size_t look_back = 512;  // minified code has lines of a megabyte
  if (before.size() > look_back) before.remove_prefix(before.size() - look_back);
  const std::size_t start = before.rfind('\n');
  if (start == std::string_view::npos) return false;
  const std::string_view line = base::trim(before.substr(start));
  return line.starts_with('*') || line.starts_with("//") || line.starts_with("/*");
}

// "" when it leads out of the package or is not a file's name.
std::string resolved(std::string_view path, std::string_view specifier) {
  std::vector<std::string> parts = base::split(path, '/');
  parts.pop_back();
  for (std::string& part : base::split(specifier, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (parts.empty()) {
      return "";
    } else {
      parts.pop_back();
    }
  }
  return base::join(parts, "/");
}

bool is_checkable(std::string_view specifier) {
  if (!specifier.starts_with("./") && !specifier.starts_with("../")) return false;
  // A template, an escape or a query is not the plain name that a bundler writes.
  if (specifier.find_first_of("\\$?#*\n`'\"") != std::string_view::npos) return false;
  for (const std::string_view extension : extensions) {
    if (specifier.ends_with(extension)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> relative_imports(std::string_view path, std::string_view content) {
  std::vector<std::string> found;
  for (std::size_t at = content.find("./"); at != std::string_view::npos; at = content.find("./", at + 2)) {
    // "./x" or "../x": the quote is one or two characters back.
    std::size_t quote = at;
    if (quote > 0 && content[quote - 1] == '.') --quote;
    if (quote == 0) continue;
    --quote;
    if (content[quote] != '"' && content[quote] != '\'') continue;
    const std::string_view before = content.substr(0, quote);
    if (!introduces_import(before) || is_comment_line(before)) continue;
    const std::string_view rest = content.substr(quote + 1, longest_specifier);
    const std::size_t end = rest.find(content[quote]);
    if (end == std::string_view::npos || !is_checkable(rest.substr(0, end))) continue;
    if (std::string target = resolved(path, rest.substr(0, end)); !target.empty())
      found.push_back(std::move(target));
  }
  return found;
}

}  // namespace update
