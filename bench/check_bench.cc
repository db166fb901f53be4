// How long judging a catalog takes, as a ratio to parsing its YAML.   Usage: check_bench FOLDER
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "catalog_file/catalog_file.h"
#include "catalog_file/yaml_tree.h"

namespace {

constexpr int times = 21;

/// The median of several runs, in milliseconds.
template <class Work>
double median(const Work& work) {
  std::vector<double> spent;
  for (int i = 0; i < times; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    spent.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(spent.begin(), spent.end());
  return spent[times / 2];
}

}  // namespace

int main(int argc, char** argv) {
  using namespace postern;
  if (argc != 2) return 2;
  const auto sources = catalog_file::load(argv[1]);
  if (!sources) {
    std::fprintf(stderr, "%s\n", sources.error().message.c_str());
    return 1;
  }
  const auto today = parse_rfc3339("2026-12-01T00:00:00Z").value();
  if (!catalog_file::read(*sources, today).catalog) return 1;
  const double parse = median(
      [&] { (void)catalog_file::parse_yaml(sources->files.at(std::string(catalog_file::catalog_path))); });
  const double check = median([&] { (void)catalog_file::read(*sources, today); });
  std::printf("parse %.1f ms, parse and check %.1f ms, ratio %.2f\n", parse, check, check / parse);
  return 0;
}
