#pragma once

#include <string_view>

namespace postern {

/// The files of examples/demo, built in by src/main/demo_catalog.cc.in.
extern const std::string_view demo_catalog;
extern const std::string_view demo_playbook;
extern const std::string_view demo_playbook_ja;

}  // namespace postern
