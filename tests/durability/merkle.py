"""RFC 6962 and RFC 9162 hashing and inclusion proofs, written from the RFCs and sharing nothing with the program under test."""
import hashlib

HASH_BYTES = 32


class NotIncluded(Exception):
    """The proof does not lead from this leaf to this root."""


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of_proof(index, size, leaf, proof):
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise NotIncluded(f"index {index} is not below the tree's size {size}")
    if any(len(each) != HASH_BYTES for each in [leaf, *proof]):
        raise NotIncluded("a hash has not 32 bytes")
    first, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise NotIncluded("the proof is too long")
        if first & 1 or first == last:
            root = node_hash(sibling, root)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        first, last = first >> 1, last >> 1
    if last != 0:
        raise NotIncluded("the proof is too short")
    return root


def check_inclusion(index, size, leaf, proof, root):
    if root_of_proof(index, size, leaf, proof) != root:
        raise NotIncluded(f"the proof of entry {index} leads to another root")


def roots_at(leaves, sizes):
    """The roots of the first n leaves, for each n in `sizes`, in one walk; sizes beyond the leaves are left out."""
    wanted, peaks, roots = set(sizes), [], {}
    if 0 in wanted:
        roots[0] = hashlib.sha256().digest()
    for size, leaf in enumerate(leaves, 1):
        peaks.append(leaf)
        # One merge for each trailing one of the number of leaves before: the perfect subtrees that this leaf fills up.
        for _ in range((size & -size).bit_length() - 1):
            right = peaks.pop()
            peaks.append(node_hash(peaks.pop(), right))
        if size in wanted:
            root = peaks[-1]
            for peak in reversed(peaks[:-1]):
                root = node_hash(peak, root)
            roots[size] = root
    return roots


def inclusion_proof(index, leaves):
    """The proof of one leaf (RFC 9162, section 2.1.3.1). Only the unit tests make proofs; they are small."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return inclusion_proof(index, leaves[:split]) + list(roots_at(leaves[split:], [len(leaves) - split]).values())
    return inclusion_proof(index - split, leaves[split:]) + list(roots_at(leaves[:split], [split]).values())
