#!/usr/bin/env python3
"""The checks of kill_test.py must be able to fail: published vectors for proofs, and one sabotage for each thing that is checked."""
import base64
import hashlib
import json
import pathlib
import subprocess
import tempfile
import unittest

import audit
import merkle
from api import Command
from note import SPKI_PREFIX, Checkpoint, NotSigned, Proof, Verifier

VECTORS = pathlib.Path(__file__).resolve().parents[1] / "vectors" / "ledger"
# tests/vectors/ledger/README.md says where it is from.
VECTORS_VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


class Vectors(unittest.TestCase):
    def test_every_inclusion_vector_is_judged_as_published(self):
        paths = sorted((VECTORS / "inclusion").rglob("*.json"))
        self.assertGreater(len(paths), 30)
        for path in paths:
            vector = json.loads(path.read_text(encoding="utf-8"))
            bytes_of = lambda name: base64.b64decode(vector[name] or "")
            proof = [base64.b64decode(each) for each in vector["proof"] or []]
            with self.subTest(path.name):
                try:
                    merkle.check_inclusion(vector["leafIdx"], vector["treeSize"], bytes_of("leafHash"), proof, bytes_of("root"))
                    self.assertFalse(vector["wantErr"])
                except merkle.NotIncluded:
                    self.assertTrue(vector["wantErr"])

    def test_every_proof_of_every_small_tree_holds_and_its_neighbours_do_not(self):
        for size in range(1, 20):
            leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
            root = merkle.roots_at(leaves, [size])[size]
            for index in range(size):
                proof = merkle.inclusion_proof(index, leaves)
                merkle.check_inclusion(index, size, leaves[index], proof, root)
                with self.assertRaises(merkle.NotIncluded):
                    merkle.check_inclusion(index + 1, size, leaves[index], proof, root)
                with self.assertRaises(merkle.NotIncluded):
                    merkle.check_inclusion(index, size, leaves[index], proof + [root], root)

    def test_published_checkpoints_are_of_the_published_log_and_their_signatures_count(self):
        bundle = (VECTORS / "log/tile/entries/000.p/15").read_bytes()
        entries, verifier = [], Verifier(VECTORS_VKEY)
        while bundle:
            size = int.from_bytes(bundle[:2], "big")
            entries.append(bundle[2:2 + size])
            bundle = bundle[2 + size:]
        leaves = [merkle.leaf_hash(each) for each in entries]
        for size in range(16):
            note = (VECTORS / f"log/checkpoint.{size}").read_text(encoding="utf-8")
            self.assertEqual(verifier.open(note), Checkpoint(verifier.name, size, merkle.roots_at(leaves, [size])[size]))
            with self.assertRaises(NotSigned):
                verifier.open(note.replace(f"\n{size}\n", f"\n{size + 1}\n", 1))


class FixedNotes:
    """Opens a note that is a size, as if the log had signed the root of that prefix. Signatures have tests of their own."""

    def __init__(self, leaves):
        self.leaves = leaves

    def open(self, note):
        return Checkpoint("log", int(note), merkle.roots_at(self.leaves, [int(note)])[int(note)])


def entry_of(command, kind, data, by=None):
    return json.dumps({"type": kind, "by": by or f"person:{command.person}", "cause": command.cause(), "data": data}).encode()


class Sabotage(unittest.TestCase):
    """A small ledger in which all is well, and then one thing at a time is not."""

    def setUp(self):
        self.request = Command("aiko", "/r", {}, "k1", ["request.submitted", "request.checked"], {"terms.requester": "aiko"},
                               {"first_entry": 0, "entries": 2}, "R-1")
        self.close = Command("ben", "/c", {}, "k2", ["grant.closed"], {"grant": "G-1"}, {"first_entry": 2, "entries": 1}, "G-1")
        self.refused = Command("ben", "/c", {}, "k3", ["command.refused"], {}, None, "", {"code": "conflict"})
        self.commands = [self.request, self.close, self.refused]
        self.entries = [entry_of(self.request, "request.submitted", {"request": "R-1", "terms": {"requester": "aiko"}}),
                        entry_of(self.request, "request.checked", {"request": "R-1"}),
                        entry_of(self.close, "grant.closed", {"grant": "G-1"}),
                        entry_of(self.refused, "command.refused", {"command": "x", "code": "conflict"})]
        self.prove()

    def prove(self):
        leaves = [merkle.leaf_hash(each) for each in self.entries]
        self.verifier = FixedNotes(leaves)
        self.proofs = {index: (self.entries[index], Proof(index, merkle.inclusion_proof(index, leaves), str(len(leaves))))
                       for index in range(3)}

    def found(self, exported=None, notes=("1", "3")):
        exported = self.entries if exported is None else exported
        return list(audit.violations(self.commands, [], notes, self.proofs, exported, self.verifier))

    def expect(self, words, found):
        self.assertTrue(any(words in each for each in found), found)

    def test_nothing_is_found_when_all_is_well(self):
        self.assertEqual(self.found(), [])

    def test_a_lost_entry(self):
        del self.proofs[2]
        self.expect("no proof of entry 2", self.found())

    def test_an_entry_that_the_export_forgot(self):
        found = self.found(self.entries[:2] + self.entries[3:])
        self.expect("its receipt names entries [2], the ledger has []", found)
        self.expect("the export has another one", found)
        self.expect("is not of this ledger", found)

    def test_a_swapped_hash_in_a_proof(self):
        self.proofs[1][1].hashes.reverse()
        self.expect("leads to another root", self.found())

    def test_a_proof_of_another_entry(self):
        self.proofs[1] = (self.entries[1], self.proofs[2][1])
        self.expect("the proof is for entry 2", self.found())

    def test_a_changed_byte_of_an_entry(self):
        self.proofs[2] = (self.entries[2].replace(b"G-1", b"G-2"), self.proofs[2][1])
        self.expect("leads to another root", self.found())

    def test_a_command_that_happened_twice(self):
        self.entries.append(self.entries[2])
        self.prove()
        self.expect("the ledger has [2, 4]", self.found())

    def test_a_refusal_that_happened_twice(self):
        self.entries.append(self.entries[3])
        self.prove()
        self.expect("refused once, the ledger has [3, 4]", self.found())

    def test_an_entry_that_nobody_asked_for(self):
        stranger = Command("ben", "/c", {}, "k9", [], {})
        self.entries.append(entry_of(stranger, "grant.closed", {"grant": "G-2"}))
        self.prove()
        self.expect("that no client asked for", self.found())

    def test_another_person_type_or_content(self):
        well = list(self.entries)
        for index, entry, words in [
                (2, entry_of(self.close, "grant.closed", {"grant": "G-1"}, by="person:mallory"), "entry by person:mallory"),
                (2, entry_of(self.close, "grant.opened", {"grant": "G-1"}), "left ['grant.opened']"),
                (2, entry_of(self.close, "grant.closed", {"grant": "G-7"}), "grant is 'G-7'"),
                (0, entry_of(self.request, "request.submitted", {"request": "R-1", "terms": {"requester": "ben"}}), "'ben', not 'aiko'")]:
            self.entries = well[:index] + [entry] + well[index + 1:]
            self.prove()
            self.expect(words, self.found())

    def test_a_receipt_for_another_resource(self):
        self.close.resource = "G-5"
        self.expect("no entry speaks of G-5", self.found())

    def test_a_checkpoint_of_a_longer_or_another_history(self):
        self.verifier.leaves = self.verifier.leaves + [merkle.leaf_hash(b"lost")]
        self.expect("the checkpoint of size 5", self.found(notes=("5",)))
        self.verifier.leaves = [merkle.leaf_hash(b"another"), *self.verifier.leaves[1:]]
        self.expect("the checkpoint of size 1", self.found(notes=("1",)))

    def test_an_outcome_that_never_became_known(self):
        self.refused.problem = None
        self.expect("never became known", self.found())

    def test_a_login_that_is_not_there(self):
        found = list(audit.violations(self.commands, [("aiko", "nonce")], (), self.proofs, self.entries, self.verifier))
        self.expect("the login of aiko under nonce stands 0 times", found)


class Signatures(unittest.TestCase):
    def test_a_checkpoint_counts_only_by_the_key_of_this_log(self):
        with tempfile.TemporaryDirectory() as folder:
            note = self.signed(folder, "log", b"log\n1\n" + base64.b64encode(bytes(32)) + b"\n")
            self.assertEqual(Verifier(self.vkey).open(note).size, 1)
            for bad in (note.replace("\n1\n", "\n2\n"), note.replace("log\n1", "gol\n1"), note.replace("— log", "— gol"), "log\n1\n"):
                with self.assertRaises(NotSigned):
                    Verifier(self.vkey).open(bad)

    def signed(self, folder, name, text):
        key, message = f"{folder}/key.pem", pathlib.Path(folder, "text")
        message.write_bytes(text)
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
        run = lambda *command: subprocess.run(["openssl", *command], capture_output=True, check=True).stdout
        public = b"\x01" + run("pkey", "-in", key, "-pubout", "-outform", "DER").removeprefix(SPKI_PREFIX)
        key_id = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
        self.vkey = f"{name}+{key_id.hex()}+{base64.b64encode(public).decode()}"
        signature = run("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", str(message))
        return f"{text.decode()}\n— {name} {base64.b64encode(key_id + signature).decode()}\n"


if __name__ == "__main__":
    unittest.main()
