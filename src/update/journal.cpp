#include "update/journal.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/tree.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* folder_name = "transactions";
constexpr const char* open_name = "open";
constexpr const char* journal_name = "journal";
constexpr std::size_t journal_limit = std::size_t{4} * 1024 * 1024;

std::string path_of(const std::string& id) {
  return std::string(folder_name) + "/" + id;
}

std::string line_of(const Record& record) {
  json object = {{"state", row_of(record.state).name}, {"at_ms", record.at_ms}};
  object["context"] = json::parse(to_json(record.context), nullptr, false);
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<Record> record_of(const std::string& line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("state") || !object["state"].is_string() ||
      !object.contains("context") || !object.contains("at_ms") || !object["at_ms"].is_number_integer()) {
    return base::fail(ErrorKind::integrity, "a line is no record");
  }
  const auto state = state_named(object["state"].get<std::string>());
  if (!state) return base::fail(ErrorKind::integrity, "a record names an unknown state");
  auto context = context_from_json(object["context"].dump());
  if (!context) return base::pass(context.error());
  return Record{*state, object["at_ms"].get<std::int64_t>(), std::move(*context)};
}

Result<void> write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail_errno(errno, "cannot write the update's journal");
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

// A torn line of a power cut would otherwise become the beginning of ours.
Result<void> end_torn_line(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return base::fail_errno(errno, "cannot read the update's journal");
  if (status.st_size == 0) return {};
  char last = '\n';
  if (::pread(fd, &last, 1, status.st_size - 1) == 1 && last == '\n') return {};
  std::string text(static_cast<std::size_t>(std::min<off_t>(status.st_size, journal_limit)), '\0');
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  if (size < 0) return base::fail_errno(errno, "cannot read the update's journal");
  const std::size_t end = text.rfind('\n');
  const off_t whole = end == std::string::npos ? 0 : static_cast<off_t>(end + 1);
  if (::ftruncate(fd, whole) != 0) return base::fail_errno(errno, "cannot cut the update's journal");
  return {};
}

}  // namespace

Result<void> Journal::begin(const std::string& id) const {
  const auto made = fs::make_directories_beneath(state_fd_, path_of(id), 0700);
  if (!made) return base::pass(made.error(), "cannot begin an update");
  if (auto synced = fs::sync_directory(state_fd_); !synced) return synced;
  return fs::write_file_durably(state_fd_, open_name, id + "\n", 0644);
}

Result<void> Journal::append(const Record& record) const {
  const auto directory = folder(record.context.id);
  if (!directory) return base::pass(directory.error());
  const bool is_new = !fs::exists_beneath(directory->get(), journal_name);
  const auto file = fs::open_beneath(directory->get(), journal_name, O_RDWR | O_CREAT | O_APPEND, 0600);
  if (!file) return base::pass(file.error(), "cannot write the update's journal");
  if (auto ended = end_torn_line(file->get()); !ended) return ended;
  if (auto written = write_whole(file->get(), line_of(record)); !written) return written;
  if (!row_of(record.state).durable) return {};
  if (::fsync(file->get()) != 0) return base::fail_errno(errno, "cannot write the update's journal");
  return is_new ? fs::sync_directory(directory->get()) : Result<void>{};
}

Result<base::UniqueFd> Journal::folder(const std::string& id) const {
  if (!is_transaction_id(id)) {
    return base::fail(ErrorKind::bad_input, base::printable(id, 80) + " is not the name of an update");
  }
  return fs::open_directory_beneath(state_fd_, path_of(id));
}

Result<void> Journal::close() const {
  if (::unlinkat(state_fd_, open_name, 0) != 0 && errno != ENOENT) {
    return base::fail_errno(errno, "cannot close the update");
  }
  return fs::sync_directory(state_fd_);
}

Result<std::optional<std::string>> Journal::open_transaction() const {
  const auto text = fs::read_file(state_fd_, open_name, 256);
  if (!text && text.error().kind == ErrorKind::not_found) return std::optional<std::string>{};
  if (!text && text.error().number == ENOENT) return std::optional<std::string>{};
  if (!text) return base::pass(text.error());
  return std::optional<std::string>(std::string(base::trim(*text)));
}

Result<std::vector<Record>> Journal::read(const std::string& id) const {
  const auto directory = folder(id);
  if (!directory) return base::pass(directory.error());
  const auto text = fs::read_file(directory->get(), journal_name, journal_limit);
  if (!text && (text.error().number == ENOENT || text.error().kind == ErrorKind::not_found)) {
    return std::vector<Record>{};
  }
  if (!text) return base::pass(text.error());
  std::vector<Record> records;
  const auto lines = base::split(*text, '\n');
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {  // what follows the last line end is torn, or nothing
    auto record = record_of(lines[i]);
    if (!record) {
      return base::pass(record.error(), "the journal of update " + id + ", line " + std::to_string(i + 1));
    }
    records.push_back(std::move(*record));
  }
  return records;
}

Result<std::optional<Record>> Journal::last(const std::string& id) const {
  // More than one record with all that it may hold.
  constexpr off_t most = off_t{512} * 1024;
  const auto directory = folder(id);
  if (!directory) return base::pass(directory.error());
  const auto file = fs::open_beneath(directory->get(), journal_name, O_RDONLY);
  if (!file && file.error().kind == ErrorKind::not_found) return std::optional<Record>{};
  if (!file) return base::pass(file.error());
  struct stat status = {};
  if (::fstat(file->get(), &status) != 0) return base::fail_errno(errno, "cannot read the update's journal");
  const off_t from = std::max<off_t>(status.st_size - most, 0);
  std::string text(static_cast<std::size_t>(status.st_size - from), '\0');
  const ssize_t size = ::pread(file->get(), text.data(), text.size(), from);
  if (size < 0) return base::fail_errno(errno, "cannot read the update's journal");
  text.resize(static_cast<std::size_t>(size));
  const std::size_t end = text.rfind('\n');  // what follows it is torn, or nothing
  if (end == std::string::npos) return std::optional<Record>{};
  const std::size_t before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  auto record = record_of(text.substr(begin, end - begin));
  if (!record) return base::pass(record.error(), "the last record of update " + id);
  return std::optional<Record>(std::move(*record));
}

Result<std::vector<std::string>> Journal::transactions() const {
  const auto entries = fs::list_directory(state_fd_, folder_name);
  if (!entries && (entries.error().number == ENOENT || entries.error().kind == ErrorKind::not_found)) {
    return std::vector<std::string>{};
  }
  if (!entries) return base::pass(entries.error());
  std::vector<std::string> ids;
  for (const auto& entry : *entries) {
    if (is_transaction_id(entry.name)) ids.push_back(entry.name);
  }
  return ids;
}

Result<void> Journal::set_aside(const std::string& id) const {
  const std::string to = path_of(id) + ".unreadable";
  if (is_transaction_id(id) && ::renameat(state_fd_, path_of(id).c_str(), state_fd_, to.c_str()) != 0 &&
      errno != ENOENT) {
    return base::fail_errno(errno, "cannot set " + path_of(id) + " aside");
  }
  return close();
}

Result<void> Journal::remove(const std::string& id) const {
  const auto directory = fs::open_directory_beneath(state_fd_, folder_name);
  if (!directory) return base::pass(directory.error());
  return fs::remove_tree(directory->get(), id);
}

std::string new_transaction_id(std::int64_t now_ms) {
  const std::time_t seconds = now_ms / 1000;
  std::tm utc = {};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  std::uint16_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) random = static_cast<std::uint16_t>(now_ms);
  std::array<char, 8> suffix{};
  std::snprintf(suffix.data(), suffix.size(), "-%04x", static_cast<unsigned>(random));
  return std::string(text.data()) + suffix.data();
}

bool is_transaction_id(std::string_view text) {
  constexpr std::string_view shape =
      "dddddddd"
      "T"
      "dddddd"
      "Z-"
      "hhhh";
  if (text.size() != shape.size()) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool fits = shape[i] == 'd'   ? is_digit(c)
                      : shape[i] == 'h' ? is_digit(c) || (c >= 'a' && c <= 'f')
                                        : c == shape[i];
    if (!fits) return false;
  }
  return true;
}

}  // namespace update
