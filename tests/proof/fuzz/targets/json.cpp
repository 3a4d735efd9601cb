// SPDX-License-Identifier: MIT
// JSON of any program (base/json.hpp).
#include "base/json.hpp"

#include "lib/target.hpp"
#include "lib/words.hpp"

using target::require;

void fuzz(std::string_view input) {
  const auto value = base::json_in(input);
  const auto told = base::parse_json(input, "x.json");
  require(value.has_value() == told.has_value(), "both readers take the same texts");
  if (!value) return require(target::is_printable(told.error().message), "the complaint is printable");
  require(*value == *told, "both readers read the same");
  const std::string again = value->dump();
  require(base::json_in(again) == *value, "what was read, is written and is read again, is the same");

  for (const char* path : {"", "a", "a.b.c", ".", "a..b"}) {
    const nlohmann::json& found = base::member_at(*value, path);
    require(base::as_text(found).empty() || found.is_string(), "only a text is a text");
    require(target::is_printable(base::as_shown(found, 100)), "what is shown is printable");
    require(base::as_shown(found, 100).size() <= 100, "what is shown has its limit");
    const auto number = base::as_integer(found);
    require(!number || found == *number, "an integer is the number");
    const auto count = base::as_unsigned(found);
    require(!count || found == *count, "a count is the number");
    for (const std::string& text : base::as_texts(found))
      require(!text.empty(), "no text of a list is empty");
    (void)base::as_flag(found);
    (void)base::as_object(found).size();
  }
  // Levels above the limit are refused before anything is built.
  const base::JsonLimits flat{.levels = 3, .bytes = 4096};
  const auto limited = base::json_in(input, flat);
  require(!limited || input.size() <= flat.bytes, "the limit of bytes holds");
  require(!limited || *limited == *value, "a limit does not change what is read");
}
