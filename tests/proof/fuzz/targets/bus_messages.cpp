// SPDX-License-Identifier: MIT
// What a service manager answers about a unit (bus/properties.hpp). The manager of a user is that user's.
#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include <array>
#include <cstring>
#include <memory>

#include "bus/connection.hpp"
#include "bus/properties.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"

using target::require;

namespace {

struct Unref {
  void operator()(sd_bus* bus) const { sd_bus_unref(bus); }
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

constexpr std::array<const char*, 34> names = {"LoadState",
                                               "ActiveState",
                                               "SubState",
                                               "Result",
                                               "StatusText",
                                               "InvocationID",
                                               "MainPID",
                                               "ControlGroup",
                                               "PrivateNetwork",
                                               "NetworkNamespacePath",
                                               "NRestarts",
                                               "ExecMainCode",
                                               "ExecMainStatus",
                                               "FragmentPath",
                                               "DropInPaths",
                                               "NeedDaemonReload",
                                               "Job",
                                               "StateChangeTimestampMonotonic",
                                               "NextElapseUSecRealtime",
                                               "TimeoutStartUSec",
                                               "TimeoutStopUSec",
                                               "CleanResult",
                                               "Environment",
                                               "EnvironmentFiles",
                                               "User",
                                               "Group",
                                               "WorkingDirectory",
                                               "StateDirectory",
                                               "ExecStart",
                                               "Type",
                                               "ExecSearchPath",
                                               "Id",
                                               "Names",
                                               "Else"};

// Text without NUL, as a D-Bus string has to be UTF-8 without it; else sd-bus refuses to make the message.
void append_variant(sd_bus_message* message, unsigned kind, const std::string& text, std::uint64_t number) {
  std::array<unsigned char, 16> bytes{};
  std::memcpy(bytes.data(), text.data(), std::min(text.size(), bytes.size()));
  int status = 0;
  switch (kind % 11) {
    case 0:
      status = sd_bus_message_append(message, "v", "s", text.c_str());
      break;
    case 1:
      status = sd_bus_message_append(message, "v", "u", static_cast<std::uint32_t>(number));
      break;
    case 2:
      status = sd_bus_message_append(message, "v", "t", number);
      break;
    case 3:
      status = sd_bus_message_append(message, "v", "i", static_cast<std::int32_t>(number));
      break;
    case 4:
      status = sd_bus_message_append(message, "v", "b", static_cast<int>(number % 2));
      break;
    case 5:
      status = sd_bus_message_append(message, "v", "as", 3, text.c_str(), "A=b", "HOME=/x");
      break;
    case 6:
      status = sd_bus_message_append(message, "v", "a(sb)", 2, text.c_str(), 1, "/x", 0);
      break;
    case 7:
      status = sd_bus_message_append(message, "v", "(uo)", static_cast<std::uint32_t>(number), "/x");
      break;
    case 8:
      status = sd_bus_message_append(message, "v", "a(sasbttttuii)", 2, "/x", 2, text.c_str(), "y", 0, number,
                                     number, number, number, 1U, 2, 3, "/y", 1, text.c_str(), 1, number,
                                     number, number, number, 1U, 2, 3);
      break;
    case 9:
      status = sd_bus_message_open_container(message, 'v', "ay");
      if (status >= 0) status = sd_bus_message_append_array(message, 'y', bytes.data(), number % 17);
      if (status >= 0) status = sd_bus_message_close_container(message);
      break;
    default:
      status = sd_bus_message_append(message, "v", "as", 0);
      break;
  }
  // What cannot be sent is no answer; the place is taken all the same.
  if (status < 0) (void)sd_bus_message_append(message, "v", "s", "");
}

// A message as it would come: properties in any order, of any type.
Message message_of(sd_bus* bus, std::string_view input) {
  sd_bus_message* raw = nullptr;
  require(sd_bus_message_new_method_call(bus, &raw, "x.y", "/x", "x.y", "Get") >= 0, "a message can be made");
  Message message(raw);
  (void)sd_bus_message_open_container(raw, 'a', "{sv}");
  for (unsigned i = 0; !input.empty() && i < 200; ++i) {
    const char* const name = names[target::take_byte(input) % names.size()];
    const unsigned kind = target::take_byte(input);
    std::uint64_t number = 0;
    for (unsigned bytes = target::take_byte(input) % 9; bytes > 0; --bytes)
      number = number << 8U | target::take_byte(input);
    const std::size_t size = target::take_byte(input) % 64;
    const std::string_view piece = input.substr(0, size);
    const std::string text(piece.substr(0, piece.find('\0')));
    input.remove_prefix(piece.size());
    (void)sd_bus_message_open_container(raw, 'e', "sv");
    (void)sd_bus_message_append(raw, "s", name);
    append_variant(raw, kind, text, number);
    (void)sd_bus_message_close_container(raw);
  }
  (void)sd_bus_message_close_container(raw);
  require(sd_bus_message_seal(raw, 1, 0) >= 0, "a message can be sealed");
  return message;
}

bool all_printable(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    if (!target::is_printable(text)) return false;
  }
  return true;
}

}  // namespace

void fuzz(std::string_view input) {
  static const auto bus = [] {
    sd_bus* made = nullptr;
    // Nobody answers at the other end: a message can be made as soon as the connection has begun.
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0,
            "a pair of sockets");
    require(sd_bus_new(&made) >= 0 && sd_bus_set_fd(made, ends[0], ends[0]) >= 0 && sd_bus_start(made) >= 0,
            "a connection can be made");
    return std::unique_ptr<sd_bus, Unref>(made);
  }();
  const Message message = message_of(bus.get(), input);
  bus::UnitView view;
  if (bus::read_unit(message.get(), view) >= 0) {
    const auto& unit = view.status;
    require(all_printable({unit.load_state, unit.active_state, unit.sub_state, unit.result, unit.status_text,
                           unit.invocation_id, unit.control_group, unit.fragment_path}),
            "texts of a unit are printable");
    require(all_printable(unit.drop_in_paths), "paths of a unit are printable");
    require(unit.main_pid >= 0 && unit.in_state_for.count() >= 0, "numbers of a unit are not negative");
    (void)bus::ending_of(unit);
    (void)bus::inferred_result(bus::JobKind::start, "", unit);
  }
  (void)sd_bus_message_rewind(message.get(), 1);
  bus::ServiceDefinition definition;
  if (bus::read_definition(message.get(), definition) >= 0) {
    require(all_printable(definition.environment_keys), "names of variables are printable");
    require(all_printable(definition.exec_start), "a command is printable");
    require(all_printable({definition.user, definition.group, definition.working_directory, definition.path}),
            "texts of a definition are printable");
  }
  require(target::is_printable(bus::environment_key(input)), "the name of a variable is printable");
}
