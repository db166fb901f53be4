#!/usr/bin/env python3
"""Our minimal cut sets and probabilities against those of SCRAM, a fault-tree analyser that we did not write.

Usage: scram_test.py POSTERN [MODELS]

On random trees, and on the models in the folder MODELS with its known.tsv where it is there."""
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

TREES = 60
# SCRAM lists every cut set; more than that of text it is not asked for here.
LISTED_MAX = 30_000


def random_model(seed):
    chance = random.Random(seed)
    events = [f"e{i}" for i in range(chance.randint(4, 25))]
    nodes = [("basic-event", name) for name in events]
    lines = []
    gates = chance.randint(3, 25)
    for i in range(gates):
        recent = nodes[-12:] if i + 1 == gates else nodes
        inputs = chance.sample(recent, min(len(recent), chance.randint(2, 5)))
        kind = chance.choice(["or", "and", "atleast"]) if len(inputs) > 2 else chance.choice(["or", "and"])
        least = f' min="{chance.randint(2, len(inputs) - 1)}"' if kind == "atleast" else ""
        body = "".join(f'<{what} name="{name}"/>' for what, name in inputs)
        lines.append((f"g{i}", f"<{kind}{least}>{body}</{kind}>", [name for what, name in inputs if what == "gate"]))
        nodes.append(("gate", f"g{i}"))
    # Only what the last gate needs: nobody names it, so it is the top.
    needed, order = {f"g{gates - 1}"}, []
    for name, formula, below in reversed(lines):
        if name in needed:
            needed.update(below)
            order.append(f'<define-gate name="{name}">{formula}</define-gate>')
    data = "".join(
        f'<define-basic-event name="{name}"><float value="{chance.uniform(0.01, 0.6):.4f}"/></define-basic-event>' for name in events
    )
    return f'<?xml version="1.0"?><opsa-mef><define-fault-tree name="t">{"".join(order)}</define-fault-tree><model-data>{data}</model-data></opsa-mef>'


def ours(postern, path):
    done = subprocess.run([postern, "--json", "lockout", path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def scrams(path):
    done = subprocess.run(
        ["scram", "--bdd", "--probability", "1", "--importance", "1", "-l", "1000", path], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    products = ET.fromstring(done.stdout).find(".//sum-of-products")
    sets = {frozenset(event.get("name") for event in product.findall("basic-event")) for product in products.findall("product")}
    importance = {each.get("name"): each for each in ET.fromstring(done.stdout).findall(".//importance/basic-event")}
    return sets, float(products.get("probability")), importance


def near(a, b):
    return abs(a - b) <= 1e-5 * max(abs(a), abs(b)) + 1e-12


def compare(postern, path, label):
    mine, (sets, probability, importance) = ours(postern, path), scrams(path)
    assert {frozenset(each) for each in mine["cut_sets"]} == sets, f"{label}: other cut sets"
    assert mine["count"] == len(sets), f"{label}: {mine['count']} counted, {len(sets)} listed"
    assert near(float(mine["probability"]), probability), f"{label}: {mine['probability']} is not {probability}"
    for each in mine["importance"]:
        theirs = importance[each["event"]]
        assert near(float(each["birnbaum"]), float(theirs.get("MIF"))), f"{label}: Birnbaum of {each}"
        assert near(float(each["criticality"]), float(theirs.get("CIF"))), f"{label}: criticality of {each}"
        assert each["cut_sets"] == int(theirs.get("occurrence")), f"{label}: occurrence of {each}"
    return len(sets)


def compare_known(postern, folder):
    with open(os.path.join(folder, "known.tsv"), encoding="utf-8") as file:
        known = list(csv.DictReader(file, delimiter="\t"))
    both = 0
    for row in known:
        path = os.path.join(folder, row["model"] + ".xml")
        mine = ours(postern, path)
        sizes = [each["events"] for each in mine["by_size"]]
        assert "known_up_to" not in mine, row["model"]
        assert mine["count"] == int(row["minimal_cut_sets"]), f"{row['model']}: {mine['count']}"
        assert near(float(mine["probability"]), float(row["probability"])), f"{row['model']}: {mine['probability']}"
        assert (min(sizes), max(sizes)) == (int(row["min_order"]), int(row["max_order"])), f"{row['model']}: {sizes}"
        if mine["count"] <= LISTED_MAX:
            compare(postern, path, row["model"])
            both += 1
    print(f"{len(known)} shared models have the counts, sizes and probabilities known of them; SCRAM's list of {both} was compared set by set")


def main():
    postern, models = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    start, total = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(TREES):
            path = os.path.join(folder, f"tree{seed}.xml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(random_model(seed))
            total += compare(postern, path, f"seed {seed}")
    print(f"{TREES} random trees: the same {total} cut sets, probabilities and importances as SCRAM's, in {time.monotonic() - start:.1f} s")
    if os.path.isdir(models):
        compare_known(postern, models)
    else:
        print("The shared models are not here: not compared.")


if __name__ == "__main__":
    main()
