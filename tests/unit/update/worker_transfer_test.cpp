// SPDX-License-Identifier: MIT
// Bytes between a worker and a file of root, through a pipe that only that worker can open.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <string>

#include "base/digest.hpp"
#include "base/unique_fd.hpp"
#include "contract/tasks.hpp"
#include "support/fake_service_manager.hpp"
#include "support/temporary_directory.hpp"
#include "update/workers.hpp"

namespace {

using base::ErrorKind;
using base::UniqueFd;
using nlohmann::json;
using testing::HasSubstr;
using update::Transfer;
using Direction = update::Transfer::Direction;

constexpr const char* id = "20261121T101500Z-4f2a";
const std::string request = std::string("requests/") + id + ".export.json";
const std::string pipe_file = std::string("requests/") + id + ".export.pipe";
const std::string answer_file = std::string("results/openclaw-state@") + id + ".export/result.json";
constexpr const char* well = R"({"schema":1,"ok":true,"digest":"d1"})";

// More than a pipe can contain.
std::string much() {
  std::string bytes;
  for (int line = 0; line < 200'000; ++line) bytes += std::to_string(line) + "\n";
  return bytes;
}

std::string content_of(int fd) {
  std::string content, buffer(65536, '\0');
  ::lseek(fd, 0, SEEK_SET);
  for (ssize_t size = 0; (size = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    content.append(buffer, 0, static_cast<std::size_t>(size));
  }
  return content;
}

class WorkerTransfer : public testing::Test {
 protected:
  WorkerTransfer() {
    places_.mkdir("requests");
    places_.mkdir("results");
    auto& pattern = manager_.add("openclaw-state@.service");
    pattern.oneshot = true;
    pattern.definition.user = std::to_string(::getuid());
    pattern.on_start = [this](bus_tests::FakeUnit& started) -> bus::JobResult {
      asked_ = json::parse(places_.read(request));
      if (work_) work_(asked_["pipe"]);
      places_.write(answer_file, answer_);
      started.run();
      return "done";
    };
    pattern.on_clean = [this](auto&, const std::vector<std::string>&) -> base::Result<void> {
      ::unlink(places_.path(answer_file).c_str());
      return {};
    };
  }
  base::Result<json> transfer(Transfer& transfer) {
    return update::UnitWorkers(manager_, {places_.path("requests"), places_.path("results")})
        .transfer({contract::tasks::pack, id}, {{"state_directory", "/x"}}, transfer, {});
  }
  void writes(const std::string& bytes) {
    work_ = [this, bytes](const std::string& path) {
      // Opened in the same way as by tar.
      const UniqueFd pipe(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
      for (std::string_view left = bytes; !left.empty();) {
        const ssize_t done = ::write(pipe.get(), left.data(), left.size());
        if (done < 0) {
          failed_with_ = errno;
          return;
        }
        left.remove_prefix(static_cast<std::size_t>(done));
      }
    };
  }
  void reads() {
    work_ = [this](const std::string& path) {
      const UniqueFd pipe(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      std::string buffer(65536, '\0');
      for (ssize_t size = 0; (size = ::read(pipe.get(), buffer.data(), buffer.size())) > 0;) {
        read_.append(buffer, 0, static_cast<std::size_t>(size));
      }
    };
  }

  test_support::TemporaryDirectory places_;
  bus_tests::FakeServiceManager manager_;
  std::function<void(const std::string& pipe)> work_;
  std::string answer_ = well;
  json asked_;
  std::string read_;
  int failed_with_ = 0;
  UniqueFd file_{::memfd_create("file", MFD_CLOEXEC)};
};

TEST_F(WorkerTransfer, BringsAllThatTheWorkerWritesIntoTheFile) {
  const std::string bytes = much();
  writes(bytes);
  Transfer out{.direction = Direction::from_worker, .file = file_.get()};
  const auto answer = transfer(out);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["digest"], "d1");
  EXPECT_EQ(content_of(file_.get()), bytes);
  EXPECT_EQ(out.bytes, bytes.size());
  EXPECT_EQ(out.sha256, base::sha256_hex(bytes));
}

TEST_F(WorkerTransfer, BringsAllOfTheFileToTheWorker) {
  const std::string bytes = much();
  ASSERT_EQ(::write(file_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ::lseek(file_.get(), 0, SEEK_SET);
  reads();
  Transfer in{.direction = Direction::to_worker, .file = file_.get()};
  ASSERT_TRUE(transfer(in));
  EXPECT_EQ(read_, bytes);
  EXPECT_EQ(in.bytes, bytes.size());
}

TEST_F(WorkerTransfer, BringsAnEmptyFileAsOne) {
  reads();
  Transfer in{.direction = Direction::to_worker, .file = file_.get()};
  ASSERT_TRUE(transfer(in));
  EXPECT_EQ(read_, "");
}

TEST_F(WorkerTransfer, HasAPipeThatIsOfTheWorkersUserAloneAndGoesAfterwards) {
  places_.write("requests/killed.export.pipe");
  mode_t mode = 0;
  bool is_pipe = false;
  work_ = [&](const std::string& path) {
    struct stat status = {};
    ASSERT_EQ(::lstat(path.c_str(), &status), 0);
    mode = status.st_mode & 07777U;
    is_pipe = S_ISFIFO(status.st_mode);
    EXPECT_EQ(status.st_uid, ::getuid());
    EXPECT_FALSE(places_.exists("requests/killed.export.pipe"));
  };
  Transfer out{.direction = Direction::from_worker, .file = file_.get()};
  ASSERT_TRUE(transfer(out));
  EXPECT_TRUE(is_pipe);
  EXPECT_EQ(mode, 0600U);
  EXPECT_FALSE(places_.exists(pipe_file));
}

// Neither side waits for ever.
TEST_F(WorkerTransfer, EndsWithAWorkerThatNeverOpensThePipe) {
  answer_ = R"({"schema":1,"ok":false,"error":{"kind":"integrity","message":"it was changed"}})";
  for (const Direction direction : {Direction::from_worker, Direction::to_worker}) {
    Transfer either{.direction = direction, .file = file_.get()};
    const auto answer = transfer(either);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, "it was changed");
    EXPECT_EQ(either.bytes, 0U);
  }
}

TEST_F(WorkerTransfer, EndsWithAWorkerThatStopsReading) {
  const std::string bytes = much();
  ASSERT_EQ(::write(file_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ::lseek(file_.get(), 0, SEEK_SET);
  answer_ = R"({"schema":1,"ok":false,"error":{"kind":"integrity","message":"no archive"}})";
  work_ = [](const std::string& path) {
    const UniqueFd pipe(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char byte = 0;
    EXPECT_EQ(::read(pipe.get(), &byte, 1), 1);
  };
  Transfer in{.direction = Direction::to_worker, .file = file_.get()};
  const auto answer = transfer(in);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "no archive");
}

// A full disk is reported, and the worker does not continue without a reader.
TEST_F(WorkerTransfer, FailsWithWhatKeptTheFileFromBeingWritten) {
  struct sigaction ignored = {}, former = {};
  ignored.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGPIPE, &ignored, &former), 0);
  writes(much());
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  Transfer out{.direction = Direction::from_worker, .file = full.get()};
  const auto answer = transfer(out);
  ::sigaction(SIGPIPE, &former, nullptr);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().number, ENOSPC);
  EXPECT_EQ(failed_with_, EPIPE);
}

// Requests of workers that run for all gateways are in one folder, and each gateway has its own lock.
TEST_F(WorkerTransfer, LeavesThePipeOfAnotherGatewayAlone) {
  places_.write("requests/20261121T101500Z-77aa-work.pack.pipe");
  Transfer out{.direction = Direction::from_worker, .file = file_.get()};
  ASSERT_TRUE(transfer(out));
  EXPECT_TRUE(places_.exists("requests/20261121T101500Z-77aa-work.pack.pipe"));
}

// As of a user's own service manager.
TEST_F(WorkerTransfer, IsForOurUserIfTheUnitHasNoneOfItsOwn) {
  manager_.unit("openclaw-state@.service").definition.user.clear();
  writes("bytes");
  Transfer out{.direction = Direction::from_worker, .file = file_.get()};
  ASSERT_TRUE(transfer(out));
  EXPECT_EQ(content_of(file_.get()), "bytes");
}

TEST_F(WorkerTransfer, NamesAUserOfTheWorkerWhoIsNotThere) {
  manager_.unit("openclaw-state@.service").definition.user = "nobody-of-that-name";
  Transfer out{.direction = Direction::from_worker, .file = file_.get()};
  const auto answer = transfer(out);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::not_found);
  EXPECT_THAT(answer.error().message, HasSubstr("nobody-of-that-name"));
}

}  // namespace
