// Verifies a live log with golang.org/x/mod/sumdb: its checkpoint, that a leaf is in it, and that it grew from an older
// checkpoint. Prints the checkpoint.
//
//	sumdb LOG_URL VERIFIER_KEY LEAF_INDEX LEAF_FILE [OLDER_CHECKPOINT]
package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const maxBytes = 1 << 20

func main() {
	if len(os.Args) < 5 || len(os.Args) > 6 {
		fail("usage: LOG_URL VERIFIER_KEY LEAF_INDEX LEAF_FILE [OLDER_CHECKPOINT]")
	}
	log := strings.TrimSuffix(os.Args[1], "/")
	verifier := must(note.NewVerifier(os.Args[2]))
	index := must(strconv.ParseInt(os.Args[3], 10, 64))
	leaf := must(os.ReadFile(os.Args[4]))

	checkpoint := must(get(log + "/checkpoint"))
	tree := parse(checkpoint, verifier)
	reader := tlog.TileHashReader(tree, tiles(log))

	inclusion := must(tlog.ProveRecord(tree.N, index, reader))
	check(tlog.CheckRecord(inclusion, tree.N, tree.Hash, index, tlog.RecordHash(leaf)))
	if len(os.Args) == 6 {
		older := parse(must(os.ReadFile(os.Args[5])), verifier)
		consistency := must(tlog.ProveTree(tree.N, older.N, reader))
		check(tlog.CheckTree(consistency, tree.N, tree.Hash, older.N, older.Hash))
	}
	_, err := os.Stdout.Write(checkpoint)
	check(err)
}

// parse reads a checkpoint (origin, size, root) that the log signed. tlog.ParseTree reads that of the Go checksum
// database only, which has its own first line.
func parse(signed []byte, verifier note.Verifier) tlog.Tree {
	opened := must(note.Open(signed, note.VerifierList(verifier)))
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		fail("not a checkpoint of " + verifier.Name())
	}
	root := must(base64.StdEncoding.DecodeString(lines[2]))
	tree := tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64))}
	if copy(tree.Hash[:], root) != len(tree.Hash) || len(root) != len(tree.Hash) {
		fail("the root is not a hash")
	}
	return tree
}

// tiles reads the tiles of a log. C2SP tlog-tiles leaves the height, always 8, out of a tile's path.
type tiles string

func (tiles) Height() int { return 8 }

func (log tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(wanted))
	for i, tile := range wanted {
		path, found := strings.CutPrefix(tile.Path(), "tile/8/")
		if !found {
			return nil, fmt.Errorf("%s is not a tile of height 8", tile.Path())
		}
		bytes, err := get(string(log) + "/tile/" + path)
		if err != nil {
			return nil, err
		}
		read[i] = bytes
	}
	return read, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func get(url string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", url, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxBytes))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
