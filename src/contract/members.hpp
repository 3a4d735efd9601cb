// SPDX-License-Identifier: MIT
// Members of a request or a result, by one list for both directions: a struct has
//
//   template <class Self, class Visitor>
//   static void visit(Self& self, Visitor& visitor) { visitor(required("port"), self.port); ... }
//
// so that who writes and who reads cannot disagree.
#pragma once

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace contract {

struct Member {
  const char* name = "";
  bool is_required = false;  // else what is absent, or null, stays as the struct has it
  bool is_path = false;      // absolute, without "..", doubled or trailing slashes
  bool is_left_out = false;  // of what is written, where it is empty, 0 or false
  // What a program or a person has said, and no name, version or digest: secrets are taken out of it.
  bool is_words = false;
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] constexpr Member left_out_when_empty() const {
    Member member = *this;
    member.is_left_out = true;
    return member;
  }
};
[[nodiscard]] constexpr Member optional(const char* name) {
  return {.name = name};
}
[[nodiscard]] constexpr Member words(const char* name) {
  return {.name = name, .is_words = true};
}
// A text that is required is not empty.
[[nodiscard]] constexpr Member required(const char* name) {
  return {.name = name, .is_required = true};
}
[[nodiscard]] constexpr Member required_path(const char* name) {
  return {.name = name, .is_required = true, .is_path = true};
}
[[nodiscard]] constexpr Member optional_path(const char* name) {
  return {.name = name, .is_path = true};
}
[[nodiscard]] constexpr Member required_within(const char* name, std::int64_t least, std::int64_t most) {
  return {.name = name, .is_required = true, .least = least, .most = most};
}

// How a member is taken that is not what it must be, and how much of one that is.
struct Reading {
  bool is_strict = false;  // else it is as if it were absent
  std::string_view whose;  // "the request's": begins a complaint
  base::ErrorKind kind = base::ErrorKind::bad_input;
  enum class Texts { as_they_are, printable, without_secrets } texts = Texts::as_they_are;
  std::size_t longest_text = std::numeric_limits<std::size_t>::max();  // bytes
  std::size_t most_entries = std::numeric_limits<std::size_t>::max();  // of a list
};

// root wrote it, so it has to be right.
inline constexpr Reading of_request{.is_strict = true, .whose = "the request's"};
// A worker without privileges wrote it, so its content controls as little as possible.
inline constexpr std::size_t most_entries = 10'000;
inline constexpr Reading of_answer{
    .whose = "", .texts = Reading::Texts::printable, .longest_text = 512, .most_entries = most_entries};

class MemberReader;
class MemberWriter;

template <class T>
concept Visitable = requires(T& value, MemberReader& reader) {
  T::visit(value, reader);
};

class MemberReader {
 public:
  MemberReader(const nlohmann::json& object, const Reading& reading, std::string& complaint)
      : object_(object), reading_(reading), complaint_(complaint) {}

  void operator()(const Member& member, bool& into);
  void operator()(const Member& member, std::int64_t& into);
  void operator()(const Member& member, std::string& into);
  void operator()(const Member& member, std::vector<std::string>& into);
  void operator()(const Member& member, std::map<std::string, std::int64_t>& into);
  template <class T>
  requires Visitable<std::remove_cvref_t<T>>
  void operator()(const Member& member, T&& into) {
    const nlohmann::json* const section = find(member, &nlohmann::json::is_object, "an object");
    if (section == nullptr) return;
    MemberReader reader(*section, reading_, complaint_);
    std::remove_cvref_t<T>::visit(into, reader);
  }
  // What is absent, or not what it must be, stays nothing; and nothing is not written.
  void operator()(const Member& member, std::optional<bool>& into);
  template <Visitable T>
  void operator()(const Member& member, std::optional<T>& into) {
    const nlohmann::json* const section = find(member, &nlohmann::json::is_object, "an object");
    if (section == nullptr) return;
    MemberReader reader(*section, reading_, complaint_);
    T::visit(into.emplace(), reader);
  }
  template <Visitable T>
  void operator()(const Member& member, std::vector<T>& into) {
    const nlohmann::json* const list = find_list(member);
    if (list == nullptr) return;
    for (const nlohmann::json& entry : *list) {
      if (into.size() >= reading_.most_entries) break;
      if (!entry.is_object()) {
        complain(member, "a list of objects");
        continue;
      }
      MemberReader reader(entry, reading_, complaint_);
      T::visit(into.emplace_back(), reader);
    }
  }

 private:
  // Null when there is none, or when it has another type, which has then been reported.
  const nlohmann::json* find(const Member& member, bool (nlohmann::json::*is_right)() const noexcept,
                             const char* wanted);
  const nlohmann::json* find_list(const Member& member);
  [[nodiscard]] std::string cleaned(const Member& member, const std::string& text) const;
  void complain(const Member& member, const std::string& wanted);

  const nlohmann::json& object_;
  const Reading& reading_;
  std::string& complaint_;  // the first one
};

class MemberWriter {
 public:
  explicit MemberWriter(nlohmann::json& object) : object_(object) {}

  template <class T>
  void operator()(const Member& member, const T& value) {
    if constexpr (Visitable<T>) {
      write(member, value);
    } else {
      if (!member.is_left_out || value != T{}) object_[member.name] = value;
    }
  }
  template <class T>
  void operator()(const Member& member, const std::optional<T>& value) {
    if (value) (*this)(member, *value);
  }
  template <Visitable T>
  void operator()(const Member& member, const std::vector<T>& rows) {
    nlohmann::json list = nlohmann::json::array();
    for (const T& row : rows) list.push_back(object_of(row));
    object_[member.name] = std::move(list);
  }

 private:
  template <class T>
  static nlohmann::json object_of(const T& value) {
    nlohmann::json object = nlohmann::json::object();
    MemberWriter writer(object);
    T::visit(value, writer);
    return object;
  }
  template <class T>
  void write(const Member& member, const T& value) {
    object_[member.name] = object_of(value);
  }

  nlohmann::json& object_;
};

template <class T>
[[nodiscard]] nlohmann::json to_json(const T& value) {
  nlohmann::json object = nlohmann::json::object();
  MemberWriter writer(object);
  T::visit(value, writer);
  return object;
}

// The complaint names the first member that is not what it must be.
template <class T>
[[nodiscard]] base::Result<T> read_strictly(const nlohmann::json& object, const Reading& reading) {
  T value;
  std::string complaint;
  MemberReader reader(object, reading, complaint);
  T::visit(value, reader);
  if (!complaint.empty()) return base::fail(reading.kind, complaint);
  return value;
}

template <class T>
[[nodiscard]] T read_leniently(const nlohmann::json& object) {
  T value;
  std::string complaint;
  MemberReader reader(object, of_answer, complaint);
  T::visit(value, reader);
  return value;
}

}  // namespace contract
