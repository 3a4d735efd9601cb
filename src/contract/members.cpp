// SPDX-License-Identifier: MIT
#include "contract/members.hpp"

#include "base/redaction.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"

namespace contract {
namespace {

using nlohmann::json;

bool is_clean_path(std::string_view path) {
  return path == "/" || (path.starts_with('/') && fs::is_safe_relative(path.substr(1)));
}

}  // namespace

const json* MemberReader::find(const Member& member, bool (json::*is_right)() const noexcept,
                               const char* wanted) {
  const json& value = base::member(object_, member.name);
  if (value.is_null()) {
    if (member.is_required) complain(member, wanted);
    return nullptr;
  }
  if ((value.*is_right)()) return &value;
  complain(member, wanted);
  return nullptr;
}

const json* MemberReader::find_list(const Member& member) {
  const json* const list = find(member, &json::is_array, "a list");
  if (list == nullptr || list->size() <= reading_.most_entries) return list;
  complain(member, base::concat({"a list of at most ", std::to_string(reading_.most_entries), " entries"}));
  return reading_.is_strict ? nullptr : list;
}

void MemberReader::operator()(const Member& member, bool& into) {
  if (const json* const value = find(member, &json::is_boolean, "true or false")) into = value->get<bool>();
}

void MemberReader::operator()(const Member& member, std::optional<bool>& into) {
  if (const json* const value = find(member, &json::is_boolean, "true or false")) into = value->get<bool>();
}

void MemberReader::operator()(const Member& member, std::int64_t& into) {
  const json* const value = find(member, &json::is_number_integer, "a whole number");
  if (value == nullptr) return;
  const auto number = base::as_integer(*value);
  if (number && *number >= member.least && *number <= member.most) {
    into = *number;
  } else {
    complain(member, base::concat({std::to_string(member.least), " to ", std::to_string(member.most)}));
  }
}

void MemberReader::operator()(const Member& member, std::string& into) {
  const json* const value =
      find(member, &json::is_string, member.is_required ? "a text that is not empty" : "a text");
  if (value == nullptr) return;
  const auto& text = value->get_ref<const std::string&>();
  if (member.is_required && text.empty()) return complain(member, "a text that is not empty");
  if (member.is_path && !is_clean_path(text)) {
    return complain(member, "an absolute path without \"..\", doubled or trailing slashes");
  }
  into = cleaned(member, text);
}

void MemberReader::operator()(const Member& member, std::vector<std::string>& into) {
  const json* const list = find_list(member);
  if (list == nullptr) return;
  for (const json& entry : *list) {
    if (into.size() >= reading_.most_entries) break;
    if (entry.is_string()) {
      into.push_back(cleaned(member, entry.get_ref<const std::string&>()));
    } else {
      complain(member, "a list of texts");
    }
  }
}

void MemberReader::operator()(const Member& member, std::map<std::string, std::int64_t>& into) {
  const json* const section = find(member, &json::is_object, "an object");
  if (section == nullptr) return;
  for (const auto& [name, value] : section->items()) {
    if (into.size() >= reading_.most_entries) break;
    if (const auto number = base::as_integer(value)) {
      into.emplace(cleaned(member, name), *number);
    } else {
      complain(member, "an object of whole numbers");
    }
  }
}

std::string MemberReader::cleaned(const Member& member, const std::string& text) const {
  switch (reading_.texts) {
    case Reading::Texts::printable:
      return member.is_words ? base::redacted(text, reading_.longest_text)
                             : base::printable(text, reading_.longest_text);
    case Reading::Texts::without_secrets:
      return base::redacted(text, reading_.longest_text);
    case Reading::Texts::as_they_are:
      break;
  }
  return text;
}

void MemberReader::complain(const Member& member, const std::string& wanted) {
  if (complaint_.empty())
    complaint_ = base::concat({reading_.whose, " \"", member.name, "\" must be ", wanted});
}

}  // namespace contract
