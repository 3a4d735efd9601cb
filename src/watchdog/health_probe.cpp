#include "watchdog/health_probe.hpp"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.hpp"

namespace watchdog {
namespace {

using base::ErrorKind;
using base::Result;
using openclaw::HttpAnswer;

std::string request_for(std::uint16_t port, const std::string& path) {
  constexpr std::string_view agent = "openclaw-systemd/" OPENCLAW_SYSTEMD_VERSION;
  return base::concat({"GET ", path, " HTTP/1.0\r\nHost: 127.0.0.1:", std::to_string(port),
                       "\r\nUser-Agent: ", agent,
                       "\r\nAccept: application/json\r\nConnection: close\r\n\r\n"});
}

// 0, or an errno value other than EINPROGRESS.
int connect_to(int fd, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return 0;
  return errno == EINPROGRESS ? 0 : errno;
}

}  // namespace

HttpGet::HttpGet(sd_event* loop, std::uint16_t port, std::string path, std::chrono::milliseconds time,
                 Done done)
    : port_(port),
      path_(std::move(path)),
      request_(request_for(port, path_)),
      time_(time),
      done_(std::move(done)),
      deadline_(loop, [this] {
        fail(ErrorKind::unavailable, "no whole answer within " + base::human_duration(time_.count()));
      }) {
  deadline_.set(time_);
  begin(loop);
}

void HttpGet::begin(sd_event* loop) {
  socket_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int number = socket_ ? connect_to(socket_.get(), port_) : errno;
  sd_event_source* source = nullptr;
  if (number == 0) {
    number = -sd_event_add_io(loop, &source, socket_.get(), EPOLLOUT, &HttpGet::on_io, this);
    io_.reset(source);
  }
  if (number <= 0) return;
  // The caller is told by the loop, and never from within its own call.
  early_ = base::fail(
      number == ECONNREFUSED ? ErrorKind::not_found : ErrorKind::unavailable,
      base::concat({"nothing answers on port ", std::to_string(port_), " (", std::strerror(number), ")"}));
  static_cast<void>(sd_event_add_defer(loop, &source, &HttpGet::on_start_failed, this));
  failed_start_.reset(source);
}

int HttpGet::on_start_failed(sd_event_source* /*source*/, void* self) {
  auto* get = static_cast<HttpGet*>(self);
  get->finish(*get->early_);
  return 0;
}

int HttpGet::on_io(sd_event_source* /*source*/, int /*fd*/, std::uint32_t /*events*/, void* self) {
  return static_cast<HttpGet*>(self)->go_on();
}

int HttpGet::go_on() {
  if (!request_.empty()) {
    send();
  } else {
    receive();
  }
  return 0;
}

void HttpGet::send() {
  int number = 0;
  socklen_t size = sizeof number;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &number, &size) != 0) number = errno;
  if (number == ECONNREFUSED) {
    return fail(ErrorKind::not_found, base::concat({"nothing answers on port ", std::to_string(port_)}));
  }
  if (number == 0) {
    const ssize_t sent = ::send(socket_.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      request_.erase(0, static_cast<std::size_t>(sent));
      if (request_.empty()) static_cast<void>(sd_event_source_set_io_events(io_.get(), EPOLLIN));
      return;
    }
    number = errno;
  }
  if (number != EAGAIN && number != EINTR) fail(ErrorKind::unavailable, std::strerror(number));
}

void HttpGet::receive() {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size < 0) {
    if (errno != EAGAIN && errno != EINTR) fail(ErrorKind::unavailable, std::strerror(errno));
    return;
  }
  const auto state =
      size == 0 ? reader_.end() : reader_.take({buffer.data(), static_cast<std::size_t>(size)});
  if (state == HttpReader::State::bad) return fail(ErrorKind::unavailable, reader_.why());
  if (state == HttpReader::State::done) finish(reader_.answer());
}

void HttpGet::fail(ErrorKind kind, const std::string& why) {
  finish(base::fail(kind, base::concat({"http://127.0.0.1:", std::to_string(port_), path_, ": ", why})));
}

// The caller may replace this object by another: nothing of it is used after the call.
void HttpGet::finish(Result<HttpAnswer> result) {
  io_.reset();
  failed_start_.reset();
  deadline_.clear();
  socket_.reset();
  const Done done = std::move(done_);
  done(std::move(result));
}

void HealthProbe::ask(std::uint16_t port, Done done) {
  if (is_asking()) return;
  port_ = port;
  done_ = std::move(done);
  health_.reset();
  readiness_.reset();
  startup_.reset();
  get("/healthz", [this](Result<HttpAnswer> answer) {
    health_ = std::move(answer);
    if (*health_) return ask_readiness();
    // It refuses, or hangs: asked no more.
    finish(health_->error().kind != ErrorKind::not_found);
  });
}

void HealthProbe::ask_readiness() {
  get("/readyz", [this](Result<HttpAnswer> answer) {
    readiness_ = std::move(answer);
    const auto none = [] { return base::fail(ErrorKind::not_found, "not asked"); };
    if (!*readiness_ || openclaw::read_health({*health_, *readiness_, none()}).known) return ask_startup();
    // The older of the two names, for what serves no other.
    get("/ready", [this](Result<HttpAnswer> older) {
      readiness_ = std::move(older);
      ask_startup();
    });
  });
}

void HealthProbe::ask_startup() {
  if (!*readiness_) return finish(true);
  get("/startupz", [this](Result<HttpAnswer> answer) {
    startup_ = std::move(answer);
    finish(true);
  });
}

void HealthProbe::get(const char* path, HttpGet::Done done) {
  // The former one is what calls: it may go when the next one has ended.
  former_ = std::move(get_);
  get_ = std::make_unique<HttpGet>(loop_, port_, path, time_, std::move(done));
}

void HealthProbe::cancel() {
  get_.reset();
  former_.reset();
  done_ = nullptr;
}

void HealthProbe::finish(bool listening) {
  const auto or_none = [](const std::optional<Result<HttpAnswer>>& answer) -> Result<HttpAnswer> {
    if (answer) return *answer;
    return base::fail(ErrorKind::not_found, "not asked");
  };
  Probe probe;
  probe.listening = listening;
  probe.health = openclaw::read_health({or_none(health_), or_none(readiness_), or_none(startup_)});
  const Done done = std::exchange(done_, nullptr);
  done(probe);
}

}  // namespace watchdog
