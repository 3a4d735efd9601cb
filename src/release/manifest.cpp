// SPDX-License-Identifier: MIT
#include "release/manifest.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/json.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/syscalls.hpp"

namespace release {
namespace {

using base::ErrorKind;
using base::Result;
using fs::InventoryEntry;
using nlohmann::json;

constexpr int schema = 1;
// 400,000 entries with paths of the longest sort; a real manifest has 8 MB.
constexpr std::size_t manifest_limit = std::size_t{256} * 1024 * 1024;
constexpr std::size_t head_limit = std::size_t{64} * 1024;

constexpr const char* sealed_mode = "0444";
constexpr const char* sealed_program_mode = "0555";

struct TextField {
  const char* key;
  std::string Description::*member;
};
constexpr TextField description_fields[] = {
    {"version", &Description::version}, {"integrity", &Description::integrity},
    {"client", &Description::client},   {"node", &Description::node},
    {"made_at", &Description::made_at}, {"made_by", &Description::made_by},
    {"origin", &Description::origin}};

std::string line_of(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

json entry_object(const InventoryEntry& entry) {
  if (entry.type == InventoryEntry::Type::symlink) return {{"path", entry.path}, {"link", entry.content}};
  return {{"path", entry.path},
          {"sha256", entry.content},
          {"size", entry.size},
          {"mode", entry.executable ? sealed_program_mode : sealed_mode}};
}

std::uint64_t number_in(const json& object, const char* key) {
  return base::as_unsigned(base::member(object, key)).value_or(0);
}

bool read_entry(std::string_view line, InventoryEntry& entry) {
  const json object = base::json_or_null(line);
  entry.path = base::text_at(object, "path");
  if (!fs::is_safe_relative(entry.path)) return false;
  if (object.contains("link")) {
    entry.type = InventoryEntry::Type::symlink;
    entry.content = base::text_at(object, "link");
    entry.size = entry.content.size();
    return !entry.content.empty();
  }
  entry.content = base::text_at(object, "sha256");
  entry.size = number_in(object, "size");
  const std::string mode = base::text_at(object, "mode");
  entry.executable = mode == sealed_program_mode;
  return entry.content.size() == 64 && (entry.executable || mode == sealed_mode);
}

struct Head {
  Description description;
  std::string digest;
  std::uint64_t entries = 0;
};

tl::unexpected<base::Error> not_a_manifest(const std::string& name, const std::string& why) {
  return base::fail(ErrorKind::integrity,
                    name + " " + why + "; see A release is damaged in openclaw-update(8)");
}

Result<Head> read_head(std::string_view line, const std::string& name) {
  const json object = base::json_or_null(line);
  if (number_in(object, "schema") != schema) {
    return not_a_manifest(name, "is not a release manifest of schema 1");
  }
  Head head;
  for (const TextField& field : description_fields)
    head.description.*field.member = base::text_at(object, field.key);
  head.digest = base::text_at(object, "digest");
  head.entries = number_in(object, "entries");
  head.description.bytes = number_in(object, "bytes");
  return head;
}

// Cuts the first line off the front of `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::string manifest_file(const std::string& release) {
  return release + ".manifest";
}

std::string to_text(const Manifest& manifest) {
  std::uint64_t bytes = 0;
  for (const InventoryEntry& entry : manifest.entries) bytes += entry.size;
  json head = {{"schema", schema},
               {"digest", fs::inventory_digest(manifest.entries)},
               {"entries", manifest.entries.size()},
               {"bytes", bytes}};
  for (const TextField& field : description_fields) head[field.key] = manifest.description.*field.member;
  std::string text = line_of(head);
  for (const InventoryEntry& entry : manifest.entries) text += line_of(entry_object(entry));
  return text;
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& name) {
  auto head = read_head(take_line(text), name);
  if (!head) return base::pass(std::move(head.error()));
  Manifest manifest;
  manifest.description = std::move(head->description);
  while (!text.empty()) {
    InventoryEntry entry;
    if (!read_entry(take_line(text), entry)) {
      return not_a_manifest(name, "is damaged in line " + std::to_string(manifest.entries.size() + 2));
    }
    manifest.entries.push_back(std::move(entry));
  }
  if (manifest.entries.size() != head->entries) {
    return not_a_manifest(name, "has " + std::to_string(manifest.entries.size()) + " entries instead of " +
                                    std::to_string(head->entries));
  }
  if (fs::inventory_digest(manifest.entries) != head->digest) {
    return not_a_manifest(name, "was edited: its lines do not give the digest of its head");
  }
  return manifest;
}

Result<Manifest> read_manifest(int releases_fd, const std::string& release) {
  const std::string name = manifest_file(release);
  const auto text = fs::read_file(releases_fd, name, manifest_limit);
  if (text) return parse_manifest(*text, name);
  if (text.error().kind != ErrorKind::not_found) return base::pass(text.error());
  return not_a_manifest(name, "is missing");
}

Result<Description> read_description(int releases_fd, const std::string& release) {
  const std::string name = manifest_file(release);
  const auto file = fs::open_beneath(releases_fd, name, O_RDONLY | O_NONBLOCK);
  if (!file && file.error().kind == ErrorKind::not_found) return not_a_manifest(name, "is missing");
  if (!file) return base::pass(file.error());
  std::string text(head_limit, '\0');
  const ssize_t got = fs::syscalls::retry([&] { return ::read(file->get(), text.data(), text.size()); });
  if (got < 0) return fs::fail_at(errno, "read", name);
  std::string_view rest = std::string_view(text).substr(0, static_cast<std::size_t>(got));
  auto head = read_head(take_line(rest), name);
  if (!head) return base::pass(std::move(head.error()));
  return std::move(head->description);
}

Result<void> write_manifest(int releases_fd, const std::string& release, const Manifest& manifest) {
  return fs::write_file_durably(releases_fd, manifest_file(release), to_text(manifest), 0444);
}

}  // namespace release
