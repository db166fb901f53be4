"""What must hold between what clients hold and what the ledger holds. Pure: every check takes values and yields violations."""
import json
from collections import defaultdict

import merkle
from note import NotSigned


def member(data, dotted):
    for name in dotted.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def held(command):
    """The indexes of the entries that a client's receipt speaks of."""
    return range(command.receipt["first_entry"], command.receipt["first_entry"] + command.receipt["entries"])


def proof_violations(index, entry, proof, verifier):
    """An inclusion proof must hold for exactly this entry, under a checkpoint that the log signed."""
    try:
        checkpoint = verifier.open(proof.note)
        if proof.index != index:
            raise merkle.NotIncluded(f"the proof is for entry {proof.index}")
        merkle.check_inclusion(index, checkpoint.size, merkle.leaf_hash(entry), proof.hashes, checkpoint.root)
    except (merkle.NotIncluded, NotSigned, ValueError) as fault:
        yield f"entry {index}: {fault}"


def checkpoint_violations(notes, leaves, verifier):
    """Every checkpoint that anybody saw must be that of a prefix of the final ledger."""
    checkpoints = []
    for note in notes:
        try:
            checkpoints.append(verifier.open(note))
        except (NotSigned, ValueError) as fault:
            yield f"a checkpoint that a client saw: {fault}: {note!r}"
    roots = merkle.roots_at(leaves, [each.size for each in checkpoints])
    for each in checkpoints:
        if roots.get(each.size) != each.root:
            yield f"the checkpoint of size {each.size} that a client saw is not of this ledger ({len(leaves)} entries)"


def content_violations(command, entries):
    """`entries` are the decoded ones that stand where the outcome says: they must be what was commanded, and by whom."""
    types = [each["type"] for each in entries]
    if types != command.types:
        yield f"{command.cause()}: left {types}, not {command.types}"
        return
    for each in entries:
        if each["by"] != f"person:{command.person}" or each["cause"] != command.cause():
            yield f"{command.cause()}: entry by {each['by']}, cause {each['cause']}"
    for name, value in command.data.items():
        if member(entries[0]["data"], name) != value:
            yield f"{command.cause()}: {name} is {member(entries[0]['data'], name)!r}, not {value!r}"
    if command.receipt and not any(command.resource in each["data"].values() for each in entries):
        yield f"{command.cause()}: no entry speaks of {command.resource}"
    if command.problem and entries[0]["data"].get("code") != command.problem["code"]:
        yield f"{command.cause()}: refused with another code than the client was told"


def once_violations(commands, nonces, entries):
    """Each idempotency key led to its receipt's entries and to no others, and nobody's entries came out of nowhere."""
    places = defaultdict(list)
    for index, entry in enumerate(entries):
        if entry["cause"].startswith("command:"):
            places[entry["cause"]].append(index)
    for command in commands:
        found = places.pop(command.cause(), [])
        if command.receipt and found != list(held(command)):
            yield f"{command.cause()}: its receipt names entries {list(held(command))}, the ledger has {found}"
        elif command.problem and len(found) != 1:
            yield f"{command.cause()}: refused once, the ledger has {found}"
        else:
            yield from content_violations(command, [entries[each] for each in found])
    logins = defaultdict(list)
    for cause, found in places.items():
        kinds = {entries[each]["type"] for each in found}
        if kinds == {"login.opened"} and len(found) == 1:
            logins[cause.rsplit("#", 1)[0]].extend(found)
        # A login whose answer was lost is refused when its challenge is used again; each refusal has a key of its own.
        elif kinds != {"command.refused"} or len(found) != 1 or entries[found[0]]["data"]["command"] != "login.open":
            yield f"{cause}: entries {found} that no client asked for"
    for person, nonce in nonces:
        if len(logins[f"command:{person}/{nonce}"]) != 1:
            yield f"the login of {person} under {nonce} stands {len(logins[f'command:{person}/{nonce}'])} times"


def violations(commands, nonces, notes, proofs, exported, verifier):
    """Everything. `proofs`: index -> (entry bytes, Proof) as the server gave them; `exported`: all entries' bytes."""
    for command in commands:
        if not command.receipt and not command.problem:
            yield f"{command.cause()}: its outcome never became known"
        for index in held(command) if command.receipt else ():
            if index not in proofs:
                yield f"{command.cause()}: no proof of entry {index} was to be had"
    for index, (entry, proof) in proofs.items():
        yield from proof_violations(index, entry, proof, verifier)
        if index >= len(exported) or exported[index] != entry:
            yield f"entry {index}: the export has another one"
    leaves = [merkle.leaf_hash(each) for each in exported]
    yield from checkpoint_violations({*notes, *(proof.note for _, proof in proofs.values())}, leaves, verifier)
    yield from once_violations(commands, nonces, [json.loads(each) for each in exported])
