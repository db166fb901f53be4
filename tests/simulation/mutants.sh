#!/usr/bin/env bash
# Runs the simulation against each planted fault: mutants.sh FOLDER. All must be found; how fast is printed.
set -u
missed=0
for mutant in "$1"/mutant_*; do
  [ -x "$mutant" ] || continue
  name=${mutant##*/mutant_}
  out=$(timeout 120 "$mutant" 1 400 2>&1)
  code=$?
  # Found means: the simulation said which invariant broke. Time that ran out is not found.
  if ! echo "$out" | grep -qE 'BROKEN|broken invariant'; then
    out="exit code $code: $out"
    echo "MISSED  $name: $out"
    missed=$((missed + 1))
  else
    echo "found   $name: $(echo "$out" | grep -E 'BROKEN|broken invariant' | head -1 | cut -c1-110) | $(echo "$out" | grep -o 'after .* s;')"
  fi
done
echo "$missed mutant(s) missed"
[ $missed -eq 0 ]
