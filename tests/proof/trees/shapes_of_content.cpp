// SPDX-License-Identifier: MIT
// Files that an operation reads by their name: a package's manifest, a record, a database.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "trees/shapes.hpp"

namespace trees {
namespace {

constexpr off_t tebibyte = off_t{1} << 40;

// The names of files that some operation reads in a tree.
constexpr std::array<const char*, 9> read_names{
    "package.json", "openclaw.plugin.json", "inventory.json", "guard.json",  "owner.json",
    "restore.json", "closure.json",         "inventory",      "openclaw.mjs"};

Shape each_read(std::string name, std::function<void(const Plot&, const std::string& path)> make_one,
                unsigned traits = ordinary) {
  return {std::move(name),
          [=](const Plot& plot) {
            make_ordinary_tree(plot);
            for (const char* file : read_names) make_one(plot, plot.in_tree(file));
          },
          traits,
          {"package.json", "inventory.json", "guard.json", "closure.json", "inventory", "openclaw"}};
}

void make_database(const std::string& path, uid_t owner) {
  sqlite3* database = nullptr;
  require(sqlite3_open(path.c_str(), &database) == SQLITE_OK, path);
  sqlite3_exec(database, "PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)", nullptr,
               nullptr, nullptr);
  sqlite3_close(database);
  give(path, owner, 0644);
}

Shape database(std::string name, std::function<void(const Plot&)> spoil) {
  return {std::move(name), beside_ordinary([spoil = std::move(spoil)](const Plot& plot) {
            make_database(plot.hostile(), plot.owner);
            spoil(plot);
          })};
}

Shape sidecar_link(const std::string& suffix, const std::string& sentinel) {
  return database("a database whose " + suffix + " is a link to the sentinel " + sentinel,
                  [=](const Plot& plot) {
                    make_link(plot.outside + "/" + sentinel, plot.hostile() + suffix, plot.owner);
                  });
}

}  // namespace

std::vector<Shape> shapes_of_content() {
  return {
      each_read("manifests and records that are links to a secret",
                [](const Plot& plot, const std::string& path) {
                  make_link(plot.outside + "/secret", path, plot.owner);
                }),
      each_read("manifests and records that are links to another file of their owner",
                [](const Plot& plot, const std::string& path) {
                  make_link(plot.outside + "/theirs", path, plot.owner);
                }),
      each_read(
          "manifests and records that are second names of a secret",
          [](const Plot& plot, const std::string& path) {
            require(::link((plot.outside + "/linked").c_str(), path.c_str()) == 0, path);
          },
          aliases),
      each_read("manifests and records that are FIFOs",
                [](const Plot& plot, const std::string& path) { make_node(path, S_IFIFO, 0, plot.owner); }),
      each_read("manifests and records of 1 TiB",
                [](const Plot& plot, const std::string& path) { make_sparse(path, tebibyte, plot.owner); }),
      each_read("manifests and records that are folders",
                [](const Plot& plot, const std::string& path) { make_folder(path, plot.owner); }),
      each_read("manifests and records of 200,000 brackets",
                [](const Plot& plot, const std::string& path) {
                  make_file(path, std::string(200'000, '['), plot.owner);
                }),
      each_read("manifests that name paths that lead out",
                [](const Plot& plot, const std::string& path) {
                  make_file(
                      path,
                      "{\"name\":\"../../outside\",\"version\":\"1.0.0\",\"dependencies\":{\"../../folder\":"
                      "\"1\",\"@a/../../b\":\"1\",\"/etc\":\"1\"}}\n",
                      plot.owner);
                }),
      sidecar_link("-wal", "open"),
      sidecar_link("-journal", "open"),
      sidecar_link("-journal", "theirs"),
      sidecar_link("-shm", "theirs"),
      database("a database whose -wal is a FIFO",
               [](const Plot& plot) { make_node(plot.hostile() + "-wal", S_IFIFO, 0, plot.owner); }),
      database("a database whose -journal is a folder",
               [](const Plot& plot) { make_folder(plot.hostile() + "-journal", plot.owner); }),
      database(
          "a database that was cut off",
          [](const Plot& plot) { require(::truncate(plot.hostile().c_str(), 4096) == 0, "cut it off"); }),
      database(
          "a sparse database of 1 TiB",
          [](const Plot& plot) { require(::truncate(plot.hostile().c_str(), tebibyte) == 0, "extend it"); }),
  };
}

}  // namespace trees
