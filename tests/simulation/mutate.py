#!/usr/bin/env python3
"""Writes mutated copies of sources: mutate.py TABLE SOURCE_ROOT OUT_FOLDER, and one line `mutant<TAB>file…` each."""
import pathlib
import sys


def main():
    table, root, out = (pathlib.Path(a) for a in sys.argv[1:4])
    files = {}
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        mutant, path, text, instead = line.split("\t")
        files.setdefault(mutant, {}).setdefault(path, []).append((text, instead))
    for mutant, changes in files.items():
        written = []
        for path, rows in changes.items():
            # Formatting may have broken a line in between: compare without white space at the joints.
            source = (root / path).read_text(encoding="utf-8")
            for text, instead in rows:
                at = find(source, text)
                if at is None:
                    sys.exit(f"{table.name}: {mutant}: \"{text}\" does not stand exactly once in {path}; mend the table")
                source = source[: at[0]] + instead + source[at[1] :]
            target = out / mutant / pathlib.Path(path).name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() or target.read_text(encoding="utf-8") != source:
                target.write_text(source, encoding="utf-8")
            written.append(str(target))
        print("\t".join([mutant, *written]))


def find(source, text):
    """Where `text` stands, exactly once, whatever white space lies between its words."""
    import re

    pattern = r"\s+".join(re.escape(word) for word in text.split())
    pattern = pattern.replace(r"\(", r"\(\s*")
    found = list(re.finditer(pattern, source))
    return found[0].span() if len(found) == 1 else None


if __name__ == "__main__":
    main()
