#include "http/unix_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

namespace postern::http {
namespace {

class UnixSocketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "postern-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = (directory_ / "postern.sock").string();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
  std::string path_;
};

TEST_F(UnixSocketTest, IsForItsOwnerAloneAndGoesWithItsOwner) {
  {
    const auto socket = UnixSocket::listen_at(path_);
    ASSERT_TRUE(socket) << socket.error().message;
    struct stat found{};
    ASSERT_EQ(::stat(path_.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketTest, IsNotTakenFromALiveServer) {
  const auto first = UnixSocket::listen_at(path_);
  const auto second = UnixSocket::listen_at(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_NE(second.error().message.find("Another server"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketTest, IsNotTakenFromAServerThatIsTooBusyToAnswer) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path_.begin(), path_.end(), std::begin(address.sun_path));
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  std::vector<int> sockets;
  const auto another = [&sockets] {
    return sockets.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  };
  const int server = another();
  ASSERT_EQ(::bind(server, generic, sizeof address), 0);
  ASSERT_EQ(::listen(server, 0), 0);
  while (::connect(another(), generic, sizeof address) == 0) {
  }
  ASSERT_EQ(errno, EAGAIN);
  EXPECT_FALSE(UnixSocket::listen_at(path_));
  EXPECT_TRUE(std::filesystem::exists(path_));
  for (const int socket : sockets) ::close(socket);
}

TEST_F(UnixSocketTest, ReplacesWhatADeadServerLeft) {
  const std::string elsewhere = path_ + ".moved";
  {
    const auto dead = UnixSocket::listen_at(path_);
    std::filesystem::rename(path_, elsewhere);  // so that it is not removed, as after a crash
  }
  std::filesystem::rename(elsewhere, path_);
  EXPECT_TRUE(UnixSocket::listen_at(path_));
}

TEST_F(UnixSocketTest, LeavesAloneWhatIsNotASocket) {
  std::ofstream(path_) << "precious";
  const auto socket = UnixSocket::listen_at(path_);
  ASSERT_FALSE(socket);
  EXPECT_NE(socket.error().message.find("not a socket"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
}

TEST_F(UnixSocketTest, LeavesAloneTheSocketOfASuccessor) {
  auto first = std::make_optional(UnixSocket::listen_at(path_));
  std::filesystem::remove(path_);
  const auto second = UnixSocket::listen_at(path_);
  ASSERT_TRUE(second);
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketTest, SaysWhenAPathCannotBe) {
  EXPECT_EQ(UnixSocket::listen_at(std::string(108, 'a')).error().code, ErrorCode::invalid);
  EXPECT_EQ(UnixSocket::listen_at("").error().code, ErrorCode::invalid);
  EXPECT_EQ(UnixSocket::listen_at((directory_ / "missing" / "s").string()).error().code,
            ErrorCode::unavailable);
}

}  // namespace
}  // namespace postern::http
