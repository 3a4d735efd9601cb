// SPDX-License-Identifier: MIT
#include "bus/properties.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <span>

#include "base/text.hpp"

namespace bus {
namespace {

constexpr std::size_t longest_status = 512;
constexpr std::size_t longest_argument = std::size_t{128} * 1024;  // the kernel's MAX_ARG_STRLEN

// Inside a variant's or an array's element; the readers below answer as sd-bus does.
int read_text(sd_bus_message* message, std::string& text, std::size_t limit = 4096) {
  const char* value = nullptr;
  const int status = sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &value);
  if (status > 0) text = base::printable(value, limit);
  return status;
}

// `take` is called with each string of an "as"; the text is the message's own.
template <class Take>
int read_texts(sd_bus_message* message, Take take) {
  int status = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s");
  if (status < 0) return status;
  const char* value = nullptr;
  while ((status = sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &value)) > 0) take(value);
  return status < 0 ? status : sd_bus_message_exit_container(message);
}

int read_list(sd_bus_message* message, std::vector<std::string>& list) {
  list.clear();
  return read_texts(message, [&](const char* value) { list.push_back(base::printable(value)); });
}

int read_flag(sd_bus_message* message, bool& flag) {
  int value = 0;  // a D-Bus boolean is read as an int
  const int status = sd_bus_message_read_basic(message, SD_BUS_TYPE_BOOLEAN, &value);
  if (status > 0) flag = value != 0;
  return status;
}

// One of two settings, in any order.
int read_own_network(sd_bus_message* message, bool& own_network) {
  bool is_private = false;
  const int status = read_flag(message, is_private);
  own_network = own_network || is_private;
  return status;
}

int read_network_path(sd_bus_message* message, bool& own_network) {
  std::string path;
  const int status = read_text(message, path);
  own_network = own_network || !path.empty();
  return status;
}

int read_pid(sd_bus_message* message, std::int64_t& pid) {
  std::uint32_t value = 0;
  const int status = sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT32, &value);
  if (status > 0) pid = value;
  return status;
}

// systemd's times are microseconds, "infinity" the largest number.
int read_timeout(sd_bus_message* message, std::optional<std::chrono::microseconds>& timeout) {
  std::uint64_t value = 0;
  const int status = sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT64, &value);
  if (status <= 0) return status;
  timeout.reset();
  // What is more than centuries is as good as infinite.
  if (value < std::uint64_t{std::numeric_limits<std::int64_t>::max()} / 1000) timeout.emplace(value);
  return status;
}

// CLOCK_MONOTONIC, which is that of std::chrono::steady_clock.
int read_age(sd_bus_message* message, std::chrono::microseconds& age) {
  std::uint64_t since = 0;
  const int status = sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT64, &since);
  if (status <= 0) return status;
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
  const bool known = since != 0 && since <= static_cast<std::uint64_t>(now.count());
  age = known ? now - std::chrono::microseconds(since) : std::chrono::microseconds::zero();
  return status;
}

// Microseconds; all ones where there is no next time.
int read_next_elapse(sd_bus_message* message, std::int64_t& unix_ms) {
  std::uint64_t at = 0;
  const int status = sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT64, &at);
  if (status <= 0) return status;
  const bool waits = at != std::numeric_limits<std::uint64_t>::max();
  unix_ms = waits ? static_cast<std::int64_t>(at / 1000) : 0;
  return status;
}

int read_id128(sd_bus_message* message, std::string& hex) {
  const void* bytes = nullptr;
  std::size_t size = 0;
  const int status = sd_bus_message_read_array(message, SD_BUS_TYPE_BYTE, &bytes, &size);
  if (status < 0) return status;
  hex.clear();
  const std::span<const unsigned char> id(static_cast<const unsigned char*>(bytes), size);
  // Before the first start it is empty, or all zero.
  if (std::ranges::all_of(id, [](unsigned char byte) { return byte == 0; })) return status;
  constexpr std::string_view digits = "0123456789abcdef";
  for (const unsigned char byte : id) {
    hex += digits[byte >> 4U];
    hex += digits[byte & 0xFU];
  }
  return status;
}

int read_job(sd_bus_message* message, UnitView& view) {
  std::uint32_t id = 0;
  const char* path = nullptr;
  const int status = sd_bus_message_read(message, "(uo)", &id, &path);
  if (status < 0) return status;
  view.status.job_pending = id != 0;
  view.job_path = id != 0 ? path : "";
  return status;
}

int read_environment(sd_bus_message* message, ServiceDefinition& definition) {
  definition.environment_keys.clear();
  definition.locations.clear();
  definition.path.clear();
  return read_texts(message, [&](const char* value) {
    const std::string_view assignment = value;
    const std::string key = environment_key(assignment);
    definition.environment_keys.push_back(key);
    const std::size_t equals = assignment.find('=');
    if (equals == std::string_view::npos) return;
    if (key == "PATH") definition.path = base::printable(assignment.substr(equals + 1));
    if (std::ranges::find(location_variables, key) == location_variables.end()) return;
    definition.locations[key] = base::printable(assignment.substr(equals + 1));
  });
}

int read_environment_files(sd_bus_message* message, ServiceDefinition& definition) {
  definition.environment_files.clear();
  int status = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "(sb)");
  if (status < 0) return status;
  const char* path = nullptr;
  int optional = 0;
  while ((status = sd_bus_message_read(message, "(sb)", &path, &optional)) > 0) {
    definition.environment_files.push_back({base::printable(path), optional != 0});
  }
  return status < 0 ? status : sd_bus_message_exit_container(message);
}

// path, arguments, whether failure is ignored, and when it ran.
constexpr const char* command_type = "sasbttttuii";

int read_exec_start(sd_bus_message* message, std::vector<std::string>& arguments) {
  arguments.clear();
  int status = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "(sasbttttuii)");
  if (status < 0) return status;
  status = sd_bus_message_enter_container(message, SD_BUS_TYPE_STRUCT, command_type);
  if (status < 0) return status;
  if (status == 0) return sd_bus_message_exit_container(message);  // no command at all
  status = sd_bus_message_skip(message, "s");
  if (status < 0) return status;
  status = read_texts(
      message, [&](const char* value) { arguments.push_back(base::printable(value, longest_argument)); });
  if (status < 0) return status;
  status = sd_bus_message_skip(message, "bttttuii");
  if (status < 0) return status;
  status = sd_bus_message_exit_container(message);
  // A container is left only at its end: the other commands of Type=oneshot.
  while (status >= 0 && sd_bus_message_at_end(message, 0) == 0) {
    status = sd_bus_message_skip(message, "(sasbttttuii)");
  }
  return status < 0 ? status : sd_bus_message_exit_container(message);
}

// "!" in front is what "-" is in the unit file: the folder may be missing.
int read_working_directory(sd_bus_message* message, std::string& path) {
  const int status = read_text(message, path);
  if (path.starts_with('!')) path.erase(0, 1);
  return status;
}

template <class Target>
struct Property {
  std::string_view name;
  const char* type = nullptr;  // of the variant's content
  int (*read)(sd_bus_message*, Target&) = nullptr;
};

using Message = sd_bus_message;

constexpr std::array unit_properties{
    Property<UnitView>{"LoadState", "s",
                       [](Message* m, UnitView& v) { return read_text(m, v.status.load_state); }},
    Property<UnitView>{"ActiveState", "s",
                       [](Message* m, UnitView& v) { return read_text(m, v.status.active_state); }},
    Property<UnitView>{"SubState", "s",
                       [](Message* m, UnitView& v) { return read_text(m, v.status.sub_state); }},
    Property<UnitView>{"Result", "s", [](Message* m, UnitView& v) { return read_text(m, v.status.result); }},
    Property<UnitView>{
        "StatusText", "s",
        [](Message* m, UnitView& v) { return read_text(m, v.status.status_text, longest_status); }},
    Property<UnitView>{"InvocationID", "ay",
                       [](Message* m, UnitView& v) { return read_id128(m, v.status.invocation_id); }},
    Property<UnitView>{"MainPID", "u",
                       [](Message* m, UnitView& v) { return read_pid(m, v.status.main_pid); }},
    Property<UnitView>{"ControlGroup", "s",
                       [](Message* m, UnitView& v) { return read_text(m, v.status.control_group); }},
    Property<UnitView>{"PrivateNetwork", "b",
                       [](Message* m, UnitView& v) { return read_own_network(m, v.status.own_network); }},
    Property<UnitView>{"NetworkNamespacePath", "s",
                       [](Message* m, UnitView& v) { return read_network_path(m, v.status.own_network); }},
    Property<UnitView>{"FreezerState", "s",
                       [](Message* m, UnitView& v) { return read_text(m, v.status.freezer_state); }},
    Property<UnitView>{
        "NRestarts", "u",
        [](Message* m, UnitView& v) { return sd_bus_message_read_basic(m, 'u', &v.status.restarts); }},
    Property<UnitView>{
        "ExecMainCode", "i",
        [](Message* m, UnitView& v) { return sd_bus_message_read_basic(m, 'i', &v.status.exit_code); }},
    Property<UnitView>{
        "ExecMainStatus", "i",
        [](Message* m, UnitView& v) { return sd_bus_message_read_basic(m, 'i', &v.status.exit_status); }},
    Property<UnitView>{"FragmentPath", "s",
                       [](Message* m, UnitView& v) { return read_text(m, v.status.fragment_path); }},
    Property<UnitView>{"DropInPaths", "as",
                       [](Message* m, UnitView& v) { return read_list(m, v.status.drop_in_paths); }},
    Property<UnitView>{"NeedDaemonReload", "b",
                       [](Message* m, UnitView& v) { return read_flag(m, v.status.need_daemon_reload); }},
    Property<UnitView>{"StateChangeTimestampMonotonic", "t",
                       [](Message* m, UnitView& v) { return read_age(m, v.status.in_state_for); }},
    Property<UnitView>{"TimeoutStartUSec", "t",
                       [](Message* m, UnitView& v) { return read_timeout(m, v.status.start_timeout); }},
    Property<UnitView>{"TimeoutStopUSec", "t",
                       [](Message* m, UnitView& v) { return read_timeout(m, v.status.stop_timeout); }},
    Property<UnitView>{"NextElapseUSecRealtime", "t",
                       [](Message* m, UnitView& v) { return read_next_elapse(m, v.status.next_elapse_ms); }},
    Property<UnitView>{"Job", "(uo)", [](Message* m, UnitView& v) { return read_job(m, v); }},
    Property<UnitView>{"CleanResult", "s",
                       [](Message* m, UnitView& v) { return read_text(m, v.clean_result); }},
};

using Definition = ServiceDefinition;

constexpr std::array definition_properties{
    Property<Definition>{"Environment", "as",
                         [](Message* m, Definition& d) { return read_environment(m, d); }},
    Property<Definition>{"EnvironmentFiles", "a(sb)",
                         [](Message* m, Definition& d) { return read_environment_files(m, d); }},
    Property<Definition>{"User", "s", [](Message* m, Definition& d) { return read_text(m, d.user); }},
    Property<Definition>{"Group", "s", [](Message* m, Definition& d) { return read_text(m, d.group); }},
    Property<Definition>{
        "WorkingDirectory", "s",
        [](Message* m, Definition& d) { return read_working_directory(m, d.working_directory); }},
    Property<Definition>{"StateDirectory", "as",
                         [](Message* m, Definition& d) { return read_list(m, d.state_directories); }},
    Property<Definition>{"Type", "s", [](Message* m, Definition& d) { return read_text(m, d.type); }},
    Property<Definition>{"ExecSearchPath", "as",
                         [](Message* m, Definition& d) { return read_list(m, d.search_path); }},
    Property<Definition>{"ExecStart", "a(sasbttttuii)",
                         [](Message* m, Definition& d) { return read_exec_start(m, d.exec_start); }},
};

template <class Target>
int read_value(sd_bus_message* message, std::span<const Property<Target>> wanted, std::string_view name,
               Target& target) {
  const auto row = std::ranges::find(wanted, name, &Property<Target>::name);
  if (row == wanted.end()) return sd_bus_message_skip(message, "v");
  int status = sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, row->type);
  if (status < 0) return status;
  status = row->read(message, target);
  return status < 0 ? status : sd_bus_message_exit_container(message);
}

template <class Target>
int read_properties(sd_bus_message* message, std::span<const Property<Target>> wanted, Target& target) {
  // All of them come together, the environment among them: erased when the message is freed.
  int status = sd_bus_message_sensitive(message);
  if (status < 0) return status;
  status = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}");
  if (status < 0) return status;
  while ((status = sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
    const char* name = nullptr;
    status = sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &name);
    if (status < 0) return status;
    status = read_value(message, wanted, name, target);
    if (status < 0) return status;
    status = sd_bus_message_exit_container(message);
    if (status < 0) return status;
  }
  return status < 0 ? status : sd_bus_message_exit_container(message);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> choices) {
  return std::ranges::find(choices, text) != choices.end();
}

}  // namespace

int read_unit(sd_bus_message* message, UnitView& view) {
  return read_properties(message, std::span<const Property<UnitView>>(unit_properties), view);
}

int read_definition(sd_bus_message* message, ServiceDefinition& definition) {
  return read_properties(message, std::span<const Property<Definition>>(definition_properties), definition);
}

int read_environment_values(sd_bus_message* message, std::map<std::string, std::string>& values) {
  int status = sd_bus_message_sensitive(message);
  if (status < 0) return status;
  status = sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, "as");
  if (status < 0) return status;
  status = read_texts(message, [&](const char* value) {
    const std::string_view assignment = value;
    const std::size_t equals = assignment.find('=');
    if (equals == std::string_view::npos) return;
    values[environment_key(assignment)] = std::string(assignment.substr(equals + 1));
  });
  return status < 0 ? status : sd_bus_message_exit_container(message);
}

std::string environment_key(std::string_view assignment) {
  return base::printable(assignment.substr(0, assignment.find('=')));
}

JobResult inferred_result(JobKind kind, std::string_view former_invocation, const ServiceStatus& now) {
  const bool ended = is_one_of(now.active_state, {"inactive", "failed", "maintenance"});
  if (kind == JobKind::stop) return ended ? "done" : "canceled";
  if (is_one_of(now.active_state, {"active", "reloading", "refreshing"})) return "done";
  if (now.active_state == "failed" || now.sub_state.starts_with("auto-restart")) return "failed";
  if (!ended) return "canceled";
  // Type=oneshot has done its work and is inactive again. systemd forgets such a unit at once, its invocation
  // with it; one that failed it would remember.
  return now.invocation_id.empty() || now.invocation_id != former_invocation ? "done" : "canceled";
}

}  // namespace bus
