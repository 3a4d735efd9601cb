#include "update/adoption.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "config/values.hpp"
#include "openclaw/environment.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::string_view file_name = "50-openclaw-update.conf";
constexpr std::string_view heading =
    "# Written by openclaw-update adopt; openclaw-update adopt --undo removes it.\n";
constexpr unsigned default_port = 18789;

struct Assignment {
  std::string_view key, value;
};
// Starting, stopping and updating are the service manager's: OpenClaw neither rewrites units nor updates
// itself.
constexpr std::array<Assignment, 3> lifecycle{{{"OPENCLAW_SUPERVISOR_MODE", "external"},
                                               {"OPENCLAW_SERVICE_REPAIR_POLICY", "external"},
                                               {"OPENCLAW_NO_AUTO_UPDATE", "1"}}};

struct Worker {
  std::string_view name;
  bool writes;                   // in the gateway's state
  bool has_folders;              // StateDirectory= and WorkingDirectory= of its own
  bool has_plugin_view = false;  // Environment=OPENCLAW_BUNDLED_PLUGINS_DIR= of its own
  bool names_the_unit = false;   // Environment=OPENCLAW_SYSTEMD_UNIT= of its own
};
// Those that run as the gateway's user.
constexpr std::array<Worker, 4> workers{{{"openclaw-state@", true, true},
                                         {"openclaw-validate@", false, false},
                                         {"openclaw-stage@", true, true, true},
                                         {"openclaw-probe@", true, true, true, true}}};

bool is_beneath(std::string_view folder, std::string_view path) {
  return path == folder || (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

bool has(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

tl::unexpected<base::Error> refuse(std::initializer_list<std::string_view> parts) {
  return base::fail(ErrorKind::refused, base::concat(parts));
}

// --- what speaks against it

bool sets_command(std::string_view drop_in) {
  for (const std::string& line : base::split(drop_in, '\n')) {
    const std::string_view text = base::trim(line);
    if (text.starts_with("ExecStart") && base::trim(text.substr(9)).starts_with('=')) return true;
  }
  return false;
}

Result<void> require_unit(const Installation& found) {
  const auto& status = found.status;
  if (status.load_state == "not-found") {
    return base::fail(ErrorKind::not_found,
                      base::concat({"there is no system unit ", found.unit,
                                    "; name the gateway's: openclaw-update adopt UNIT"}));
  }
  if (status.load_state != "loaded") return refuse({found.unit, " is ", status.load_state});
  if (status.need_daemon_reload) {
    return refuse(
        {found.unit, " has changed on the disk since systemd read it; systemctl daemon-reload first"});
  }
  const std::string& user = found.definition.user;
  if (user.empty() || user == "root" || user == "0") {
    return refuse({found.unit,
                   " runs as root, and workers that run OpenClaw as the gateway's user would, too; give it a "
                   "user of its own (User=) first"});
  }
  for (const TextFile& drop_in : found.drop_ins) {
    const std::string_view name = std::string_view(drop_in.path).substr(drop_in.path.rfind('/') + 1);
    if (name > file_name && sets_command(drop_in.text)) {
      return refuse({drop_in.path, " sets ExecStart= and is read after ", file_name,
                     "; rename it so that it sorts before, such as 40-", name,
                     ", and systemctl daemon-reload"});
    }
  }
  for (const std::string& key : found.environment_file_keys) {
    if (std::ranges::find(systemd::location_variables, key) == systemd::location_variables.end()) continue;
    return refuse({key, " is set in an environment file of ", found.unit,
                   "; where the state is must be said in the unit itself, as Environment=", key,
                   "=..., so that the workers can be let in there"});
  }
  return {};
}

// --- what the unit starts

Result<std::vector<std::string>> command_from_current(const Installation& found, const std::string& current) {
  std::vector<std::string> command = found.definition.exec_start;
  bool replaced = false;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const std::string& path = i < found.resolved_command.size() ? found.resolved_command[i] : command[i];
    if (!is_beneath(found.package_root, path)) continue;
    command[i] = current + path.substr(found.package_root.size());
    replaced = true;
  }
  if (replaced) return command;
  return refuse(
      {found.unit, " does not run ", found.package_root, ": its ExecStart= is \"",
       base::join(found.definition.exec_start, " "),
       "\"; name the package that it runs with --package-root; what is started by a script has to be "
       "started by the unit itself"});
}

struct Port {
  unsigned number = default_port;
  bool said = false;
};

Port port_of(const std::vector<std::string>& command) {
  for (std::size_t i = 0; i < command.size(); ++i) {
    std::string_view text = command[i];
    if (text == "--port" && i + 1 < command.size()) {
      text = command[i + 1];
    } else if (text.starts_with("--port=")) {
      text.remove_prefix(7);
    } else {
      continue;
    }
    if (const auto number = config::parse_count(text, 1, 65535)) return {*number, true};
  }
  return {};
}

// --- where its state is

struct Folders {
  openclaw::Environment environment;  // HOME, and what else says where
  std::string state;                  // [gateway] state-directory
  std::vector<std::string> writable;  // what workers write to, none beneath another
};

bool is_plain_path(std::string_view path) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@~";
  return config::parse_folder(path) && path.find_first_not_of(allowed) == std::string_view::npos;
}

void add_folder(std::vector<std::string>& folders, const std::string& folder) {
  for (const std::string& known : folders) {
    if (is_beneath(known, folder)) return;
  }
  std::erase_if(folders, [&](const std::string& known) { return is_beneath(folder, known); });
  folders.push_back(folder);
}

Result<Folders> folders_of(const Installation& found) {
  Folders folders;
  folders.environment.insert(found.definition.locations.begin(), found.definition.locations.end());
  folders.environment.try_emplace("HOME", found.account_home);
  const std::string config = openclaw::config_path(folders.environment);
  const std::string own = openclaw::state_directory(folders.environment);
  const auto& of_unit = found.definition.state_directories;
  folders.state =
      of_unit.empty() ? openclaw::home_directory(folders.environment) : "/var/lib/" + of_unit.front();
  for (const std::string& folder : {folders.state, own, config.substr(0, config.rfind('/'))}) {
    if (!is_plain_path(folder)) {
      return refuse({"the gateway's state would be in \"", folder,
                     "\", which is no folder of its own with a plain name; set Environment=HOME= in ",
                     found.unit});
    }
    add_folder(folders.writable, folder);
  }
  return folders;
}

bool is_hidden_by_protect_home(std::string_view path) {
  return is_beneath("/home", path) || is_beneath("/root", path) || is_beneath("/run/user", path);
}

// --- the files

std::string environment_line(std::string_view key, std::string_view value) {
  return "Environment=" + quoted_for_unit(base::concat({key, "=", value})) + "\n";
}

std::string without_specifiers(std::string_view text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == '%' ? 2 : 1, c);
  return doubled;
}

TextFile drop_in(const AdoptionPlaces& places, std::string_view unit, const std::string& text) {
  return {base::concat({places.units, "/", unit, ".d/", file_name}), base::concat({heading, text})};
}

TextFile gateway_drop_in(const Installation& found, const AdoptionPlaces& places,
                         const std::vector<std::string>& command) {
  std::string text = "\n[Unit]\nAfter=openclaw-update-recover.service\n\n[Service]\nExecStart=\nExecStart=";
  for (std::size_t i = 0; i < command.size(); ++i) text += (i == 0 ? "" : " ") + quoted_for_unit(command[i]);
  text += "\n";
  std::string more;
  for (const Assignment& row : lifecycle) {
    const bool set =
        has(found.definition.environment_keys, row.key) || has(found.environment_file_keys, row.key);
    if (!set) more += environment_line(row.key, row.value);
  }
  if (!more.empty()) {
    text +=
        "# Starting, stopping and updating are the service manager's: OpenClaw does neither by itself.\n" +
        more;
  }
  return drop_in(places, found.unit, text);
}

std::string access_lines(const Worker& worker, const Folders& folders) {
  std::string hidden;
  std::string text;
  for (const std::string& folder : folders.writable) {
    if (is_hidden_by_protect_home(folder)) hidden += " " + folder;
    if (worker.writes) text += "ReadWritePaths=" + folder + "\n";
  }
  if (hidden.empty()) return text;
  // Of all homes this one folder alone.
  return "ProtectHome=tmpfs\n" + std::string(worker.writes ? "BindPaths=" : "BindReadOnlyPaths=") +
         hidden.substr(1) + "\n" + text;
}

TextFile worker_drop_in(const Worker& worker, const Installation& found, const AdoptionPlaces& places,
                        const Folders& folders) {
  const auto& definition = found.definition;
  std::string text = "# As " + found.unit + " has it: the same user, and the same OpenClaw.\n\n[Service]\n";
  text += "User=" + definition.user + "\nGroup=" + definition.group + "\n";
  if (worker.has_folders) text += "StateDirectory=\nWorkingDirectory=" + folders.state + "\n";
  for (const auto& [key, value] : folders.environment) text += environment_line(key, value);
  if (worker.names_the_unit) text += environment_line("OPENCLAW_SYSTEMD_UNIT", found.unit);
  if (worker.has_plugin_view && !folders.environment.contains("OPENCLAW_BUNDLED_PLUGINS_DIR")) {
    text += "UnsetEnvironment=OPENCLAW_BUNDLED_PLUGINS_DIR\n";
  }
  text += "EnvironmentFile=\n";
  for (const auto& file : definition.environment_files) {
    text +=
        std::string("EnvironmentFile=") + (file.optional ? "-" : "") + without_specifiers(file.path) + "\n";
  }
  text += access_lines(worker, folders);
  return drop_in(places, base::concat({worker.name, ".service"}), text);
}

TextFile settings_file(const Installation& found, const AdoptionPlaces& places, const Folders& folders,
                       const std::vector<std::string>& command) {
  std::string text = base::concat({heading, "[gateway]\nunit = ", found.unit,
                                   "\nport = ", std::to_string(port_of(command).number),
                                   "\nstate-directory = ", folders.state, "\n"});
  const std::string& program = command.front();
  const std::string_view name = std::string_view(program).substr(program.rfind('/') + 1);
  if (program.starts_with('/') && name == "node" && is_plain_path(program))
    text += "node = " + program + "\n";
  return {places.settings + "/50-adopted.ini", text};
}

// What only a person can do something about.
std::vector<std::string> notes_of(const Installation& found, const std::vector<std::string>& command) {
  std::vector<std::string> notes;
  std::vector<std::string> secrets;
  for (const std::string& key : found.definition.environment_keys) {
    if (found.definition.locations.contains(key) || has(secrets, key)) continue;
    if (std::ranges::find(lifecycle, key, &Assignment::key) == lifecycle.end()) secrets.push_back(key);
  }
  if (!secrets.empty()) {
    notes.push_back(
        base::concat({"the workers of an update do not get ", base::join(secrets, ", "),
                      ", since values of Environment= are not read; what OpenClaw needs of it belongs "
                      "into an EnvironmentFile= of ",
                      found.unit, " (adopt --undo, then adopt again)"}));
  }
  if (!port_of(command).said) {
    notes.push_back(
        base::concat({"the command of ", found.unit, " has no --port: port ", std::to_string(default_port),
                      " is assumed; if it is another, set port= in [gateway] "
                      "of a file in /etc/openclaw/helpers.ini.d that sorts after 50-adopted.ini"}));
  }
  return notes;
}

}  // namespace

std::string quoted_for_unit(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:=,~$%{}";
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted.append(c == '%' ? 2 : 1, c);
  }
  const bool is_plain = !text.empty() && text.find_first_not_of(plain) == std::string_view::npos;
  return is_plain ? quoted : base::concat({"\"", quoted, "\""});
}

Result<AdoptionPlan> plan_adoption(const Installation& found, const AdoptionPlaces& places) {
  if (auto fits = require_unit(found); !fits) return base::pass(fits.error());
  const auto command = command_from_current(found, places.current);
  if (!command) return base::pass(command.error());
  const auto folders = folders_of(found);
  if (!folders) return base::pass(folders.error());
  AdoptionPlan plan{.files = {}, .command = *command, .notes = notes_of(found, *command)};
  // The gateway's comes last: whatever is missing when its unit changes would be missed by an update.
  plan.files.push_back(settings_file(found, places, *folders, *command));
  for (const Worker& worker : workers) plan.files.push_back(worker_drop_in(worker, found, places, *folders));
  plan.files.push_back(drop_in(places, "openclaw-update-request.path",
                               "\n[Path]\nPathExists=\nPathExists=" + folders->state + "/update-request\n"));
  plan.files.push_back(gateway_drop_in(found, places, *command));
  return plan;
}

std::string to_json(const AdoptionRecord& record) {
  nlohmann::json files = nlohmann::json::array();
  for (const auto& file : record.files) files.push_back({{"path", file.path}, {"sha256", file.sha256}});
  const nlohmann::json whole = {{"schema", 1},
                                {"unit", record.unit},
                                {"package_root", record.package_root},
                                {"release", record.release},
                                {"files", std::move(files)},
                                {"folders", record.folders}};
  return whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<AdoptionRecord> adoption_from_json(std::string_view text) {
  const auto whole = nlohmann::json::parse(text, nullptr, false);
  AdoptionRecord record;
  try {
    record.unit = whole.at("unit").get<std::string>();
    record.package_root = whole.at("package_root").get<std::string>();
    record.release = whole.at("release").get<std::string>();
    for (const auto& file : whole.at("files")) {
      record.files.push_back({file.at("path").get<std::string>(), file.at("sha256").get<std::string>()});
    }
    record.folders = whole.at("folders").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception& error) {
    return base::fail(ErrorKind::integrity,
                      base::concat({adoption_record_file, " cannot be read (", error.what(),
                                    "); remove the 50-openclaw-update.conf drop-ins by hand"}));
  }
  return record;
}

}  // namespace update
