# A wrong arrow must not compile: a file in `ledger` that includes a header of `store` (which stands above it) is
# refused by the compiler, and the same file with a header that ledger may use is not.
set(root ${WORK}/include/ledger)
file(REMOVE_RECURSE ${WORK})
foreach(folder base ledger)
  file(MAKE_DIRECTORY ${WORK}/include/${folder})
  file(CREATE_LINK ${SOURCE}/src/${folder} ${WORK}/include/${folder}/${folder} SYMBOLIC)
endforeach()

function(compiles header result)
  file(WRITE ${WORK}/arrow.cc "#include \"${header}\"\n")
  execute_process(COMMAND g++-12 -std=c++20 -fsyntax-only -I${WORK}/include/base -I${WORK}/include/ledger ${WORK}/arrow.cc
                  RESULT_VARIABLE code OUTPUT_QUIET ERROR_QUIET)
  set(${result} ${code} PARENT_SCOPE)
endfunction()

compiles(base/hash.h allowed)
compiles(store/log.h forbidden)
if(NOT allowed EQUAL 0)
  message(FATAL_ERROR "ledger cannot include base/hash.h, which it may use.")
endif()
if(forbidden EQUAL 0)
  message(FATAL_ERROR "ledger can include store/log.h, which stands above it.")
endif()

# And an arrow upwards does not configure.
file(READ ${SOURCE}/cmake/floor_plan.cmake plan)
string(REPLACE "postern_library(ledger    USES base" "postern_library(ledger    USES base store" wrong "${plan}")
if(wrong STREQUAL plan)
  message(FATAL_ERROR "The line of ledger in cmake/floor_plan.cmake has changed its form; mend this test.")
endif()
