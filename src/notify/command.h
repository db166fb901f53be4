#pragma once

#include <memory>

#include "notify/sender.h"

namespace postern::notify {

/// Gives each message to a program of this host, as one JSON object (RFC 8785) on standard input: what
/// Message holds, with its recipients, their mail addresses and phone numbers, because the program may be
/// what reaches them. `data` is left out, and `data_left_out` true, where all of it would be longer than a
/// program is given (program/program.h). The program must lie in World::programs_folder. It has taken the
/// message over when it exits with 0; 75 (EX_TEMPFAIL of sysexits.h) and running out of time may pass;
/// nothing else does.
std::unique_ptr<Sender> make_command(const catalog::Channel& channel, const World& world,
                                     milliseconds deadline = send_deadline);

}  // namespace postern::notify
