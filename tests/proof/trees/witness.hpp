// SPDX-License-Identifier: MIT
// The sentinels: a tree beside the hostile one that no operation has any business in, and what is known of
// it.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace trees {

class Witness {
 public:
  // Lays the sentinels out in the new folder `path`. Files and folders of root's, some of them writable for
  // everybody, and some of the lesser user's own: whoever follows a link can do harm here.
  explicit Witness(std::string path);
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness();

  [[nodiscard]] const std::string& path() const { return path_; }

  struct Allowance {
    bool aliases = false;        // the tree has hard links to the linked sentinels, which may come and go
    bool reads_aliases = false;  // and their content may be read
    bool mounted = false;        // the tree has the folder "mounted" in it, which may be read
    bool reads = false;          // whatever the operation's user may read may be read
  };
  // What has happened to the sentinels since the last call, a sentence each; nothing: all are as they were.
  [[nodiscard]] std::vector<std::string> changes(const Allowance& allowance);

 private:
  struct Record {
    std::string fixed;    // type, owner, mode, size, time of modification, content
    std::string counted;  // links and time of change
  };
  void lay_out() const;
  void watch(const std::string& path);
  [[nodiscard]] std::map<std::string, Record> look() const;
  [[nodiscard]] std::map<std::string, std::string> events();

  std::string path_;
  std::map<std::string, Record> known_;
  std::map<int, std::string> watched_;
  int inotify_ = -1;
};

}  // namespace trees
