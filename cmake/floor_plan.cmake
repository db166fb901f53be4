# The floor plan of ARCHITECTURE.md. Each folder under src/ is one static library and says here which others it
# uses. A folder sees the headers of those (and of what they use), and of nothing else: every library has an
# include root of its own that holds one link, <folder> -> src/<folder>. So a wrong arrow does not compile, and an
# arrow upwards does not even configure, because the library named does not exist yet.

function(postern_library name)
  cmake_parse_arguments(arg "" "" "USES;LINKS;TEST_USES" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/src/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_main)\\.cc$")

  set(include_root ${PROJECT_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${include_root})
  file(CREATE_LINK ${folder} ${include_root}/${name} SYMBOLIC)

  foreach(used ${arg_USES})
    if(NOT TARGET postern_${used})
      message(FATAL_ERROR "src/${name} may not use src/${used}: it does not stand below it in the floor plan.")
    endif()
  endforeach()
  list(TRANSFORM arg_USES PREPEND postern_)
  list(TRANSFORM arg_TEST_USES PREPEND postern_)

  if(NOT sources)
    add_library(postern_${name} INTERFACE)
    target_include_directories(postern_${name} INTERFACE ${include_root})
    target_link_libraries(postern_${name} INTERFACE ${arg_USES})
    return()
  endif()
  add_library(postern_${name} STATIC ${sources})
  target_include_directories(postern_${name} PUBLIC ${include_root})
  target_link_libraries(postern_${name} PUBLIC ${arg_USES} PRIVATE ${arg_LINKS})

  if(tests AND BUILD_TESTING)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE postern_${name} ${arg_TEST_USES} ${arg_LINKS} GTest::gmock_main)
    target_compile_definitions(${name}_test PRIVATE POSTERN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# Text that stands in the program as it stands in the repository: VARIABLE FILE, then the template that holds it.
function(postern_embed library template)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "TEXTS")
  while(arg_TEXTS)
    list(POP_FRONT arg_TEXTS variable file)
    file(READ ${PROJECT_SOURCE_DIR}/${file} ${variable})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  endwhile()
  get_filename_component(name ${template} NAME_WLE)
  configure_file(${PROJECT_SOURCE_DIR}/${template} ${PROJECT_BINARY_DIR}/generated/${library}/${name} @ONLY)
  target_sources(${library} PRIVATE ${PROJECT_BINARY_DIR}/generated/${library}/${name})
endfunction()

# floor 0
postern_library(base LINKS OpenSSL::Crypto nlohmann_json::nlohmann_json fmt::fmt)

# floor 1
postern_library(ledger    USES base LINKS OpenSSL::Crypto)
postern_library(signature USES base LINKS OpenSSL::Crypto)
postern_library(catalog   USES base LINKS PkgConfig::re2 fmt::fmt)

# floor 2
postern_library(catalog_file USES catalog signature LINKS yaml-cpp date::date-tz fmt::fmt)
postern_embed(postern_catalog_file src/catalog_file/schema.cc.in TEXTS CATALOG_SCHEMA src/catalog_file/catalog.schema.json)
postern_library(playbook     USES catalog LINKS cmark-gfm cmark-gfm-extensions fmt::fmt)
postern_library(lockout      USES catalog LINKS fmt::fmt)
postern_library(starter      USES base LINKS fmt::fmt TEST_USES catalog_file playbook)
postern_embed(postern_starter src/starter/texts.cc.in TEXTS
              STARTER_CATALOG src/starter/files/catalog.yaml
              STARTER_OPERATE_WORKLOAD src/starter/files/playbooks/operate-workload.md
              STARTER_OPERATE_WORKLOAD_JA src/starter/files/playbooks/operate-workload.ja.md
              STARTER_REPAIR_FEDERATION src/starter/files/playbooks/repair-federation.md
              STARTER_REPAIR_FEDERATION_JA src/starter/files/playbooks/repair-federation.ja.md
              STARTER_DIRECT_FEDERATION src/starter/files/playbooks/direct-federation.md
              STARTER_DIRECT_FEDERATION_JA src/starter/files/playbooks/direct-federation.ja.md
              STARTER_CONTAIN_IDP src/starter/files/playbooks/contain-idp.md
              STARTER_CONTAIN_IDP_JA src/starter/files/playbooks/contain-idp.ja.md
              STARTER_WITHOUT_POSTERN src/starter/files/playbooks/without-postern.md
              STARTER_WITHOUT_POSTERN_JA src/starter/files/playbooks/without-postern.ja.md)
postern_library(emergency    USES catalog signature ledger LINKS fmt::fmt TEST_USES catalog_file)

# floor 3
postern_library(store USES ledger LINKS SQLiteCpp SQLite::SQLite3 OpenSSL::Crypto)
postern_library(http  USES base LINKS Boost::headers CURL::libcurl OpenSSL::SSL OpenSSL::Crypto Threads::Threads fmt::fmt)
postern_library(saml  USES base LINKS PkgConfig::xmlsec LibXml2::LibXml2 OpenSSL::Crypto)

postern_library(open_psa USES lockout LINKS LibXml2::LibXml2)
postern_library(wallet USES base)
postern_library(program USES base)

# floor 4
postern_library(aws      USES http LINKS OpenSSL::Crypto LibXml2::LibXml2 fmt::fmt)
postern_library(identity USES emergency signature LINKS OpenSSL::Crypto fmt::fmt)
postern_library(broker   USES catalog ledger emergency store LINKS Threads::Threads fmt::fmt OpenSSL::Crypto)

# floor 5
postern_library(probe   USES broker http saml aws program LINKS cares LibXml2::LibXml2 Threads::Threads fmt::fmt OpenSSL::SSL OpenSSL::Crypto)
postern_library(federation USES catalog saml aws LINKS fmt::fmt)
postern_library(incident USES catalog http LINKS fmt::fmt)
postern_library(notify   USES broker catalog http aws program incident LINKS CURL::libcurl OpenSSL::Crypto Threads::Threads fmt::fmt)
file(GLOB notice_files CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src/notify/texts/*.txt)
foreach(file IN LISTS notice_files)
  get_filename_component(variable ${file} NAME)
  string(REGEX REPLACE "\\.txt$" "" variable ${variable})
  string(REPLACE "." "_" variable ${variable})
  string(TOUPPER NOTICE_${variable} variable)
  list(APPEND notice_texts ${variable} ${file})
endforeach()
postern_embed(postern_notify src/notify/texts.cc.in TEXTS ${notice_texts})
postern_library(access  USES aws wallet LINKS fmt::fmt)
postern_library(blueprint USES catalog LINKS fmt::fmt)
postern_library(server  USES broker identity playbook http LINKS fmt::fmt OpenSSL::Crypto)
postern_library(client  USES http LINKS fmt::fmt)
postern_library(sandbox USES http aws LINKS OpenSSL::Crypto fmt::fmt Threads::Threads TEST_USES saml)

# floor 6
postern_library(cli USES client access catalog_file ledger signature playbook blueprint lockout open_psa saml starter federation notify LINKS CLI11::CLI11 fmt::fmt OpenSSL::Crypto)

# floor 7
set(demo ${PROJECT_SOURCE_DIR}/examples/demo)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${demo}/catalog.yaml
             ${demo}/playbooks/idp-unavailable.md ${demo}/playbooks/idp-unavailable.ja.md)
file(READ ${demo}/catalog.yaml DEMO_CATALOG)
file(READ ${demo}/playbooks/idp-unavailable.md DEMO_PLAYBOOK)
file(READ ${demo}/playbooks/idp-unavailable.ja.md DEMO_PLAYBOOK_JA)
configure_file(src/main/demo_catalog.cc.in ${PROJECT_BINARY_DIR}/generated/demo_catalog.cc @ONLY)

file(GLOB main_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/main/*.cc)
list(FILTER main_sources EXCLUDE REGEX "(_test|_main)\\.cc$")
add_executable(postern ${main_sources} ${PROJECT_BINARY_DIR}/generated/demo_catalog.cc)
target_include_directories(postern PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(postern PRIVATE POSTERN_VERSION="${PROJECT_VERSION}")
target_link_libraries(postern PRIVATE postern_cli postern_server postern_probe postern_sandbox postern_store
                      postern_catalog_file postern_notify postern_incident spdlog::spdlog fmt::fmt OpenSSL::Crypto Threads::Threads)

# What AWS's tools start for every command: small and static, because it is waited for. Its libraries are given as files, so
# that none brings a shared one along.
find_library(CRYPTO_STATIC libcrypto.a REQUIRED)
add_executable(postern-credentials src/main/credentials_main.cc)
add_dependencies(postern-credentials postern_wallet postern_base)
target_include_directories(postern-credentials PRIVATE $<TARGET_PROPERTY:postern_wallet,INTERFACE_INCLUDE_DIRECTORIES>
                           $<TARGET_PROPERTY:postern_base,INTERFACE_INCLUDE_DIRECTORIES>)
target_link_libraries(postern-credentials PRIVATE $<TARGET_FILE:postern_wallet> $<TARGET_FILE:postern_base> ${CRYPTO_STATIC})
if(NOT POSTERN_SANITIZE)
  target_link_options(postern-credentials PRIVATE -static-pie)
endif()

# The auditor's verifier shares the formats with the writer, and nothing else.
add_executable(postern-ledger-verify src/main/ledger_verify_main.cc)
target_link_libraries(postern-ledger-verify PRIVATE postern_ledger postern_signature)
