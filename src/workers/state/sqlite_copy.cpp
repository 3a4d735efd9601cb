// SPDX-License-Identifier: MIT
#include "workers/state/sqlite_copy.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/draft.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/stamp.hpp"
#include "fs/sync.hpp"
#include "workers/state/stamp.hpp"

namespace workers::state {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::chrono::seconds patience{20};

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

// SQLite opens databases only by path. This path cannot be redirected, because it names the folder by its
// open descriptor.
std::string path_of(const fs::Parent& parent) {
  return base::concat({"/proc/self/fd/", std::to_string(parent.fd), "/", parent.name});
}

// Escapes the characters that have a meaning in a URI.
std::string escaped(const std::string& path) {
  std::string uri;
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
    } else {
      uri += c;
    }
  }
  return uri;
}

tl::unexpected<base::Error> fail_sqlite(int code, std::string_view operation, std::string_view name) {
  const int primary = code & 0xff;
  const std::string said = base::concat({"cannot ", operation, " the database ", fs::shown(name), ": "});
  if (primary == SQLITE_FULL) return base::fail_errno(ENOSPC, said.substr(0, said.size() - 2));
  const ErrorKind kind = primary == SQLITE_BUSY || primary == SQLITE_LOCKED      ? ErrorKind::busy
                         : primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ? ErrorKind::integrity
                                                                                 : ErrorKind::system;
  auto failure = base::fail(kind, said + sqlite3_errstr(code));
  // As open(2) and read(2) would have said it. SQLITE_CANTOPEN stays without a number: it is also what a -wal
  // in a read-only folder gives.
  if (primary == SQLITE_IOERR) failure.value().number = EIO;
  if (primary == SQLITE_NOMEM) failure.value().number = ENOMEM;
  return failure;
}

Result<Connection> open(const std::string& path, int flags, const std::string& name) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nullptr);
  Connection connection(raw);
  if (code != SQLITE_OK) return fail_sqlite(code, "open", name);
  sqlite3_busy_timeout(raw, static_cast<int>(std::chrono::milliseconds(patience).count()));
  return connection;
}

// Returns the first column of the first row.
Result<std::string> ask_database(sqlite3* database, const char* sql, const std::string& name) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(database, sql, -1, &raw, nullptr);
  const Statement statement(raw);
  if (code == SQLITE_OK) code = sqlite3_step(raw);
  if (code != SQLITE_ROW) return fail_sqlite(code, "read", name);
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
  return std::string(text == nullptr ? "" : text);
}

// A database in WAL mode without a -wal: it was not used since its last connection was closed.
bool is_at_rest(const fs::Parent& parent) {
  for (const char* suffix : {"-wal", "-journal"}) {
    if (fs::may_exist_beneath(parent.fd, parent.name + suffix)) return false;
  }
  constexpr off_t versions = 18;  // of the file format, for writing and for reading: 2 is WAL
  std::array<char, 2> version{};
  const auto fd = fs::open_beneath(parent.fd, parent.name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  return fd && ::pread(fd->get(), version.data(), version.size(), versions) == ssize_t{version.size()} &&
         version[0] == 2 && version[1] == 2;
}

// Opens only the file itself. An ordinary connection would create a -wal and a -shm, which is not possible in
// a read-only folder (that of the validating unit), and which a reader would leave behind in other folders.
Result<Connection> open_at_rest(const fs::Parent& parent, const std::string& name) {
  auto connection =
      open("file:" + escaped(path_of(parent)) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, name);
  if (!connection) return connection;
  const auto first = ask_database(connection->get(), "PRAGMA schema_version", name);
  if (!first) return base::pass(first.error());
  return connection;
}

// A -journal of a dead writer must be rolled back, which requires a writable connection; without that, the
// file would contain half of a transaction.
Result<Connection> open_in_use(const fs::Parent& parent, const std::string& name) {
  const std::string path = path_of(parent);
  auto connection = open(path, SQLITE_OPEN_READONLY, name);
  if (!connection) return connection;
  const auto first = ask_database(connection->get(), "PRAGMA schema_version", name);
  if (first) return connection;
  auto writing = open(path, SQLITE_OPEN_READWRITE, name);
  if (writing) {
    // Otherwise, the last connection removes the -wal when it is closed, but a live state must not be
    // changed.
    int keep = 1;
    sqlite3_file_control(writing->get(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    if (ask_database(writing->get(), "PRAGMA schema_version", name)) return writing;
  }
  return base::pass(first.error());
}

// All pages in one step: the source is then a single read transaction, for which writers in WAL mode do not
// wait, and which they cannot force to restart.
Result<void> back_up(sqlite3* from, sqlite3* into, const std::string& name) {
  sqlite3_backup* backup = sqlite3_backup_init(into, "main", from, "main");
  if (backup == nullptr) return fail_sqlite(sqlite3_errcode(into), "copy", name);
  const auto give_up = std::chrono::steady_clock::now() + patience;
  int code = SQLITE_OK;
  while ((code = sqlite3_backup_step(backup, -1)) == SQLITE_BUSY || code == SQLITE_LOCKED) {
    if (std::chrono::steady_clock::now() > give_up) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return fail_sqlite(code, "copy", name);
  if (finished != SQLITE_OK) return fail_sqlite(finished, "copy", name);
  return {};
}

Result<void> fill(const Result<Connection>& from, const fs::Parent& target, const std::string& name) {
  if (!from) return base::pass(from.error());
  const auto into = open(path_of(target), SQLITE_OPEN_READWRITE, name);
  if (!into) return base::pass(into.error());
  // The file is synced once, as a whole; an incomplete copy is discarded.
  sqlite3_exec(into->get(), "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", nullptr, nullptr, nullptr);
  return back_up(from->get(), into->get(), name);
}

// A file at rest is read without a lock. If its stamp has changed afterwards, it is read again as one that is
// in use. If it was written within the last ticks of the clock, the stamp is no evidence.
Result<void> fill(const fs::Parent& source, const fs::Parent& target, const std::string& name) {
  const std::string before = settled_stamp(source.fd, source.name);
  if (!before.empty() && is_at_rest(source)) {
    const auto done = fill(open_at_rest(source, name), target, name);
    if (is_at_rest(source) && fs::stamp(source.fd, source.name) == before) return done;
  }
  return fill(open_in_use(source, name), target, name);
}

// The journal and others of SQLite, beside a draft that a killed run has left, or that this one gives up.
void remove_sidecars(const fs::Parent& place) {
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    ::unlinkat(place.fd, (place.name + suffix).c_str(), 0);
  }
}

Result<DatabaseCopy> look_through(const fs::Parent& place, Check check, const std::string& name) {
  const auto copy =
      open("file:" + escaped(path_of(place)) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, name);
  if (!copy) return base::pass(copy.error());
  if (check == Check::quick) {
    const auto verdict = ask_database(copy->get(), "PRAGMA quick_check(1)", name);
    if (!verdict) return base::pass(verdict.error());
    if (*verdict != "ok") {
      return base::fail(ErrorKind::integrity,
                        base::concat({"the database ", fs::shown(name), " is damaged: SQLite's quick_check ",
                                      "does not report ok; stop the gateway and examine the file"}));
    }
  }
  const auto version = ask_database(copy->get(), "PRAGMA user_version", name);
  if (!version) return base::pass(version.error());
  return DatabaseCopy{std::strtoll(version->c_str(), nullptr, 10), "", 0};
}

Result<void> seal(const fs::Parent& place, const std::string& name, DatabaseCopy& copy) {
  const auto fd = fs::open_beneath(place.fd, place.name, O_RDONLY | O_CLOEXEC);
  if (!fd) return base::pass(fd.error());
  struct stat status = {};
  if (::fstat(fd->get(), &status) != 0) return fs::fail_at(errno, "examine", place.name);
  if (auto synced = fs::sync_file(fd->get(), place.name); !synced) return synced;
  auto digest = base::sha256_hex_of_file(fd->get());
  if (!digest) return base::pass(digest.error(), "the copy of " + fs::shown(name));
  copy.sha256 = std::move(*digest);
  copy.size = static_cast<std::uint64_t>(status.st_size);
  return {};
}

// A copy of the database `source`, whole and on the disk.
Result<DatabaseCopy> filled(const fs::Parent& source, const fs::Parent& place, Check check,
                            const std::string& name) {
  if (auto done = fill(source, place, name); !done) return base::pass(done.error());
  auto copy = look_through(place, check, name);
  if (!copy) return copy;
  if (auto done = seal(place, name, *copy); !done) return base::pass(done.error());
  return copy;
}

Result<fs::Parent> regular(int dir_fd, const std::string& path) {
  const auto status = fs::stat_beneath(dir_fd, path);
  if (!status) return base::pass(status.error());
  if (!S_ISREG(status->st_mode)) return fs::fail_at(ErrorKind::refused, ELOOP, "read the database", path);
  return fs::open_parent_beneath(dir_fd, path);
}

}  // namespace

Result<DatabaseCopy> copy_database(int source_fd, const std::string& source, int target_fd,
                                   const std::string& target, Check check) {
  const auto parent = regular(source_fd, source);
  if (!parent) return base::pass(parent.error());
  auto draft = fs::Draft::make(target_fd, target, source, 0600);
  if (!draft) return base::pass(draft.error());
  const fs::Parent place{{}, target_fd, draft->name()};
  remove_sidecars(place);
  auto copy = filled(*parent, place, check, source);
  if (!copy) {
    remove_sidecars(place);
    return copy;
  }
  if (auto done = draft->publish(); !done) return base::pass(done.error());
  if (auto synced = fs::sync_directory(target_fd); !synced) return base::pass(synced.error());
  return copy;
}

Result<void> disown_database(int dir_fd, const std::string& path) {
  const auto parent = regular(dir_fd, path);
  if (!parent) return base::pass(parent.error());
  const auto database = open(path_of(*parent), SQLITE_OPEN_READWRITE, path);
  if (!database) return base::pass(database.error());
  const auto deletions =
      ask_database(database->get(),
                   R"(SELECT coalesce(group_concat(format('DELETE FROM "%w"', name), ';'), ''))"
                   R"( FROM sqlite_master WHERE type='table' AND name GLOB '*_leases')",
                   path);
  if (!deletions) return base::pass(deletions.error());
  const int code = sqlite3_exec(database->get(), deletions->c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail_sqlite(code, "change the copy of", path);
  return {};
}

Result<void> lead_into_copy(int dir_fd, const std::string& path, const std::string& from,
                            const std::string& to) {
  const auto parent = regular(dir_fd, path);
  if (!parent) return base::pass(parent.error());
  const auto database = open(path_of(*parent), SQLITE_OPEN_READWRITE, path);
  if (!database) return base::pass(database.error());
  const auto has_it = ask_database(
      database->get(),
      "SELECT count(*) FROM pragma_table_info('config_machine_state') WHERE name='value_json'", path);
  if (!has_it) return base::pass(has_it.error());
  if (*has_it == "0") return {};
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(database->get(),
                                "UPDATE config_machine_state SET value_json = replace(value_json, ?1, ?2) "
                                "WHERE instr(value_json, ?1) > 0",
                                -1, &raw, nullptr);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, sqlite3_finalize);
  const std::string old_text = base::concat({"\"", from, "/"}), new_text = base::concat({"\"", to, "/"});
  for (const auto& [index, text] : {std::pair(1, &old_text), std::pair(2, &new_text)}) {
    if (code == SQLITE_OK) {
      code = sqlite3_bind_text(raw, index, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
    }
  }
  if (code == SQLITE_OK) code = sqlite3_step(raw);
  if (code != SQLITE_DONE) return fail_sqlite(code, "change the copy of", path);
  return {};
}

Result<std::int64_t> user_version_of(int dir_fd, const std::string& path) {
  const auto parent = regular(dir_fd, path);
  if (!parent) return base::pass(parent.error());
  const auto database = is_at_rest(*parent) ? open_at_rest(*parent, path) : open_in_use(*parent, path);
  if (!database) return base::pass(database.error());
  const auto version = ask_database(database->get(), "PRAGMA user_version", path);
  if (!version) return base::pass(version.error());
  return std::strtoll(version->c_str(), nullptr, 10);
}

}  // namespace workers::state
