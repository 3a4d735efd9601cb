// SPDX-License-Identifier: MIT
#include "update/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <functional>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "fs/sync.hpp"
#include "fs/tree.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

constexpr const char* transactions_folder = "transactions";
constexpr const char* open_name = "open";
constexpr const char* journal_name = "journal";
constexpr const char* counter_name = "counter";
constexpr std::string_view unreadable_suffix = ".unreadable";
// Earlier versions had limits only for each member; their longest lines have about 500 KB.
constexpr std::size_t longest_line = std::size_t{8} * 1024 * 1024;
static_assert(longest_record < longest_line, "what is written can be read");

std::string path_of(const std::string& id) {
  return base::concat({transactions_folder, "/", id});
}

bool is_missing(const base::Error& error) {
  return error.number == ENOENT || error.kind == ErrorKind::not_found;
}

// A complete line; nothing for a line that is longer than any that was ever written.
using TakeLine = std::function<void(const std::optional<std::string>& line)>;

// Reads in pieces, so that the size of the file does not matter.
Result<void> for_each_line(int fd, const TakeLine& take) {
  std::array<char, 65536> piece{};
  std::string line;
  bool too_long = false;
  for (;;) {
    const ssize_t size = ::read(fd, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail_errno(errno, "cannot read the update's journal");
    if (size == 0) return {};  // after the last line end there is nothing, or a torn line
    std::string_view rest(piece.data(), static_cast<std::size_t>(size));
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view part = rest.substr(0, end);
      too_long = too_long || line.size() + part.size() > longest_line;
      if (!too_long) line += part;
      if (end == std::string_view::npos) break;
      take(too_long ? std::nullopt : std::optional(line));
      line.clear();
      too_long = false;
      rest.remove_prefix(end + 1);
    }
  }
}

class Reading {
 public:
  Reading(int folder_fd, Members members) : folder_fd_(folder_fd), members_(members) {}

  void take(const std::optional<std::string>& text) {
    ++history.lines;
    if (!text) return skip("it is longer than any line that is written", std::nullopt);
    auto line = parse_line(*text);
    if (!line) return skip(line.error().message, std::nullopt);
    Context& context = line->record.context;
    if (members_ == Members::all && read) read = read_large_members(folder_fd_, line->files, context);
    const auto state = state_named(line->state);
    if (!state)
      return skip("it names an unknown state, " + base::printable(line->state, 64), std::move(context));
    line->record.state = *state;
    history.records.push_back(std::move(line->record));
    history.last_record = history.lines;
  }

  History history;
  base::Result<void> read;

 private:
  void skip(const std::string& why, std::optional<Context> context) {
    history.skipped.push_back({history.lines, base::printable(why, 300), std::move(context)});
  }

  int folder_fd_;
  Members members_;
};

Result<void> write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail_errno(errno, "cannot write the update's journal");
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

// The end of the last complete line.
Result<off_t> end_of_lines(int fd, off_t size) {
  std::array<char, 65536> piece{};
  while (size > 0) {
    const off_t from = std::max<off_t>(size - static_cast<off_t>(piece.size()), 0);
    const ssize_t got = ::pread(fd, piece.data(), static_cast<std::size_t>(size - from), from);
    if (got != size - from)
      return base::fail_errno(got < 0 ? errno : EIO, "cannot read the update's journal");
    const std::size_t end = std::string_view(piece.data(), static_cast<std::size_t>(got)).rfind('\n');
    if (end != std::string_view::npos) return from + static_cast<off_t>(end) + 1;
    size = from;
  }
  return 0;
}

// Otherwise, a line torn by a power failure would become the beginning of the next record.
Result<void> end_torn_line(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return base::fail_errno(errno, "cannot read the update's journal");
  const auto end = end_of_lines(fd, status.st_size);
  if (!end) return base::pass(end.error());
  if (*end != status.st_size && ::ftruncate(fd, *end) != 0) {
    return base::fail_errno(errno, "cannot cut the update's journal");
  }
  return {};
}

// Before the first line: whoever finds a line later, after a kill too, need not ask whether the name of the
// journal is on the disk.
Result<void> sync_name_if_empty(int fd, int folder_fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return base::fail_errno(errno, "cannot read the update's journal");
  return status.st_size == 0 ? fs::sync_directory(folder_fd) : Result<void>{};
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

bool History::ends_unknown() const {
  return lines > last_record && !outcome();
}

const Context* History::context() const {
  for (auto line = skipped.rbegin(); ends_unknown() && line != skipped.rend(); ++line) {
    if (line->number < last_record) break;
    if (line->context) return &*line->context;
  }
  return records.empty() ? nullptr : &records.back().context;
}

bool History::reached(State state) const {
  return std::any_of(records.begin(), records.end(),
                     [&](const Record& record) { return record.state == state; });
}

std::optional<State> History::outcome() const {
  if (records.empty() || !row_of(records.back().state).outcome) return std::nullopt;
  return records.back().state;
}

bool History::is_proven() const {
  const auto end = outcome();
  return end ? *end == State::updated : reached(State::commit);
}

Result<std::string> Journal::new_id(std::int64_t now_ms, const std::string& gateway) const {
  std::uint64_t last = 0;
  // If the counter is lost or damaged, the folders show the last number.
  if (const auto text = fs::read_file(state_fd_, counter_name, 64)) last = number_in(*text);
  const auto names = folders();
  if (!names) return base::pass(names.error());
  for (const std::string& name : *names) {
    last = std::max(last, transaction_number(std::string_view(name).substr(0, name.find('.'))).value_or(0));
  }
  const auto counted = fs::write_file_durably(state_fd_, counter_name, std::to_string(last + 1) + "\n", 0644);
  if (!counted) return base::pass(counted.error(), "cannot number the update");
  return transaction_id(last + 1, now_ms, gateway);
}

Result<void> Journal::begin(const std::string& id) const {
  // Durable before the file that names it: recovery looks for the folder of what is open.
  const auto made = fs::make_directories_durably(state_fd_, path_of(id), 0700);
  if (!made) return base::pass(made.error(), "cannot begin an update");
  return fs::write_file_durably(state_fd_, open_name, id + "\n", 0644);
}

Result<void> Journal::append(const Record& record) const {
  const auto directory = folder(record.context.id);
  if (!directory) return base::pass(directory.error());
  Record bounded = record;
  bounded.context = within_bounds(record.context);
  // Before the line that refers to them.
  const auto files = keep_large_members(directory->get(), bounded.context);
  if (!files) return base::pass(files.error());
  const auto file = fs::open_beneath(directory->get(), journal_name, O_RDWR | O_CREAT | O_APPEND, 0600);
  if (!file) return base::pass(file.error(), "cannot write the update's journal");
  if (auto ended = end_torn_line(file->get()); !ended) return ended;
  if (auto named = sync_name_if_empty(file->get(), directory->get()); !named) return named;
  if (auto written = write_whole(file->get(), line_of(bounded, *files)); !written) return written;
  if (!row_of(record.state).durable) return {};
  return fs::sync_file(file->get(), path_of(record.context.id) + "/" + journal_name);
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
  if (!text && is_missing(text.error())) return std::optional<std::string>{};
  if (!text) return base::pass(text.error());
  std::string id(base::trim(*text));
  if (is_transaction_id(id)) return std::optional(std::move(id));
  const auto all = transactions();
  if (!all) return base::pass(all.error());
  if (!all->empty()) id = all->back();
  return std::optional(std::move(id));
}

Result<History> Journal::read(const std::string& id, Members members) const {
  const auto directory = folder(id);
  if (!directory) return base::pass(directory.error());
  const auto file = fs::open_beneath(directory->get(), journal_name, O_RDONLY | O_NONBLOCK);
  if (!file && is_missing(file.error())) return History{};
  if (!file) return base::pass(file.error(), "update " + id);
  Reading reading(directory->get(), members);
  const auto done = for_each_line(file->get(), [&](const auto& line) { reading.take(line); });
  if (!done) return base::pass(done.error(), "update " + id);
  if (!reading.read) return base::pass(reading.read.error(), "update " + id);
  return std::move(reading.history);
}

Result<std::vector<std::string>> Journal::folders() const {
  std::vector<std::string> names;
  const auto entries = fs::list_directory(state_fd_, transactions_folder);
  if (!entries && is_missing(entries.error())) return names;
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) names.push_back(entry.name);
  return names;
}

Result<std::vector<std::string>> Journal::transactions() const {
  auto names = folders();
  if (names) std::erase_if(*names, [](const std::string& name) { return !is_transaction_id(name); });
  return names;
}

Result<std::vector<std::string>> Journal::unreadable_transactions() const {
  const auto names = folders();
  if (!names) return base::pass(names.error());
  std::vector<std::string> ids;
  for (const std::string& name : *names) {
    const std::size_t dot = name.find(unreadable_suffix);
    if (dot != std::string::npos && is_transaction_id(name.substr(0, dot)))
      ids.push_back(name.substr(0, dot));
  }
  return ids;
}

Result<void> Journal::set_aside(const std::string& id) const {
  const std::string to = base::concat({path_of(id), unreadable_suffix});
  if (is_transaction_id(id) && ::renameat(state_fd_, path_of(id).c_str(), state_fd_, to.c_str()) != 0 &&
      errno != ENOENT) {
    return base::fail_errno(errno, "cannot set " + path_of(id) + " aside");
  }
  if (const auto all = fs::open_directory_beneath(state_fd_, transactions_folder)) {
    if (auto synced = fs::sync_directory(all->get()); !synced) return synced;
  }
  return close();
}

Result<void> Journal::remove(const std::string& id) const {
  const auto directory = fs::open_directory_beneath(state_fd_, transactions_folder);
  if (!directory) return base::pass(directory.error());
  return fs::remove_tree(directory->get(), id);
}

}  // namespace update
