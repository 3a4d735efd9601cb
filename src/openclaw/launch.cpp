// SPDX-License-Identifier: MIT
#include "openclaw/launch.hpp"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "fs/file.hpp"
#include "openclaw/launch_script.hpp"
#include "openclaw/package.hpp"
#include "openclaw/shell_words.hpp"

namespace openclaw {
namespace {

using base::ErrorKind;
using base::Result;
using Words = std::vector<std::string>;
using Variables = std::map<std::string, std::string, std::less<>>;

constexpr int most_shims = 5;                                   // shims behind shims
constexpr std::size_t longest_script = std::size_t{64} * 1024;  // a start script; everything longer is none

// Where package clients and version managers put the programs of one account.
constexpr std::array<std::string_view, 17> folders_in_home{
    ".npm-global/bin",
    ".local/bin",
    ".nvm/versions/node/*/bin",
    ".local/share/fnm/node-versions/*/installation/bin",
    ".fnm/node-versions/*/installation/bin",
    ".local/share/pnpm",
    ".local/share/pnpm/bin",
    ".volta/bin",
    ".local/share/mise/shims",
    ".asdf/shims",
    ".openclaw/bin",
    ".npm-packages/bin",
    ".bun/bin",
    ".yarn/bin",
    ".linuxbrew/bin",
    "n/bin",
    "bin"};
constexpr std::array<std::string_view, 2> folders_of_machine{"/home/linuxbrew/.linuxbrew/bin",
                                                             "/opt/node/bin"};

// Programs that look at their name to know what to run, and where they keep it: seen from the folder of the
// link, with Node's version as "*".
struct Manager {
  std::string_view program;
  std::array<std::string_view, 3> packages;
  std::string_view nodes;
};
constexpr std::array managers{
    Manager{"volta-shim",
            {"../tools/image/packages/openclaw/lib/node_modules/openclaw"},
            "../tools/image/node/*/bin/node"},
    Manager{"mise",
            {"../installs/node/*/lib/node_modules/openclaw",
             "../installs/npm-openclaw/*/lib/node_modules/openclaw",
             "../installs/npm-openclaw/*/node_modules/openclaw"},
            "../installs/node/*/bin/node"},
    Manager{"asdf", {"../installs/nodejs/*/lib/node_modules/openclaw"}, "../installs/nodejs/*/bin/node"}};

std::optional<std::string> real_path(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  if (::realpath(path.c_str(), buffer.data()) == nullptr) return std::nullopt;
  return std::string(buffer.data());
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

bool is_program(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// The text of a script; nothing of a program, and of what is too long to be a shim.
std::optional<std::string> script_text(const std::string& path) {
  auto text = fs::read_trusted_file(path, longest_script);
  if (!text || !text->starts_with("#!")) return std::nullopt;
  return std::move(*text);
}

// Of a version manager, "node" may be a link to the manager, or a script.
bool is_real_node(const std::string& path) {
  const auto real = real_path(path);
  if (!real || !is_program(*real) || !is_node_name(*real)) return false;
  const auto text = fs::read_trusted_file(*real, longest_script);
  return !text || !text->starts_with("#!");
}

// A link that fnm makes for one shell, and what a session has in its folder of /run. What else is there may
// be made anew at each boot (/run/current-system of NixOS).
bool is_fleeting(std::string_view path) {
  return path.starts_with("/run/user/") || path.find("/fnm_multishells/") != std::string_view::npos;
}

// Links resolved, none twice.
Words matches_of(const std::string& pattern) {
  Words found;
  glob_t matches = {};
  if (::glob(pattern.c_str(), 0, nullptr, &matches) == 0) {
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) found.emplace_back(matches.gl_pathv[i]);
  }
  ::globfree(&matches);
  return found;
}

void add_once(Words& list, std::string value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

void append(Words& list, const Words& more) {
  list.insert(list.end(), more.begin(), more.end());
}

std::string expanded(std::string_view word, const Variables& variables) {
  std::string text;
  while (!word.empty()) {
    const std::size_t start = word.find("${");
    const std::size_t end = word.find('}', start == std::string_view::npos ? 0 : start);
    if (start == std::string_view::npos || end == std::string_view::npos) break;
    text.append(word.substr(0, start));
    const auto known = variables.find(word.substr(start + 2, end - start - 2));
    text.append(known == variables.end() ? word.substr(start, end + 1 - start)
                                         : std::string_view(known->second));
    word.remove_prefix(end + 1);
  }
  return text.append(word);
}

Words folders_on(const std::string& path) {
  Words folders;
  for (std::string& folder : base::split(path.empty() ? default_search_path : path, ':')) {
    if (folder.starts_with('/')) add_once(folders, std::move(folder));
  }
  return folders;
}

class Finder {
 public:
  explicit Finder(const LaunchSite& site) : site_(site), path_(folders_on(site.path)) {
    if (!site.home.empty()) known_["HOME"] = site.home;
    known_["PATH"] = base::join(path_, ":");
  }

  Result<Launch> find(const LaunchCommand& command) {
    Result<void> found = follow(command, 0);
    if (!found) return base::pass(found.error());
    return std::move(launch_);
  }

  Launch for_package(const std::string& root, const LaunchCommand& command) {
    launch_ = {};
    enter(command);
    launch_.package_root = root;
    launch_.node_options = command.node_options;
    // Of a program that nothing is known of, they may be anything.
    const std::string asked = read_gateway_arguments(command.arguments).command;
    if (command.untold.empty() && (asked == "gateway" || asked == "daemon"))
      launch_.arguments = command.arguments;
    find_node(command.runs == LaunchCommand::Runs::node ? command.program : "node", "");
    return std::move(launch_);
  }

 private:
  static tl::unexpected<base::Error> nothing(std::initializer_list<std::string_view> reason) {
    return base::fail(ErrorKind::not_found, base::concat(reason));
  }

  void enter(const LaunchCommand& command) {
    append(launch_.in_front, command.in_front);
    append(launch_.giving_environment, command.giving_environment);
    append(launch_.left_out, command.left_out);
    launch_.by_shell = launch_.by_shell || command.by_shell;
    launch_.by_login_shell = launch_.by_login_shell || command.by_login_shell;
    if (!command.selected_by.empty()) launch_.selected_by = command.selected_by;
    if (!command.found_by.empty()) launch_.found_by = command.found_by;
    if (command.path) path_ = folders_on(expanded(*command.path, known_));
    if (!command.directory.empty()) directory_ = absolute(expanded(command.directory, known_));
  }

  [[nodiscard]] std::string absolute(const std::string& path) const {
    if (path.starts_with('/')) return path;
    const std::string& folder = directory_.empty() ? site_.directory : directory_;
    return folder.empty() ? path : base::concat({folder, "/", path});
  }

  Result<void> follow(const LaunchCommand& command, int depth) {
    if (depth > most_shims) return nothing({"what it starts runs too many further commands"});
    enter(command);
    if (!command.untold.empty()) return nothing({"it ", command.untold});
    launch_.arguments = command.arguments;
    if (command.runs == LaunchCommand::Runs::node) return follow_script(command);
    if (command.runs == LaunchCommand::Runs::program) return follow_program(command.program, depth);
    return nothing({command.program, " does not start it here"});
  }

  Result<void> follow_script(const LaunchCommand& command) {
    const std::string script = absolute(expanded(command.script, known_));
    const auto real = real_path(script);
    if (!real) return nothing({"there is no ", script});
    launch_.package_root = package_around(*real);
    if (launch_.package_root.empty()) return nothing({script, " is not in a package of OpenClaw"});
    launch_.node_options = command.node_options;
    const std::string node = expanded(command.program, known_);
    find_node(node, "");
    const bool is_path = node.find('/') != std::string::npos;
    return is_path && launch_.node.empty() ? Result<void>(nothing({"there is no program ", node}))
                                           : Result<void>();
  }

  Result<void> follow_program(const std::string& name, int depth) {
    const std::string wanted = expanded(name, known_);
    if (wanted.find('/') != std::string::npos) return follow_file(absolute(wanted), depth);
    for (const std::string& folder : path_) {
      const std::string file = base::concat({folder, "/", wanted});
      if (is_program(file)) return follow_file(file, depth);
    }
    return follow_in_account(wanted, depth);
  }

  // What a login shell's PATH would have is not known: only where all that is there is the same package.
  Result<void> follow_in_account(const std::string& name, int depth) {
    const Launch before = launch_;
    std::map<std::string, Launch> packages;
    std::optional<base::Error> first;
    for (const std::string& folder : account_folders()) {
      const std::string file = base::concat({folder, "/", name});
      if (!is_program(file)) continue;
      launch_ = before;
      if (auto found = follow_file(file, depth); found) {
        packages.try_emplace(launch_.package_root, launch_);
      } else if (!first) {
        first = std::move(found.error());
      }
    }
    launch_ = before;
    if (packages.size() == 1) {
      launch_ = packages.begin()->second;
      return {};
    }
    if (packages.empty()) {
      if (first) return base::pass(std::move(*first));
      return nothing({"there is no ", name, " in ", base::join(path_, ", "),
                      site_.home.empty() ? "" : ", nor where package clients and version managers put it in ",
                      site_.home});
    }
    return several(packages);
  }

  static tl::unexpected<base::Error> several(const std::map<std::string, Launch>& packages) {
    Words roots;
    for (const auto& [root, launch] : packages) roots.push_back(root);
    return base::fail(ErrorKind::refused, "it may run any of " + base::join(roots, ", "));
  }

  [[nodiscard]] Words account_folders() const {
    Words folders;
    if (site_.home.empty()) return folders;
    for (const std::string_view folder : folders_in_home) {
      append(folders, matches_of(base::concat({site_.home, "/", folder})));
    }
    for (const std::string_view folder : folders_of_machine) folders.emplace_back(folder);
    return folders;
  }

  Result<void> follow_file(const std::string& file, int depth) {
    const auto real = real_path(file);
    if (!real) return nothing({"there is no ", file});
    if (std::string root = package_around(*real); !root.empty()) {
      launch_.package_root = std::move(root);
      find_node_of(*real, folder_of(file));
      return {};
    }
    add_once(launch_.shims, file);
    if (const Manager* manager = manager_named(base_name(*real))) return follow_manager(*manager, file, "");
    const auto text = script_text(*real);
    if (!text) return nothing({file, " is a program, and what it runs cannot be determined"});
    if (const Manager* asdf = manager_named("asdf"); text->find("asdf exec") != std::string::npos) {
      return follow_manager(*asdf, file, *text);
    }
    return follow_lines(file, *real, *text, depth);
  }

  static const Manager* manager_named(std::string_view name) {
    const auto row = std::ranges::find(managers, name, &Manager::program);
    return row == managers.end() ? nullptr : &*row;
  }

  // asdf's shim says the version ("# asdf-plugin: nodejs 24.1.0"), the others do not.
  Result<void> follow_manager(const Manager& manager, const std::string& file, const std::string& text) {
    std::string version = "*";
    constexpr std::string_view mark = "# asdf-plugin: nodejs ";
    if (const std::size_t at = text.find(mark); at != std::string::npos && at == text.rfind(mark)) {
      version = base::trim(text.substr(at + mark.size(), text.find('\n', at) - at - mark.size()));
    }
    std::map<std::string, Launch> packages;
    for (const std::string_view place : manager.packages) {
      if (place.empty()) continue;
      for (const std::string& match : matches_of(with_version(folder_of(file), place, version))) {
        if (const auto package = read_package(match)) packages.try_emplace(package->root, launch_);
      }
    }
    if (packages.size() > 1) return several(packages);
    if (packages.empty()) return nothing({file, " asks ", manager.program, ", which has no openclaw"});
    launch_.package_root = packages.begin()->first;
    launch_.by_manager = true;
    find_node("node", "");
    if (!launch_.node.empty() && !launch_.by_path) return {};
    Words nodes;
    for (const std::string& match : matches_of(with_version(folder_of(file), manager.nodes, version))) {
      if (auto node = real_path(match)) add_once(nodes, std::move(*node));
    }
    launch_.by_path = false;
    launch_.node = nodes.size() == 1 ? nodes.front() : beside_package();
    return {};
  }

  static std::string with_version(const std::string& folder, std::string_view place,
                                  std::string_view version) {
    std::string pattern = base::concat({folder, "/", place});
    if (const std::size_t star = pattern.find('*'); star != std::string::npos)
      pattern.replace(star, 1, version);
    return pattern;
  }

  // A script of package clients, of OpenClaw's installer, or of an administrator: its first `exec` that leads
  // to a package, else its last line that does.
  Result<void> follow_lines(const std::string& file, const std::string& real, const std::string& text,
                            int depth) {
    const std::string joined = without_line_ends(text);
    append(launch_.besides, done_besides(joined));
    const Variables outer = known_;
    const Launch before = launch_;
    const Words parameters = launch_.arguments;
    const std::string folder = folder_of(file);
    known_["0"] = file;
    const bool is_marked = is_marked_shim(joined);
    std::optional<Launch> best;
    for (const std::string& raw : base::split(joined, '\n')) {
      const std::string line(base::trim(raw));
      if (is_marked) {
        for (const char* const name : folders_of_shim) known_[name] = folder_of(real);
      }
      if (line.empty() || line.front() == '#' || assigns(line, folder, folder_of(real))) continue;
      launch_ = before;
      if (!follow_line(line, parameters, depth)) continue;
      best = launch_;
      if (line.starts_with("exec ")) break;
    }
    known_ = outer;
    launch_ = best.value_or(before);
    if (best) return {};
    return nothing({file, " is a script, and none of its lines starts a package of OpenClaw"});
  }

  static std::string without_line_ends(std::string text) {
    for (std::size_t at = 0; (at = text.find("\\\n", at)) != std::string::npos;) text.replace(at, 2, " ");
    return text;
  }

  bool follow_line(const std::string& line, const Words& parameters, int depth) {
    const auto commands = plain_commands(line);
    if (!commands || commands->empty()) return false;
    Words words;
    for (const std::string& word : commands->back()) {
      if (word == "${@}") {
        append(words, parameters);
      } else {
        words.push_back(word == "exec" && words.empty() ? "" : expanded(word, known_));
        if (words.back().empty()) words.pop_back();
      }
    }
    if (words.empty()) return false;
    const LaunchCommand command = read_launch_command(words);
    const std::string gateway = read_gateway_arguments(command.arguments).command;
    if (gateway != "gateway" && gateway != "daemon") return false;
    return follow(command, depth + 1).has_value();
  }

  // "basedir=$(dirname "$0")": the script's folder, whichever way it is found out.
  bool assigns(const std::string& line, const std::string& folder, const std::string& real_folder) {
    std::string_view text = line;
    for (const std::string_view word : {"export ", "readonly ", "local "}) {
      if (text.starts_with(word)) text.remove_prefix(word.size());
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    const std::string name(text.substr(0, equals));
    if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
        std::string::npos) {
      return false;
    }
    const bool of_itself = text.find("$0") != std::string_view::npos ||
                           text.find("${0%") != std::string_view::npos ||
                           text.find("BASH_SOURCE") != std::string_view::npos;
    if (of_itself) {
      const bool resolves =
          text.find("readlink") != std::string_view::npos || text.find("realpath") != std::string_view::npos;
      known_[name] = resolves ? real_folder : folder;
      return true;
    }
    const auto value = plain_commands(text.substr(equals + 1));
    // "NAME=value program": a command with a variable of its own.
    if (!value || value->size() != 1 || value->front().size() != 1) return false;
    if (value->front().front().find(command_output) != std::string::npos) {
      // pnpm 10 gives the question whether this is Windows lines of its own.
      if (text.find("cygpath") == std::string_view::npos) known_.erase(name);
      return true;
    }
    known_[name] = expanded(value->front().front(), known_);
    if (name == "PATH") path_ = folders_on(known_[name]);
    return true;
  }

  // --- Node

  // By the first line of the script that the kernel would read.
  void find_node_of(const std::string& script, const std::string& found_in) {
    const auto text = fs::read_trusted_file(script, longest_script);
    const std::string first = text && text->starts_with("#!") ? text->substr(2, text->find('\n') - 2) : "";
    const auto interpreter = plain_commands(first);
    if (interpreter && interpreter->size() == 1) {
      Words words = interpreter->front();
      words.push_back(script);
      const LaunchCommand command = read_launch_command(words);
      if (command.runs == LaunchCommand::Runs::node && command.untold.empty()) {
        launch_.node_options = command.node_options;
        return find_node(command.program, found_in);
      }
    }
    find_node("node", found_in);
  }

  void find_node(const std::string& name, const std::string& found_in) {
    launch_.node.clear();
    launch_.fleeting.clear();
    launch_.by_path = false;
    look_for_node(name, found_in);
    const auto real = is_fleeting(launch_.node) ? real_path(launch_.node) : std::nullopt;
    if (!real || is_fleeting(*real)) return;
    launch_.fleeting = std::exchange(launch_.node, *real);
    launch_.by_path = false;
  }

  void look_for_node(const std::string& name, const std::string& found_in) {
    if (name.find('/') != std::string::npos) {
      const std::string named = absolute(name);
      if (is_program(named)) launch_.node = named;
      return;
    }
    for (const std::string& folder : path_) {
      const std::string node = base::concat({folder, "/", name});
      if (!is_real_node(node)) continue;
      launch_.node = node;
      launch_.by_path = true;
      return;
    }
    if (const std::string node = base::concat({found_in, "/", name});
        !found_in.empty() && is_real_node(node)) {
      launch_.node = node;
      return;
    }
    launch_.node = beside_package();
    if (!launch_.node.empty()) return;
    Words nodes;
    for (const std::string& folder : account_folders()) {
      const std::string node = base::concat({folder, "/", name});
      if (is_real_node(node)) add_once(nodes, node);
    }
    if (nodes.size() == 1) launch_.node = nodes.front();
  }

  // <prefix>/bin/node of <prefix>/lib/node_modules/openclaw: npm -g of that Node put it there.
  [[nodiscard]] std::string beside_package() const {
    constexpr std::string_view tail = "/lib/node_modules/openclaw";
    if (!launch_.package_root.ends_with(tail)) return {};
    const std::string prefix = launch_.package_root.substr(0, launch_.package_root.size() - tail.size());
    std::string node = prefix + "/bin/node";
    return is_real_node(node) ? node : std::string();
  }

  const LaunchSite& site_;
  Words path_;
  std::string directory_;
  Variables known_;
  Launch launch_;
};

}  // namespace

std::string package_around(const std::string& path) {
  std::string folder = path;
  for (std::size_t slash = folder.rfind('/'); slash != std::string::npos && slash > 0;
       slash = folder.rfind('/')) {
    folder.resize(slash);
    if (const auto package = read_package(folder)) return package->root;
  }
  return {};
}

std::string start_script(const std::string& package_root) {
  for (const char* const script : {"/dist/index.js", "/openclaw.mjs", "/dist/entry.js"}) {
    if (::access((package_root + script).c_str(), F_OK) == 0) return package_root + script;
  }
  return package_root + "/dist/index.js";
}

Result<Launch> find_launch(const LaunchCommand& command, const LaunchSite& site) {
  return Finder(site).find(command);
}

Launch launch_of(const std::string& package_root, const LaunchCommand& command, const LaunchSite& site) {
  return Finder(site).for_package(package_root, command);
}

}  // namespace openclaw
