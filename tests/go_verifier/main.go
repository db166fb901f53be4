// Verifies an exported ledger with golang.org/x/mod/sumdb, whose authors never saw Postern: what it accepts is the open format,
// not a habit of ours.
//
// Usage: go_verifier FOLDER VKEY
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// C2SP tlog-tiles: every tile is 256 hashes wide, which is height 8 in tlog's words.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// storedHashes is all hashes of the tree in tlog's own order, computed from entries and never read from the folder.
type storedHashes []tlog.Hash

func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d was computed", index)
		}
		out[i] = s[index]
	}
	return out, nil
}

func readCheckpoint(folder, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("the verifier key: %w", err)
	}
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("the checkpoint: %w", err)
	}
	return parseTree(opened.Text, verifier.Name())
}

// parseTree reads a C2SP checkpoint. tlog.ParseTree wants the first line of Go's own log, so that line is put in the place of the
// origin, after the origin was found to be the key's: otherwise one key could sign for two logs.
func parseTree(text, origin string) (tlog.Tree, error) {
	rest := []byte(text)
	if !bytes.HasPrefix(rest, []byte(origin+"\n")) {
		return tlog.Tree{}, fmt.Errorf("the checkpoint does not speak of %s", origin)
	}
	return tlog.ParseTree(append([]byte("go.sum database tree\n"), rest[len(origin)+1:]...))
}

// readEntries reads all bundles: each entry with its length in front, two bytes, big-endian.
func readEntries(folder string, size int64) ([][]byte, error) {
	var entries [][]byte
	for n := int64(0); n*tileWidth < size; n++ {
		width := size - n*tileWidth
		if width > tileWidth {
			width = tileWidth
		}
		path := tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: int(width)})
		bundle, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return nil, err
		}
		before := int64(len(entries))
		for len(bundle) > 0 {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("%s ends in the middle of an entry", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			entries = append(entries, bundle[2:end])
			bundle = bundle[end:]
		}
		if int64(len(entries))-before != width {
			return nil, fmt.Errorf("%s holds %d entries instead of %d", path, int64(len(entries))-before, width)
		}
	}
	return entries, nil
}

// tilePath is a tile's path in C2SP's form: tlog's own without the height, and with "entries" for "data".
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func computeHashes(entries [][]byte) (storedHashes, error) {
	var hashes storedHashes
	for i, entry := range entries {
		more, err := tlog.StoredHashes(int64(i), entry, hashes)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, more...)
	}
	return hashes, nil
}

// tilesOf lists the hash tiles of a tree: all full ones, and the last of each level as wide as it is. tlog.NewTiles would also name
// every narrower state of a partial tile, which an export at one size does not have.
func tilesOf(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for level, count := 0, size; count > 0; level, count = level+1, count/tileWidth {
		for n := int64(0); n*tileWidth < count; n++ {
			width := count - n*tileWidth
			if width > tileWidth {
				width = tileWidth
			}
			tiles = append(tiles, tlog.Tile{H: tileHeight, L: level, N: n, W: int(width)})
		}
	}
	return tiles
}

// checkTiles holds every hash tile that the tree has against what the entries lead to.
func checkTiles(folder string, size int64, hashes storedHashes) error {
	for _, tile := range tilesOf(size) {
		want, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		found, err := os.ReadFile(filepath.Join(folder, tilePath(tile)))
		if err != nil {
			return err
		}
		if !bytes.Equal(found, want) {
			return fmt.Errorf("%s does not hold the hashes that the entries lead to", tilePath(tile))
		}
	}
	return nil
}

func checkInclusion(tree tlog.Tree, entries [][]byte, hashes storedHashes) error {
	for i, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(i), hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("the inclusion proof of entry %d: %w", i, err)
		}
	}
	return nil
}

// checkConsistency proves growth from sizes around every power of two, where the shape of the tree changes.
func checkConsistency(tree tlog.Tree, hashes storedHashes) (int, error) {
	checked := 0
	for power := int64(1); power <= tree.N; power *= 2 {
		for _, size := range []int64{power - 1, power, power + 1} {
			if size < 1 || size > tree.N {
				continue
			}
			old, err := tlog.TreeHash(size, hashes)
			if err != nil {
				return checked, err
			}
			proof, err := tlog.ProveTree(tree.N, size, hashes)
			if err != nil {
				return checked, err
			}
			if err := tlog.CheckTree(proof, tree.N, tree.Hash, size, old); err != nil {
				return checked, fmt.Errorf("the consistency proof from size %d: %w", size, err)
			}
			checked++
		}
	}
	return checked, nil
}

func verify(folder, vkey string) (string, error) {
	tree, err := readCheckpoint(folder, vkey)
	if err != nil {
		return "", err
	}
	entries, err := readEntries(folder, tree.N)
	if err != nil {
		return "", err
	}
	hashes, err := computeHashes(entries)
	if err != nil {
		return "", err
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return "", err
	}
	if root != tree.Hash {
		return "", errors.New("the entries lead to another root than the one that was signed")
	}
	if err := checkTiles(folder, tree.N, hashes); err != nil {
		return "", err
	}
	if err := checkInclusion(tree, entries, hashes); err != nil {
		return "", err
	}
	sizes, err := checkConsistency(tree, hashes)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("verified %d entries, root %s, grown from %d sizes", tree.N, root, sizes), nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "Usage: go_verifier FOLDER VKEY")
		os.Exit(2)
	}
	verdict, err := verify(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintf(os.Stderr, "NOT verified: %v.\n", err)
		os.Exit(1)
	}
	fmt.Println(verdict)
}
